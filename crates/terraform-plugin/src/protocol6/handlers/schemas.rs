//! Metadata and schemas of everything that the provider offers.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message as _;

use crate::protocol6::{schema, wire};

use super::{Handlers, entry::Entry};

const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl Handlers {
    pub async fn get_metadata(&self, _: wire::Empty) -> wire::GetMetadataResponse {
        wire::GetMetadataResponse {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            data_sources: type_names(&self.data_sources),
            resources: type_names(&self.resources),
            functions: type_names(&self.functions),
            ephemeral_resources: type_names(&self.ephemeral),
            list_resources: type_names(&self.lists),
            state_stores: Vec::new(),
            actions: type_names(&self.actions),
        }
    }

    /// The response to `GetProviderSchema`, encoded once because it never changes.
    pub fn encoded_schemas(&self) -> Bytes {
        self.schemas
            .get_or_init(|| self.all_schemas().encode_to_vec().into())
            .clone()
    }

    fn all_schemas(&self) -> wire::GetProviderSchemaResponse {
        wire::GetProviderSchemaResponse {
            provider: Some(schema::schema(&self.provider_schema)),
            resource_schemas: schemas(&self.resources),
            data_source_schemas: schemas(&self.data_sources),
            diagnostics: Vec::new(),
            provider_meta: None,
            server_capabilities: Some(CAPABILITIES),
            functions: self.function_definitions(),
            ephemeral_resource_schemas: schemas(&self.ephemeral),
            list_resource_schemas: schemas(&self.lists),
            state_store_schemas: BTreeMap::new(),
            action_schemas: schemas(&self.actions)
                .into_iter()
                .map(|(name, schema)| (name, wire::ActionSchema { schema: Some(schema) }))
                .collect(),
        }
    }

    pub async fn get_resource_identity_schemas(&self, _: wire::Empty) -> wire::GetResourceIdentitySchemasResponse {
        let resources = self.resources.iter();
        wire::GetResourceIdentitySchemasResponse {
            identity_schemas: resources
                .filter_map(|(name, entry)| Some((name.clone(), entry.identity.as_ref()?.schema.clone())))
                .collect(),
            diagnostics: Vec::new(),
        }
    }
}

fn type_names<T>(items: &BTreeMap<String, T>) -> Vec<wire::TypeName> {
    let names = items.keys().cloned();
    names.map(|type_name| wire::TypeName { type_name }).collect()
}

fn schemas<T: ?Sized>(entries: &BTreeMap<String, Entry<T>>) -> BTreeMap<String, wire::Schema> {
    let mut schemas = BTreeMap::new();
    for (name, entry) in entries {
        schemas.insert(name.clone(), schema::schema(&entry.schema));
    }
    schemas
}
