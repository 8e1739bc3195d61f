//! What the provider is: metadata, schemas, its own configuration, stop.

use std::sync::PoisonError;

use bytes::Bytes;
use prost::Message as _;
use tokio_util::sync::CancellationToken;

use crate::{
    Configure, Diagnostics,
    protocol6::{schema, wire},
};

use super::{Handlers, OnStop, decode, guarded, normalize::drop_errors_on_unknowns};

const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl Handlers {
    pub async fn get_metadata(&self, _: wire::Empty) -> wire::GetMetadataResponse {
        fn names<T>(items: &std::collections::BTreeMap<String, T>) -> Vec<wire::TypeName> {
            items
                .keys()
                .map(|name| wire::TypeName {
                    type_name: name.clone(),
                })
                .collect()
        }
        wire::GetMetadataResponse {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            data_sources: names(&self.data_sources),
            resources: names(&self.resources),
            functions: names(&self.functions),
            ephemeral_resources: names(&self.ephemeral),
            list_resources: names(&self.lists),
            state_stores: Vec::new(),
            actions: names(&self.actions),
        }
    }

    /// The answer to `GetProviderSchema`, encoded once: it is the same every time.
    pub fn encoded_schemas(&self) -> Bytes {
        self.schemas
            .get_or_init(|| self.all_schemas().encode_to_vec().into())
            .clone()
    }

    fn all_schemas(&self) -> wire::GetProviderSchemaResponse {
        fn schemas<T: ?Sized>(
            items: &std::collections::BTreeMap<String, super::Entry<T>>,
        ) -> std::collections::BTreeMap<String, wire::Schema> {
            items
                .iter()
                .map(|(name, entry)| (name.clone(), schema::schema(&entry.schema)))
                .collect()
        }
        let resources = self.resources.iter();
        let actions = self.actions.iter();
        wire::GetProviderSchemaResponse {
            provider: Some(schema::schema(&self.provider_schema)),
            resource_schemas: resources
                .map(|(name, entry)| (name.clone(), schema::schema(&entry.schema)))
                .collect(),
            data_source_schemas: schemas(&self.data_sources),
            diagnostics: Vec::new(),
            provider_meta: None,
            server_capabilities: Some(CAPABILITIES),
            functions: self.function_definitions(),
            ephemeral_resource_schemas: schemas(&self.ephemeral),
            list_resource_schemas: schemas(&self.lists),
            state_store_schemas: std::collections::BTreeMap::new(),
            action_schemas: actions
                .map(|(name, entry)| {
                    (
                        name.clone(),
                        wire::ActionSchema {
                            schema: Some(schema::schema(&entry.schema)),
                        },
                    )
                })
                .collect(),
        }
    }

    pub async fn get_resource_identity_schemas(&self, _: wire::Empty) -> wire::GetResourceIdentitySchemasResponse {
        let resources = self.resources.iter();
        wire::GetResourceIdentitySchemasResponse {
            identity_schemas: resources
                .filter_map(|(name, entry)| {
                    entry
                        .identity
                        .as_ref()
                        .map(|(schema, _)| (name.clone(), schema.clone()))
                })
                .collect(),
            diagnostics: Vec::new(),
        }
    }

    pub async fn validate_provider_config(
        &self,
        request: wire::ValidateProviderConfigRequest,
    ) -> wire::ValidateProviderConfigResponse {
        let mut diags = Diagnostics::default();
        if let Some(config) = decode(
            request.config.as_ref(),
            &self.provider_type,
            "provider configuration",
            &mut diags,
        ) {
            guarded!(
                "validate",
                "the provider configuration",
                OnStop::Wait,
                &mut diags,
                |own| {
                    self.provider_schema.validate(&config, own);
                    self.provider.validate(&config, own).await;
                    drop_errors_on_unknowns(&config, own);
                }
            );
        }
        wire::ValidateProviderConfigResponse {
            diagnostics: self.diagnostics(diags),
        }
    }

    pub async fn configure_provider(&self, request: wire::ConfigureProviderRequest) -> wire::DiagnosticsResponse {
        let mut diags = Diagnostics::default();
        {
            let mut cancel = self.cancel.write().unwrap_or_else(PoisonError::into_inner);
            if cancel.is_cancelled() {
                *cancel = CancellationToken::new();
            }
        }
        let context = self.context(request.client_capabilities.as_ref());
        if let Some(config) = decode(
            request.config.as_ref(),
            &self.provider_type,
            "provider configuration",
            &mut diags,
        ) {
            let configure = Configure {
                terraform_version: request.terraform_version,
                config,
            };
            let deferred = guarded!(
                "configure",
                "the provider",
                OnStop::Abandon(&context),
                &mut diags,
                |own| { self.provider.configure(&context, configure, own).await }
            );
            *self.deferred.write().unwrap_or_else(PoisonError::into_inner) = deferred;
        }
        wire::DiagnosticsResponse {
            diagnostics: self.diagnostics(diags),
        }
    }

    pub async fn stop_provider(&self, _: wire::Empty) -> wire::StopProviderResponse {
        tracing::info!("stop asked for");
        self.stop();
        wire::StopProviderResponse::default()
    }
}
