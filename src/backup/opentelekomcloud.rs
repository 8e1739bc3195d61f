//! Conversion of a state of the Go provider's `opentelekomcloud_csbs_backup_v1`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    opentelekomcloud::{StateError, Tag, Takeover, tags, text},
    tag_map,
    timeouts::Timeouts,
};
use otc_client::csbs::SERVER_TYPE;
use terraform_plugin::Value;

use super::{model::BackupModel, summary::BackupSummary};

/// Takes over backups of the Go provider.
pub const TAKEOVER: Takeover<BackupModel> = Takeover {
    source_type: "opentelekomcloud_csbs_backup_v1",
    target_type: "csbs_backup",
    object: "backup",
    convert,
};

/// The part of the Go provider's state that is taken over. Other attributes are null until the next refresh.
#[derive(Debug, Deserialize)]
struct GoState {
    id: Option<String>,
    backup_record_id: Option<String>,
    resource_id: Option<String>,
    resource_type: Option<String>,
    backup_name: Option<String>,
    description: Option<String>,
    region: Option<String>,
    status: Option<String>,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
    #[serde(default)]
    timeouts: Option<BTreeMap<String, Option<String>>>,
}

fn convert(state: &serde_json::Value) -> Result<BackupModel, StateError> {
    let source = GoState::deserialize(state)?;
    let id = source.id.filter(|id| !id.is_empty()).ok_or(StateError::NoId)?;
    Ok(BackupModel {
        id: Value::Value(id),
        checkpoint_id: text(source.backup_record_id),
        resource_id: text(source.resource_id),
        resource_type: text(source.resource_type).or(Value::Value(SERVER_TYPE.to_owned())),
        backup_name: text(source.backup_name),
        description: Value::Value(source.description.unwrap_or_default()),
        region: text(source.region),
        tags: tag_map::from_api(&tags(source.tags)),
        skip_destroy: Value::Value(false),
        timeouts: Timeouts::from_opentelekomcloud(source.timeouts.as_ref()),
        summary: BackupSummary {
            status: text(source.status),
            ..BackupSummary::default()
        },
        ..BackupModel::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state as the Go provider writes it (SDKv2: unset texts are empty, sets are lists, nested objects are lists of one).
    fn go_state() -> serde_json::Value {
        serde_json::json!({
            "backup_name": "nightly", "backup_record_id": "checkpoint", "description": "", "id": "item",
            "region": "eu-de", "resource_id": "server", "resource_type": "OS::Nova::Server", "status": "available",
            "tags": [{"key": "a", "value": "b"}, {"key": "empty", "value": ""}],
            "timeouts": {"create": "45m", "delete": null},
            "vm_metadata": [{"cloud_service_type": "hec.recoverypoint", "disk": 40, "eip": "", "image_type": "gold",
                "name": "web", "private_ip": "192.168.0.5", "ram": 2048, "vcpus": 1}],
            "volume_backups": [{"average_speed": 19, "bootable": true, "id": "vb", "image_type": "backup",
                "incremental": false, "name": "manual_vol", "size": 40960, "snapshot_id": "sn",
                "source_volume_id": "vol", "source_volume_name": "web-vol", "source_volume_size": 40,
                "space_saving_ratio": 12.5, "status": "available"}],
        })
    }

    fn known(text: &str) -> Value<String> {
        Value::Value(text.to_owned())
    }

    #[test]
    fn arguments_and_ids_of_the_go_provider_are_kept() {
        let state = convert(&go_state()).unwrap();
        let tag = |key: &str, value: &str| (key.to_owned(), known(value));
        assert_eq!(state.id, known("item"));
        assert_eq!(state.checkpoint_id, known("checkpoint"));
        assert_eq!(state.resource_id, known("server"));
        assert_eq!(state.backup_name, known("nightly"));
        assert_eq!(state.description, known(""));
        assert_eq!(state.region, known("eu-de"));
        assert_eq!(state.summary.status, known("available"));
        assert_eq!(
            state.tags,
            Value::Value(BTreeMap::from([tag("a", "b"), tag("empty", "")]))
        );
        let timeouts = state.timeouts.unwrap();
        assert_eq!((timeouts.create, timeouts.delete), (known("45m"), Value::Null));
    }

    #[test]
    fn a_state_with_few_attributes_is_taken_over() {
        let state = convert(&serde_json::json!({"id": "item", "timeouts": null, "tags": null})).unwrap();
        assert_eq!(state.resource_type, known(SERVER_TYPE));
        assert_eq!(state.checkpoint_id, Value::Null);
        assert_eq!(state.timeouts, Value::Null);
    }

    #[test]
    fn a_damaged_state_is_an_error() {
        for damaged in [
            serde_json::json!(null),
            serde_json::json!([]),
            serde_json::json!("text"),
            serde_json::json!({}),
            serde_json::json!({"id": ""}),
            serde_json::json!({"id": 5}),
            serde_json::json!({"id": "item", "tags": "a=b"}),
        ] {
            assert!(convert(&damaged).is_err(), "{damaged}");
        }
    }
}
