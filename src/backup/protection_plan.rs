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
        Attribute::string("extra_info").doc("Additional information, as JSON text."),
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
            extra_info: json_text(resource.extra_info.as_ref()),
        }
    }
}
