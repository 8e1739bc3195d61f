//! A gRPC client that calls a provider as Terraform does, over any transport.

use std::{collections::BTreeMap, sync::Arc};

use prost::Message;
use terraform_plugin::{
    AttributeType, Provider, RawValue,
    protocol6::{
        ProviderService, codec,
        types::{self, block_type},
        wire::{self, DynamicValue},
    },
};
use tonic::{
    Request, Status,
    body::Body,
    client::{Grpc, GrpcService},
};
use tonic_prost::ProstCodec;

/// Maximum size of a message in these tests, in bytes.
const LARGE: usize = 256 * 1024 * 1024;

/// A client of a provider.
#[derive(Clone)]
pub struct Client<S> {
    service: S,
    types: Arc<Types>,
}

/// Encodes a value as Terraform does.
pub fn as_terraform(value: &RawValue, ty: &AttributeType) -> DynamicValue {
    DynamicValue {
        msgpack: codec::to_msgpack(value, ty).unwrap(),
        json: Vec::new(),
    }
}

/// Types of the values of a provider.
struct Types {
    provider: AttributeType,
    resources: BTreeMap<String, AttributeType>,
    data_sources: BTreeMap<String, AttributeType>,
    actions: BTreeMap<String, AttributeType>,
    lists: BTreeMap<String, AttributeType>,
    ephemeral: BTreeMap<String, AttributeType>,
    identities: BTreeMap<String, AttributeType>,
}

impl Types {
    fn new(provider: &dyn Provider) -> Self {
        let resources = provider.resources();
        Self {
            provider: block_type(&provider.schema().block),
            identities: resources
                .iter()
                .filter_map(|(name, resource)| Some((name.clone(), types::identity_type(&resource.identity_schema()?))))
                .collect(),
            resources: resources
                .iter()
                .map(|(name, resource)| (name.clone(), block_type(&resource.schema().block)))
                .collect(),
            data_sources: (provider.data_sources().iter())
                .map(|(name, item)| (name.clone(), block_type(&item.schema().block)))
                .collect(),
            actions: (provider.actions().iter())
                .map(|(name, item)| (name.clone(), block_type(&item.schema().block)))
                .collect(),
            lists: (provider.list_resources().iter())
                .map(|(name, item)| (name.clone(), block_type(&item.schema().block)))
                .collect(),
            ephemeral: (provider.ephemeral_resources().iter())
                .map(|(name, item)| (name.clone(), block_type(&item.schema().block)))
                .collect(),
        }
    }
}

/// Returns a client of the example provider in this process.
pub fn in_memory() -> Client<ProviderService> {
    Client::new(ProviderService::new(crate::resources::provider()))
}

/// Returns a client of any provider in this process.
pub fn of(provider: Arc<dyn Provider>) -> Client<ProviderService> {
    Client {
        types: Arc::new(Types::new(provider.as_ref())),
        service: ProviderService::new(provider),
    }
}

/// Returns an object with these attributes.
pub fn object<const N: usize>(pairs: [(&str, RawValue); N]) -> RawValue {
    RawValue::Map(
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// A change to plan and apply.
pub struct Change {
    pub type_name: String,
    pub prior: RawValue,
    pub proposed: RawValue,
    pub config: RawValue,
}

impl<S> Client<S>
where
    S: GrpcService<Body> + Clone,
    S::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <S::ResponseBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    pub fn new(service: S) -> Self {
        Self {
            service,
            types: Arc::new(Types::new(crate::resources::provider().as_ref())),
        }
    }

    fn grpc(&self) -> Grpc<S> {
        Grpc::new(self.service.clone())
            .max_decoding_message_size(LARGE)
            .max_encoding_message_size(LARGE)
    }

    /// Calls a unary method by its full path.
    pub async fn call_path<Req, Res>(&self, path: &str, request: Req) -> Result<Res, Status>
    where
        Req: Message + Default + 'static,
        Res: Message + Default + 'static,
    {
        let mut grpc = self.grpc();
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.into().to_string()))?;
        let path = http::uri::PathAndQuery::try_from(path).unwrap();
        let codec = ProstCodec::<Req, Res>::default();
        grpc.unary(Request::new(request), path, codec)
            .await
            .map(tonic::Response::into_inner)
    }

    /// Calls a unary method of the provider.
    pub async fn call<Req, Res>(&self, method: &str, request: Req) -> Result<Res, Status>
    where
        Req: Message + Default + 'static,
        Res: Message + Default + 'static,
    {
        self.call_path(&format!("/tfplugin6.Provider/{method}"), request).await
    }

    /// Calls a streaming method of the provider and returns all its messages.
    pub async fn stream<Req, Res>(&self, method: &str, request: Req) -> Result<Vec<Res>, Status>
    where
        Req: Message + Default + 'static,
        Res: Message + Default + 'static,
    {
        let mut grpc = self.grpc();
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.into().to_string()))?;
        let path = http::uri::PathAndQuery::try_from(format!("/tfplugin6.Provider/{method}")).unwrap();
        let codec = ProstCodec::<Req, Res>::default();
        let mut events = grpc
            .server_streaming(Request::new(request), path, codec)
            .await?
            .into_inner();
        let mut all = Vec::new();
        while let Some(event) = events.message().await? {
            all.push(event);
        }
        Ok(all)
    }

    pub fn resource_value(&self, type_name: &str, value: &RawValue) -> Option<DynamicValue> {
        Some(as_terraform(value, &self.types.resources[type_name]))
    }

    pub fn read_resource_value(&self, type_name: &str, value: Option<&DynamicValue>) -> RawValue {
        codec::decode(value, &self.types.resources[type_name]).unwrap()
    }

    pub fn data_value(&self, type_name: &str, value: &RawValue) -> Option<DynamicValue> {
        Some(as_terraform(value, &self.types.data_sources[type_name]))
    }

    pub fn read_data_value(&self, type_name: &str, value: Option<&DynamicValue>) -> RawValue {
        codec::decode(value, &self.types.data_sources[type_name]).unwrap()
    }

    pub fn action_value(&self, type_name: &str, value: &RawValue) -> Option<DynamicValue> {
        Some(as_terraform(value, &self.types.actions[type_name]))
    }

    pub fn list_value(&self, type_name: &str, value: &RawValue) -> Option<DynamicValue> {
        Some(as_terraform(value, &self.types.lists[type_name]))
    }

    pub fn ephemeral_value(&self, type_name: &str, value: &RawValue) -> Option<DynamicValue> {
        Some(as_terraform(value, &self.types.ephemeral[type_name]))
    }

    pub fn read_ephemeral_value(&self, type_name: &str, value: Option<&DynamicValue>) -> RawValue {
        codec::decode(value, &self.types.ephemeral[type_name]).unwrap()
    }

    pub fn identity_value(&self, type_name: &str, value: &RawValue) -> Option<wire::ResourceIdentityData> {
        let identity_data = Some(as_terraform(value, &self.types.identities[type_name]));
        Some(wire::ResourceIdentityData { identity_data })
    }

    pub fn read_identity(&self, type_name: &str, value: Option<&wire::ResourceIdentityData>) -> RawValue {
        let data = value.and_then(|value| value.identity_data.as_ref());
        codec::decode(data, &self.types.identities[type_name]).unwrap()
    }

    /// Configures the provider.
    pub async fn configure(&self, config: RawValue, deferral_allowed: bool) -> wire::DiagnosticsResponse {
        let request = wire::ConfigureProviderRequest {
            terraform_version: "1.15.5".to_owned(),
            config: Some(as_terraform(&config, &self.types.provider)),
            client_capabilities: capabilities(deferral_allowed),
        };
        self.call("ConfigureProvider", request).await.unwrap()
    }

    /// Validates the provider's configuration.
    pub async fn validate_provider(&self, config: &RawValue) -> wire::ValidateProviderConfigResponse {
        let request = wire::ValidateProviderConfigRequest {
            config: Some(as_terraform(config, &self.types.provider)),
        };
        self.call("ValidateProviderConfig", request).await.unwrap()
    }

    /// Returns the change that creates a resource with `config`.
    pub fn creation<const N: usize>(&self, type_name: &str, config: [(&str, RawValue); N]) -> Change {
        // Terraform sends every attribute, with null if it is not configured.
        let config = self.resource_value(type_name, &object(config));
        let mut config = self.read_resource_value(type_name, config.as_ref());
        if type_name == "example_everything" {
            for name in ["optional_block", "list_block", "set_block"] {
                if config.get(name).is_null() {
                    config.set(name, RawValue::List(Vec::new()));
                }
            }
            config.set("map_block", object([]));
            config.set("group_block", object([("name", RawValue::Null)]));
        }
        Change {
            type_name: type_name.to_owned(),
            prior: RawValue::Null,
            proposed: config.clone(),
            config,
        }
    }

    /// Plans a change.
    pub async fn plan(&self, change: &Change, deferral_allowed: bool) -> wire::PlanResourceChangeResponse {
        let value = |value| self.resource_value(&change.type_name, value);
        let request = wire::PlanResourceChangeRequest {
            type_name: change.type_name.clone(),
            prior_state: value(&change.prior),
            proposed_new_state: value(&change.proposed),
            config: value(&change.config),
            client_capabilities: capabilities(deferral_allowed),
            ..wire::PlanResourceChangeRequest::default()
        };
        self.call("PlanResourceChange", request).await.unwrap()
    }

    /// Returns the request that applies a planned change.
    pub fn apply_request(
        &self,
        change: &Change,
        plan: &wire::PlanResourceChangeResponse,
    ) -> wire::ApplyResourceChangeRequest {
        wire::ApplyResourceChangeRequest {
            type_name: change.type_name.clone(),
            prior_state: self.resource_value(&change.type_name, &change.prior),
            planned_state: plan.planned_state.clone(),
            config: self.resource_value(&change.type_name, &change.config),
            planned_private: plan.planned_private.clone(),
            planned_identity: plan.planned_identity.clone(),
            ..wire::ApplyResourceChangeRequest::default()
        }
    }

    /// Plans and applies a change.
    pub async fn apply(&self, change: &Change) -> wire::ApplyResourceChangeResponse {
        let plan = self.plan(change, false).await;
        assert_eq!(plan.diagnostics, [], "the plan");
        self.call("ApplyResourceChange", self.apply_request(change, &plan))
            .await
            .unwrap()
    }

    /// Deletes an object.
    pub async fn delete(&self, type_name: &str, state: &RawValue) -> wire::ApplyResourceChangeResponse {
        let request = wire::ApplyResourceChangeRequest {
            type_name: type_name.to_owned(),
            prior_state: self.resource_value(type_name, state),
            planned_state: self.resource_value(type_name, &RawValue::Null),
            config: self.resource_value(type_name, &RawValue::Null),
            ..wire::ApplyResourceChangeRequest::default()
        };
        self.call("ApplyResourceChange", request).await.unwrap()
    }

    /// Reads an object.
    pub async fn read(&self, type_name: &str, state: &RawValue, deferral_allowed: bool) -> wire::ReadResourceResponse {
        let request = wire::ReadResourceRequest {
            type_name: type_name.to_owned(),
            current_state: self.resource_value(type_name, state),
            private: b"private".to_vec(),
            client_capabilities: capabilities(deferral_allowed),
            ..wire::ReadResourceRequest::default()
        };
        self.call("ReadResource", request).await.unwrap()
    }

    /// Validates the configuration of a resource.
    pub async fn validate(&self, type_name: &str, config: &RawValue, write_only: bool) -> Vec<wire::Diagnostic> {
        let request = wire::ValidateConfigRequest {
            type_name: type_name.to_owned(),
            config: self.resource_value(type_name, config),
            client_capabilities: Some(wire::ClientCapabilities {
                deferral_allowed: false,
                write_only_attributes_allowed: write_only,
                ..wire::ClientCapabilities::default()
            }),
        };
        let response: wire::DiagnosticsResponse = self.call("ValidateResourceConfig", request).await.unwrap();
        response.diagnostics
    }

    /// Calls `StopProvider`.
    pub async fn stop(&self) {
        let response: wire::StopProviderResponse = self.call("StopProvider", wire::Empty {}).await.unwrap();
        assert_eq!(response.error, "");
    }
}

/// Returns the capabilities of this client.
pub fn capabilities(deferral_allowed: bool) -> Option<wire::ClientCapabilities> {
    Some(wire::ClientCapabilities {
        deferral_allowed,
        write_only_attributes_allowed: true,
        ..wire::ClientCapabilities::default()
    })
}

/// Methods that validate a configuration with a type name.
pub const VALIDATE_METHODS: [&str; 5] = [
    "ValidateResourceConfig",
    "ValidateDataResourceConfig",
    "ValidateEphemeralResourceConfig",
    "ValidateListResourceConfig",
    "ValidateActionConfig",
];

/// Returns the summaries and details of diagnostics.
pub fn diagnostics_text(diagnostics: &[wire::Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(|diag| format!("{}: {}\n", diag.summary, diag.detail))
        .collect()
}
