//! The protection plan that a backup was created by: attributes, model, and conversion from the API.

use otc_client::csbs;
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Value, schema};

use crate::service_value::{json_text, text};

/// Attributes of the plan.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    let resource = [
        Attribute::string("id").doc("ID of the server."),
        Attribute::string("type").doc("Type, `OS::Nova::Server`."),
        Attribute::string("name").doc("Name of the resource in the plan."),
        Attribute::string("extra_info").doc("Additional information, as JSON text; null when there is none."),
    ]
    .map(Attribute::computed);
    [
        Attribute::string("id").doc("ID of the protection plan."),
        Attribute::string("name").doc("Name of the protection plan."),
        Attribute::list_of_objects("resources", schema::attributes(resource)).doc("What the plan protects."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Model of the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtectionPlan {
    pub id: Value<String>,
    pub name: Value<String>,
    pub resources: Value<Vec<ProtectedResource>>,
}

/// Model of a server in the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtectedResource {
    pub id: Value<String>,
    #[serde(rename = "type")]
    pub resource_type: Value<String>,
    pub name: Value<String>,
    pub extra_info: Value<String>,
}

impl From<&csbs::ProtectionPlan> for ProtectionPlan {
    fn from(plan: &csbs::ProtectionPlan) -> Self {
        Self {
            id: text(plan.id.as_deref()),
            name: text(plan.name.as_deref()),
            resources: Value::Value(plan.resources.iter().map(ProtectedResource::from).collect()),
        }
    }
}

impl From<&csbs::PlanResource> for ProtectedResource {
    fn from(resource: &csbs::PlanResource) -> Self {
        Self {
            id: text(resource.id.as_deref()),
            resource_type: text(resource.resource_type.as_deref()),
            name: text(resource.name.as_deref()),
            extra_info: json_text(resource.extra_info.as_ref().filter(|info| !is_empty_object(info))),
        }
    }
}

fn is_empty_object(value: &serde_json::Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_additional_information_is_null() {
        for (answered, expected) in [
            (serde_json::json!(null), Value::Null),
            (serde_json::json!({}), Value::Null),
            (serde_json::json!({"a": 1}), Value::Value(r#"{"a":1}"#.to_owned())),
        ] {
            let resource = serde_json::from_value(serde_json::json!({"id": "server", "extra_info": answered})).unwrap();
            assert_eq!(ProtectedResource::from(&resource).extra_info, expected);
        }
    }
}
