//! A resource in a state that an earlier version of the provider wrote, and what a plan of this version makes of it.
//!
//! Plays the part of Terraform over the plugin protocol, because only there a state is upgraded: `UpgradeResourceState`,
//! `UpgradeResourceIdentity`, `ReadResource`, `ValidateResourceConfig`, `PlanResourceChange`.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost::Message;
use serde::Deserialize;
use serde_json::Value as Json;
use terraform_plugin::{
    Attribute, AttributeConstraint, AttributeType, Block, NestedBlock, Number, Provider, RawValue, Schema,
    protocol6::{ProviderService, codec, types, wire},
};
use tonic::{Request, client::Grpc};
use tonic_prost::ProstCodec;

/// One resource of a state file, with its configuration.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredResource {
    /// Resource type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Arguments. A value of a `dynamic` attribute is an object of `value` and `type`, as in a state file.
    pub configuration: Json,
    /// The instance as the state file has it.
    pub instance: Instance,
}

/// An instance of a resource in a state file of format version 4.
#[derive(Debug, Clone, Deserialize)]
pub struct Instance {
    /// Version of the schema that `attributes` follow.
    pub schema_version: i64,
    /// The attributes.
    pub attributes: Json,
    /// Private data, base64.
    #[serde(default)]
    pub private: String,
    /// Version of the identity's schema.
    #[serde(default)]
    pub identity_schema_version: i64,
    /// The identity.
    #[serde(default)]
    pub identity: Json,
    /// `tainted`, or nothing.
    #[serde(default)]
    pub status: String,
}

/// The result of a plan for a stored resource.
#[derive(Debug)]
pub struct Outcome {
    /// State after the upgrade.
    pub upgraded: RawValue,
    /// State after the refresh.
    pub refreshed: RawValue,
    /// State that is planned.
    pub planned: RawValue,
    /// Number of attributes that require a replacement.
    pub replacing: usize,
    /// Errors of all calls.
    pub errors: Vec<String>,
    /// Warnings of all calls.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// Asserts that Terraform would show no change for this resource.
    pub fn assert_plans_empty(&self, name: &str) {
        assert_eq!(self.errors, Vec::<String>::new(), "{name}: errors");
        assert_eq!(self.planned, self.refreshed, "{name}: the plan is not empty");
        assert_eq!(self.replacing, 0, "{name}: the plan replaces the resource");
    }

    /// Asserts that the refresh of an unchanged object keeps every value of the upgraded state.
    pub fn assert_refresh_changes_nothing(&self, name: &str) {
        let (before, after) = (self.upgraded.as_map(), self.refreshed.as_map());
        let (before, after) = (before.expect("an object"), after.expect("an object"));
        for (attribute, value) in before.iter().filter(|(_, value)| !value.is_null()) {
            let (now, before) = (after.get(attribute).map(with_doubles), with_doubles(value));
            assert_eq!(now, Some(before), "{name}: the refresh changed {attribute}");
        }
    }
}

/// Upgrades, refreshes and plans `stored` with `provider`, as `terraform plan` does.
pub async fn plan(provider: Arc<dyn Provider>, stored: &StoredResource) -> Outcome {
    let resource = provider.resources()[&stored.type_name].clone();
    let (schema, identity) = (resource.schema(), resource.identity_schema());
    let identity = identity.as_ref().map(types::identity_type);
    let client = Client {
        service: ProviderService::new(provider),
        ty: types::block_type(&schema.block),
        schema,
        type_name: stored.type_name.clone(),
    };
    client.plan(stored, identity.as_ref()).await
}

struct Client {
    service: ProviderService,
    schema: Schema,
    ty: AttributeType,
    type_name: String,
}

impl Client {
    async fn plan(&self, stored: &StoredResource, identity_type: Option<&AttributeType>) -> Outcome {
        let (mut errors, mut warnings) = (Vec::new(), Vec::new());
        let mut collect = |call: &str, list: Vec<wire::Diagnostic>| {
            for found in list {
                let is_error = found.severity == wire::Severity::Error as i32;
                let list = if is_error { &mut errors } else { &mut warnings };
                list.push(format!("{call}: {}: {}", found.summary, found.detail));
            }
        };
        let response: wire::UpgradeResourceStateResponse = self
            .call(
                "UpgradeResourceState",
                wire::UpgradeResourceStateRequest {
                    type_name: self.type_name.clone(),
                    version: stored.instance.schema_version,
                    raw_state: Some(raw_state(&stored.instance.attributes)),
                },
            )
            .await;
        collect("upgrade of the state", response.diagnostics);
        let upgraded = response.upgraded_state;
        let mut identity = None;
        if identity_type.is_some() && !stored.instance.identity.is_null() {
            let response: wire::UpgradeResourceIdentityResponse = self
                .call(
                    "UpgradeResourceIdentity",
                    wire::UpgradeResourceIdentityRequest {
                        type_name: self.type_name.clone(),
                        version: stored.instance.identity_schema_version,
                        raw_identity: Some(raw_state(&stored.instance.identity)),
                    },
                )
                .await;
            collect("upgrade of the identity", response.diagnostics);
            identity = response.upgraded_identity;
        }
        let private = BASE64.decode(&stored.instance.private).expect("private data in base64");
        let read: wire::ReadResourceResponse = self
            .call(
                "ReadResource",
                wire::ReadResourceRequest {
                    type_name: self.type_name.clone(),
                    current_state: upgraded.clone(),
                    private,
                    current_identity: identity.clone(),
                    ..wire::ReadResourceRequest::default()
                },
            )
            .await;
        collect("refresh", read.diagnostics);
        if let Some(ty) = identity_type.filter(|_| identity.is_some()) {
            let value = |identity: &Option<wire::ResourceIdentityData>| {
                let data = identity.as_ref().and_then(|identity| identity.identity_data.as_ref());
                codec::decode(data, ty).expect("an identity")
            };
            assert_eq!(
                value(&read.new_identity),
                value(&identity),
                "a refresh changed the identity"
            );
        }
        let config = codec::from_json(stored.configuration.to_string().as_bytes(), &self.ty).expect("a configuration");
        let response: wire::DiagnosticsResponse = self
            .call(
                "ValidateResourceConfig",
                wire::ValidateConfigRequest {
                    type_name: self.type_name.clone(),
                    config: self.encode(&config),
                    ..wire::ValidateConfigRequest::default()
                },
            )
            .await;
        collect("validation", response.diagnostics);
        let refreshed = self.decode(read.new_state.as_ref());
        // The object that a plan starts from; Terraform plans the replacement of a tainted one without it.
        let tainted = stored.instance.status == "tainted";
        let prior = if tainted { RawValue::Null } else { refreshed.clone() };
        let planned: wire::PlanResourceChangeResponse = self
            .call(
                "PlanResourceChange",
                wire::PlanResourceChangeRequest {
                    type_name: self.type_name.clone(),
                    prior_state: self.encode(&prior),
                    proposed_new_state: self.encode(&proposed_block(&self.schema.block, &prior, &config)),
                    config: self.encode(&config),
                    prior_private: if tainted { Vec::new() } else { read.private },
                    prior_identity: read.new_identity.filter(|_| !tainted),
                    ..wire::PlanResourceChangeRequest::default()
                },
            )
            .await;
        collect("plan", planned.diagnostics);
        Outcome {
            upgraded: self.decode(upgraded.as_ref()),
            refreshed,
            planned: self.decode(planned.planned_state.as_ref()),
            replacing: planned.requires_replace.len(),
            errors,
            warnings,
        }
    }

    async fn call<Req, Res>(&self, method: &str, request: Req) -> Res
    where
        Req: Message + Default + 'static,
        Res: Message + Default + 'static,
    {
        let path = format!("/tfplugin6.Provider/{method}").parse().expect("a path");
        let mut grpc = Grpc::<ProviderService>::new(self.service.clone());
        grpc.ready().await.expect("a service");
        let answer = grpc.unary(Request::new(request), path, ProstCodec::<Req, Res>::default());
        answer.await.expect("an answer").into_inner()
    }

    fn encode(&self, value: &RawValue) -> Option<wire::DynamicValue> {
        Some(codec::encode(value, &self.ty).expect("a value of the schema"))
    }

    /// Decodes a value and brings the elements of sets into one order, so that equal values compare equal.
    fn decode(&self, value: Option<&wire::DynamicValue>) -> RawValue {
        let mut value = codec::decode(value, &self.ty).expect("a value of the schema");
        sort_sets(&mut value, &self.ty);
        value
    }
}

fn raw_state(json: &Json) -> wire::RawState {
    wire::RawState {
        json: json.to_string().into_bytes(),
        ..wire::RawState::default()
    }
}

/// A state file has the decimal digits of a number that the provider answered as a double.
fn with_doubles(value: &RawValue) -> RawValue {
    match value {
        RawValue::Number(Number::Decimal(digits)) => {
            digits.parse::<f64>().map_or_else(|_| value.clone(), RawValue::from)
        }
        RawValue::List(elements) => RawValue::List(elements.iter().map(with_doubles).collect()),
        RawValue::Map(elements) => {
            let elements = elements
                .iter()
                .map(|(key, element)| (key.clone(), with_doubles(element)));
            RawValue::Map(elements.collect())
        }
        other => other.clone(),
    }
}

fn sort_sets(value: &mut RawValue, ty: &AttributeType) {
    match (value, ty) {
        (RawValue::List(elements), AttributeType::Set(inner)) => {
            elements.iter_mut().for_each(|element| sort_sets(element, inner));
            elements.sort_by_cached_key(|element| format!("{element:?}"));
        }
        (RawValue::List(elements), AttributeType::List(inner)) => {
            elements.iter_mut().for_each(|element| sort_sets(element, inner));
        }
        (RawValue::Map(elements), AttributeType::Map(inner)) => {
            elements.values_mut().for_each(|element| sort_sets(element, inner));
        }
        (RawValue::Map(elements), AttributeType::Object(types)) => {
            for (name, element) in elements {
                sort_sets(element, &types[name]);
            }
        }
        _ => {}
    }
}

/// The state that Terraform proposes: the configuration, with the prior value of every computed attribute that it leaves out.
fn proposed_block(block: &Block, prior: &RawValue, config: &RawValue) -> RawValue {
    let mut proposed = proposed_attributes(&block.attributes, prior, config);
    for (name, nested) in &block.blocks {
        let (prior, config) = (prior.get(name), config.get(name));
        let value = match nested {
            NestedBlock::Single(inner) | NestedBlock::Group(inner) if !config.is_null() => {
                proposed_block(inner, prior, config)
            }
            _ => config.clone(),
        };
        proposed.set(name, value);
    }
    proposed
}

fn proposed_attributes(attributes: &BTreeMap<String, Attribute>, prior: &RawValue, config: &RawValue) -> RawValue {
    let proposed = attributes.iter().map(|(name, attribute)| {
        let value = proposed_attribute(attribute, prior.get(name), config.get(name));
        (name.clone(), value)
    });
    RawValue::Map(proposed.collect())
}

fn proposed_attribute(attribute: &Attribute, prior: &RawValue, config: &RawValue) -> RawValue {
    if config.is_null() {
        return if is_computed(attribute) {
            prior.clone()
        } else {
            RawValue::Null
        };
    }
    let prior_elements = prior.as_list().unwrap_or_default();
    match (&attribute.attr_type, config) {
        (AttributeType::AttributeSingle(inner), _) => proposed_attributes(inner, prior, config),
        (AttributeType::AttributeList(inner), RawValue::List(elements)) => {
            let elements = elements.iter().enumerate().map(|(index, element)| {
                let prior = prior_elements.get(index).unwrap_or(&RawValue::Null);
                proposed_attributes(inner, prior, element)
            });
            RawValue::List(elements.collect())
        }
        (AttributeType::AttributeSet(inner), RawValue::List(elements)) => {
            let elements = elements.iter().map(|element| {
                let fits = |prior: &&RawValue| could_come_from(inner, prior, element);
                let prior = prior_elements.iter().find(fits).unwrap_or(&RawValue::Null);
                proposed_attributes(inner, prior, element)
            });
            RawValue::List(elements.collect())
        }
        (AttributeType::AttributeMap(inner), RawValue::Map(elements)) => {
            let elements = elements
                .iter()
                .map(|(key, element)| (key.clone(), proposed_attributes(inner, prior.get(key), element)));
            RawValue::Map(elements.collect())
        }
        _ => config.clone(),
    }
}

/// The prior element of a set differs from the configured one only in computed attributes that are not configured.
fn could_come_from(attributes: &BTreeMap<String, Attribute>, prior: &RawValue, config: &RawValue) -> bool {
    attributes.iter().all(|(name, attribute)| {
        let (prior, config) = (prior.get(name), config.get(name));
        prior == config || (config.is_null() && is_computed(attribute))
    })
}

fn is_computed(attribute: &Attribute) -> bool {
    matches!(
        attribute.constraint,
        AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
    )
}
