//! The identity of a backup: which one it is, wherever its state is.

use terraform_plugin::{AttributeType, IdentityAttribute, IdentitySchema, RawValue};

use super::model::object;

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
            attribute("id", true, "ID of the backup (checkpoint item)."),
            attribute("region", false, "Region of the backup."),
            attribute("project_id", false, "ID of the project."),
        ],
    }
}

/// The identity of the backup of a state; none while the service has not shown the item.
#[must_use]
pub fn of(state: &RawValue) -> Option<RawValue> {
    state.get("id").as_str()?;
    Some(object(
        ["id", "region", "project_id"].map(|name| (name, state.get(name).clone())),
    ))
}
