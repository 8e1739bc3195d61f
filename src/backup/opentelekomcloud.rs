//! The state of the Go provider's `opentelekomcloud_csbs_backup_v1`, taken over without asking the cloud.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::timeouts;
use terraform_plugin::{Number, RawValue};

use super::{
    model::{self, object},
    schema::SERVER,
};

/// The Go provider's resource type.
pub const TYPE_NAME: &str = "opentelekomcloud_csbs_backup_v1";

/// The end of the Go provider's address; any host may serve it.
pub const PROVIDER: &str = "opentelekomcloud/opentelekomcloud";

/// A state that cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// Not the shape that the Go provider writes.
    #[error("it does not have the shape that the provider {PROVIDER} writes")]
    Shape(#[from] serde_json::Error),
    /// No ID is in it.
    #[error("it has no ID of a backup")]
    NoId,
}

/// What of it is kept. What this provider has besides is null until the next refresh.
#[derive(Debug, Deserialize)]
struct State {
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
    volume_backups: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    vm_metadata: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    timeouts: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    key: String,
    value: Option<String>,
}

const VOLUME: [&str; 13] = [
    "id",
    "name",
    "status",
    "bootable",
    "incremental",
    "image_type",
    "size",
    "average_speed",
    "space_saving_ratio",
    "snapshot_id",
    "source_volume_id",
    "source_volume_name",
    "source_volume_size",
];

const SERVER_FIELDS: [&str; 8] = [
    "name",
    "eip",
    "private_ip",
    "cloud_service_type",
    "image_type",
    "ram",
    "vcpus",
    "disk",
];

/// What OpenTofu before 1.12.4 gives instead of the address: the name alone, without host and namespace.
const NAME: &str = "opentelekomcloud";

/// Whether a provider's address is the Go provider's, wherever it was installed from.
#[must_use]
pub fn is_its_address(address: &str) -> bool {
    address == NAME || address == PROVIDER || address.ends_with(&format!("/{PROVIDER}"))
}

/// Takes the state over.
///
/// # Errors
/// [`ForeignError`] when it is not such a state.
pub fn take_over(state: &Value) -> Result<RawValue, ForeignError> {
    let source = State::deserialize(state)?;
    let id = source.id.filter(|id| !id.is_empty()).ok_or(ForeignError::NoId)?;
    let text = |text: Option<String>| RawValue::from(text.filter(|text| !text.is_empty()));
    let mut target = model::empty();
    target.set("id", id);
    target.set("checkpoint_id", text(source.backup_record_id));
    target.set("resource_id", text(source.resource_id));
    let resource_type = source.resource_type.filter(|text| !text.is_empty());
    target.set("resource_type", resource_type.unwrap_or_else(|| SERVER.to_owned()));
    target.set("backup_name", text(source.backup_name));
    target.set("description", source.description.unwrap_or_default());
    target.set("region", text(source.region));
    target.set("status", text(source.status));
    target.set("skip_destroy", false);
    let tags: BTreeMap<String, String> = source
        .tags
        .into_iter()
        .flatten()
        .map(|tag| (tag.key, tag.value.unwrap_or_default()))
        .collect();
    target.set("tags", tags);
    let volumes = source.volume_backups.unwrap_or_default();
    target.set(
        "volume_backups",
        RawValue::List(volumes.iter().map(|volume| fields(volume, VOLUME)).collect()),
    );
    let server = source.vm_metadata.unwrap_or_default();
    target.set(
        "vm_metadata",
        server
            .first()
            .map_or(RawValue::Null, |server| fields(server, SERVER_FIELDS)),
    );
    target.set("timeouts", timeouts::taken_over(source.timeouts.as_ref()));
    Ok(target)
}

fn fields<const N: usize>(source: &Map<String, Value>, names: [&'static str; N]) -> RawValue {
    object(names.map(|name| (name, field(name, source.get(name)))))
}

/// A value of the type that the field has here; null when it has none of it.
fn field(name: &str, value: Option<&Value>) -> RawValue {
    match (name, value) {
        ("bootable" | "incremental", Some(Value::Bool(value))) => (*value).into(),
        (
            "size" | "average_speed" | "space_saving_ratio" | "source_volume_size" | "ram" | "vcpus" | "disk",
            Some(value),
        ) => number(value),
        ("bootable" | "incremental", _) => RawValue::Null,
        (_, Some(Value::String(text))) if !text.is_empty() => text.as_str().into(),
        _ => RawValue::Null,
    }
}

fn number(value: &Value) -> RawValue {
    let number = match value {
        Value::Number(number) => number
            .as_i64()
            .map(Number::Int)
            .or_else(|| number.as_f64().map(Number::Float)),
        Value::String(text) => text.parse().ok().map(Number::Int),
        _ => None,
    };
    number.map_or(RawValue::Null, RawValue::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the Go provider writes it (SDKv2: unset texts are empty, sets are lists, nested objects are lists of one).
    fn written() -> Value {
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

    #[test]
    fn everything_the_go_provider_stored_is_kept() {
        let state = take_over(&written()).unwrap();
        for (name, value) in [
            ("id", "item"),
            ("checkpoint_id", "checkpoint"),
            ("resource_id", "server"),
            ("backup_name", "nightly"),
            ("description", ""),
            ("region", "eu-de"),
            ("status", "available"),
        ] {
            assert_eq!(state.get(name).as_str(), Some(value), "{name}");
        }
        assert_eq!(state.get("tags").get("a").as_str(), Some("b"));
        assert_eq!(state.get("tags").get("empty").as_str(), Some(""));
        assert_eq!(state.get("timeouts").get("create").as_str(), Some("45m"));
        assert!(state.get("timeouts").get("delete").is_null());
        assert_eq!(state.get("vm_metadata").get("ram").as_i64(), Some(2048));
        assert!(state.get("vm_metadata").get("eip").is_null());
        let volume = &state.get("volume_backups").as_list().unwrap()[0];
        assert_eq!(volume.get("bootable").as_bool(), Some(true));
        assert_eq!(volume.get("space_saving_ratio"), &RawValue::from(12.5));
    }

    #[test]
    fn a_state_with_little_in_it_is_taken_over() {
        let state = take_over(&serde_json::json!({"id": "item", "timeouts": null, "tags": null})).unwrap();
        assert_eq!(state.get("resource_type").as_str(), Some(SERVER));
        assert!(state.get("checkpoint_id").is_null());
        assert_eq!(state.get("timeouts"), &RawValue::Null);
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
            serde_json::json!({"id": "item", "volume_backups": {"a": 1}}),
            serde_json::json!({"id": "item", "vm_metadata": [1]}),
        ] {
            assert!(take_over(&damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn the_address_is_compared_whole() {
        for address in [
            "registry.terraform.io/opentelekomcloud/opentelekomcloud",
            "registry.opentofu.org/opentelekomcloud/opentelekomcloud",
            "opentelekomcloud/opentelekomcloud",
            "opentelekomcloud",
        ] {
            assert!(is_its_address(address), "{address}");
        }
        for address in [
            "registry.terraform.io/x/opentelekomcloud",
            "x/my-opentelekomcloud/opentelekomcloud",
            "",
        ] {
            assert!(!is_its_address(address), "{address}");
        }
    }
}
