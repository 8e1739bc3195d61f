//! Identity of a policy.

use serde::{Deserialize, Serialize};
use terraform_plugin::{AttributeType, IdentityAttribute, IdentitySchema, RawValue, Value, model};

use super::model::PolicyModel;

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

/// Model of the identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyIdentity {
    pub id: Value<String>,
    pub region: Value<String>,
    pub project_id: Value<String>,
}

/// The identity of the policy of a state; `None` without an ID.
#[must_use]
pub fn of(policy: &PolicyModel) -> Option<RawValue> {
    policy.id.as_ref_option()?;
    let identity = PolicyIdentity {
        id: policy.id.clone(),
        region: policy.region.clone(),
        project_id: policy.project_id.clone(),
    };
    model::to_raw(&identity).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_plugin::{Attribute, Schema};
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let attributes = schema().attributes.into_iter();
        let schema = Schema::new("").attributes(attributes.map(|one| Attribute::new(&one.name, one.attr_type)));
        assert_model_has_schema::<PolicyIdentity>("identity of csbs_backup_policy", &schema.block);
    }
}
