//! Identity of an object in the cloud: its ID, region and project.

use otc_client::identity::Endpoint;
use serde::{Deserialize, Serialize};
use terraform_plugin::{
    AddDiagnostic, AttributePath, Diagnostics, IdentityAttribute, IdentitySchema, RawValue, Value, model,
};

/// Model of the identity of a backup or policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectIdentity {
    /// ID of the object.
    pub id: Value<String>,
    /// Region of the object.
    pub region: Value<String>,
    /// ID of the project.
    pub project_id: Value<String>,
}

impl ObjectIdentity {
    /// The schema, with the descriptions of the ID and the region.
    #[must_use]
    pub fn schema(id: &str, region: &str) -> IdentitySchema {
        IdentitySchema::new([
            IdentityAttribute::string("id", id).required_for_import(),
            IdentityAttribute::string("region", region),
            IdentityAttribute::string("project_id", "ID of the project."),
        ])
    }

    /// The identity as a raw value, in which unknown values are null; `None` without an ID.
    #[must_use]
    pub fn to_raw(&self) -> Option<RawValue> {
        let known = |value: &Value<String>| value.as_ref_option().cloned().into();
        self.id.as_ref_option()?;
        let identity = Self {
            id: known(&self.id),
            region: known(&self.region),
            project_id: known(&self.project_id),
        };
        model::to_raw(&identity).ok()
    }
}

/// Reports an identity whose project is not that of `endpoint`. `object` is "backup" or "policy".
pub fn validate_project(object: &str, project_id: &Value<String>, endpoint: &Endpoint, diags: &mut Diagnostics) {
    let actual = &endpoint.project_id;
    if let Some(wanted) = project_id.as_ref_option().filter(|wanted| *wanted != actual) {
        diags.add_attribute_error(
            format!("The {object} belongs to another project"),
            format!(
                "The identity has project_id {wanted:?}, and the provider uses {actual:?}. Import the {object} with a provider \
                 block for its project."
            ),
            AttributePath::new("project_id"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let model = model::to_raw(&ObjectIdentity::default()).unwrap();
        let fields: Vec<_> = model.as_map().unwrap().keys().cloned().collect();
        let schema = ObjectIdentity::schema("", "");
        let mut names: Vec<_> = schema.attributes.into_iter().map(|attribute| attribute.name).collect();
        names.sort();
        assert_eq!(fields, names);
    }

    #[test]
    fn an_object_without_an_id_has_no_identity() {
        assert_eq!(ObjectIdentity::default().to_raw(), None);
        let planned = ObjectIdentity {
            id: Value::Value("item".to_owned()),
            region: Value::Unknown,
            ..ObjectIdentity::default()
        };
        let identity: ObjectIdentity = model::from_raw(&planned.to_raw().unwrap()).unwrap();
        assert_eq!(
            identity,
            ObjectIdentity {
                id: planned.id,
                ..ObjectIdentity::default()
            }
        );
    }
}
