//! Identity of a backup: the attributes that say which backup in the cloud a resource is.

use serde::{Deserialize, Serialize};
use terraform_plugin::{AttributeType, IdentityAttribute, IdentitySchema, RawValue, Value, model};

use super::model::BackupModel;

/// Schema of the identity.
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

/// Model of the identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupIdentity {
    pub id: Value<String>,
    pub region: Value<String>,
    pub project_id: Value<String>,
}

/// Identity of the backup in `state`; `None` while the service has not shown the backup.
#[must_use]
pub fn of(state: &BackupModel) -> Option<RawValue> {
    if !state.id.is_value() {
        return None;
    }
    let known = |value: &Value<String>| value.as_ref_option().cloned().into();
    let identity = BackupIdentity {
        id: known(&state.id),
        region: known(&state.region),
        project_id: known(&state.project_id),
    };
    model::to_raw(&identity).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let model = model::to_raw(&BackupIdentity::default()).unwrap();
        let fields: Vec<_> = model.as_map().unwrap().keys().cloned().collect();
        let mut names: Vec<_> = schema()
            .attributes
            .into_iter()
            .map(|attribute| attribute.name)
            .collect();
        names.sort();
        assert_eq!(fields, names);
    }

    #[test]
    fn a_backup_without_an_id_has_no_identity() {
        assert_eq!(of(&BackupModel::default()), None);
        let state = BackupModel {
            id: Value::Value("item".to_owned()),
            region: Value::Unknown,
            ..BackupModel::default()
        };
        let identity: BackupIdentity = model::from_raw(&of(&state).unwrap()).unwrap();
        assert_eq!(
            identity,
            BackupIdentity {
                id: state.id,
                ..BackupIdentity::default()
            }
        );
    }
}
