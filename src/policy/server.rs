//! A server of a policy: attributes, model and validation.

use std::collections::BTreeSet;

use otc_client::{
    csbs::{PolicyResource, SERVER_TYPE, is_valid_id},
    operation::policy_association::MAX_SERVERS,
};
use serde::{Deserialize, Serialize};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, RawValue, Value, model};

use crate::{
    service_value::json_text,
    validators::{id, length, server_type, string},
};

/// Attributes of a server.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::string("id")
            .required()
            .validate(string("The server ID is not valid", id()))
            .doc("ID of the server. A server can belong to one policy only."),
        Attribute::string("type")
            .default(SERVER_TYPE)
            .validate(string("The resource type is not valid", server_type()))
            .doc("Type; the service knows `OS::Nova::Server` only, which is the default."),
        Attribute::string("name")
            .initial_value(default_name)
            .validate(string("The name is not valid", [length(1..=255)]))
            .doc("Name of the server in the policy; default `resource_` and the ID."),
        Attribute::string("extra_info").validate(validate_extra_info).doc(
            "Additional information for the service, as a JSON object, such as `jsonencode({ exclude_volumes = [...] })`. \
             Compared by meaning, not by text.",
        ),
    ]
}

fn default_name(server: &RawValue) -> RawValue {
    from_element(server)
        .name_or_default()
        .map_or(RawValue::UNKNOWN, RawValue::from)
}

/// Model of a server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerModel {
    pub id: Value<String>,
    #[serde(rename = "type")]
    pub resource_type: Value<String>,
    pub name: Value<String>,
    pub extra_info: Value<String>,
}

impl ServerModel {
    /// The name in the policy, also where none is configured.
    #[must_use]
    pub fn name_or_default(&self) -> Option<String> {
        let default = || self.id.as_ref_option().map(|id| format!("resource_{id}"));
        self.name.as_ref_option().cloned().or_else(default)
    }

    /// The additional information; `None` where it is empty in one of its forms.
    #[must_use]
    pub fn additional_information(&self) -> Option<serde_json::Value> {
        let value: serde_json::Value = serde_json::from_str(self.extra_info.as_deref_option()?).ok()?;
        let is_empty = match &value {
            serde_json::Value::Null => true,
            serde_json::Value::Object(members) => members.is_empty(),
            serde_json::Value::String(text) => text.is_empty(),
            _ => false,
        };
        (!is_empty).then_some(value)
    }

    /// Whether `existing` is all that this server asks for. A name that is not configured can be any.
    fn is_satisfied_by(&self, existing: &Self) -> bool {
        let resource_type = |server: &Self| server.resource_type.as_deref_option().unwrap_or(SERVER_TYPE).to_owned();
        let is_known = ![&self.id, &self.resource_type, &self.name, &self.extra_info]
            .iter()
            .any(|value| value.is_unknown());
        is_known
            && self.id == existing.id
            && resource_type(self) == resource_type(existing)
            && (self.name.is_null() || self.name == existing.name)
            && self.additional_information() == existing.additional_information()
    }

    /// The server with the same ID in `servers`.
    fn find<'a>(&self, servers: &'a [Self]) -> Option<&'a Self> {
        servers.get(self.position_in(servers)?)
    }

    /// The index of the server with the same ID in `servers`.
    fn position_in(&self, servers: &[Self]) -> Option<usize> {
        self.id.as_ref_option()?;
        servers.iter().position(|other| other.id == self.id)
    }
}

impl From<&PolicyResource> for ServerModel {
    fn from(resource: &PolicyResource) -> Self {
        let mut server = Self {
            id: resource.id.clone().into(),
            resource_type: resource.resource_type.clone().into(),
            name: resource.name.clone().into(),
            extra_info: json_text(resource.extra_info.as_ref()),
        };
        if server.additional_information().is_none() {
            server.extra_info = Value::Null;
        }
        server
    }
}

/// The servers of an answer. Where the answer leaves a value out, or means the same by it, the value of the state is kept.
#[must_use]
pub fn refresh(state: &[ServerModel], answer: &[PolicyResource]) -> Vec<ServerModel> {
    let servers = answer.iter().map(|resource| {
        let mut server = ServerModel::from(resource);
        if let Some(known) = server.find(state) {
            if server.resource_type.is_null() {
                server.resource_type = known.resource_type.clone();
            }
            if server.name.is_null() {
                server.name = known.name.clone();
            }
            if server.additional_information() == known.additional_information() {
                server.extra_info = known.extra_info.clone();
            }
        }
        if server.resource_type.is_null() {
            server.resource_type = Value::Value(SERVER_TYPE.to_owned());
        }
        server
    });
    servers.collect()
}

/// Whether two sets of servers ask for the same.
#[must_use]
pub fn all_match(wanted: &[ServerModel], existing: &[ServerModel]) -> bool {
    wanted.len() == existing.len()
        && wanted.iter().all(|server| {
            server
                .find(existing)
                .is_some_and(|existing| server.is_satisfied_by(existing))
        })
}

/// [`all_match`] for the values of an attribute.
#[must_use]
pub fn same(prior: &RawValue, planned: &RawValue) -> bool {
    match (prior.as_list(), planned.as_list()) {
        (Some(prior), Some(planned)) => all_match(&from_elements(planned), &from_elements(prior)),
        _ => false,
    }
}

/// Finds for each configured server the one with the same ID in the state.
#[must_use]
pub fn match_elements(config: &[RawValue], prior: &[RawValue]) -> Vec<Option<usize>> {
    let prior = from_elements(prior);
    from_elements(config)
        .iter()
        .map(|server| server.position_in(&prior))
        .collect()
}

/// Models of the elements of a set in a plan, where an element can still be unknown.
#[must_use]
pub fn from_elements(elements: &[RawValue]) -> Vec<ServerModel> {
    elements.iter().map(from_element).collect()
}

fn from_element(element: &RawValue) -> ServerModel {
    match model::from_raw(element) {
        Ok(Value::Value(server)) => server,
        _ => ServerModel {
            id: Value::Unknown,
            ..ServerModel::default()
        },
    }
}

/// A server in a diagnostic: its ID if it is one. Any other text may be sensitive.
#[must_use]
pub fn label(server: &RawValue) -> String {
    let server = from_element(server);
    let id = server.id.as_deref_option().filter(|id| is_valid_id(id));
    id.map_or_else(|| "a server".to_owned(), |id| format!("server {id}"))
}

/// Validates the set of servers.
pub fn validate(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    let servers = value.as_list().unwrap_or_default();
    if servers.len() > MAX_SERVERS {
        diags.add_attribute_error(
            "Too many servers",
            format!(
                "A policy can have {MAX_SERVERS} servers; {} are configured. Divide them among several policies.",
                servers.len()
            ),
            path.clone(),
        );
    }
    let mut ids = BTreeSet::new();
    for server in servers {
        if let Some(id) = from_element(server).id.as_option()
            && !ids.insert(id)
        {
            diags.add_attribute_error(
                "Duplicate server",
                format!("In `resource`, {} appears more than once.", label(server)),
                path.clone(),
            );
        }
    }
}

fn validate_extra_info(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    if let Some(text) = value.as_str()
        && !matches!(serde_json::from_str(text), Ok(serde_json::Value::Object(_)))
    {
        diags.add_attribute_error(
            "The additional information is not valid",
            "It must be a JSON object, such as jsonencode({ key = \"value\" }).",
            path.clone(),
        );
    }
}
