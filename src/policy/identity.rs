//! The identity of a policy.

use crate::backup::model::object;
use terraform_plugin::{AttributeType, IdentityAttribute, IdentitySchema, RawValue};

/// Attributes of the identity.
#[must_use]
pub fn schema() -> IdentitySchema {
    let attribute = |name: &str, required, description: &str| IdentityAttribute {
        name: name.to_owned(),
        attr_type: AttributeType::String,
        required_for_import: required,
        description: description.to_owned(),
    };
    IdentitySchema {
        version: 0,
        attributes: vec![
            attribute("id", true, "ID of the policy."),
            attribute("region", false, "Region of the policy."),
            attribute("project_id", false, "ID of the project."),
        ],
    }
}

/// The identity of the policy of a state.
#[must_use]
pub fn of(state: &RawValue) -> Option<RawValue> {
    state.get("id").as_str()?;
    Some(object(
        ["id", "region", "project_id"].map(|name| (name, state.get(name).clone())),
    ))
}
