//! The state of the Go provider's `opentelekomcloud_csbs_backup_policy_v1`, taken over without asking the cloud.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    backup::{model::object, opentelekomcloud::ForeignError},
    timeouts,
};
use otc_client::csbs::{BACKUP_PROVIDER_ID, SERVER_TYPE, Tags};
use terraform_plugin::RawValue;

use super::model;

/// The Go provider's resource type.
pub const TYPE_NAME: &str = "opentelekomcloud_csbs_backup_policy_v1";

/// What of it is kept.
#[derive(Debug, Deserialize)]
struct State {
    id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    provider_id: Option<String>,
    region: Option<String>,
    status: Option<String>,
    created_at: Option<String>,
    #[serde(default)]
    common: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    resource: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    scheduled_operation: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
    #[serde(default)]
    timeouts: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    key: String,
    value: Option<String>,
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
    target.set("name", text(source.name));
    target.set("description", source.description.unwrap_or_default());
    let provider_id = source.provider_id.filter(|text| !text.is_empty());
    target.set(
        "provider_id",
        provider_id.unwrap_or_else(|| BACKUP_PROVIDER_ID.to_owned()),
    );
    target.set("region", text(source.region));
    target.set("status", text(source.status));
    target.set("created_at", crate::backup::model::time(source.created_at.as_deref()));
    let common = source.common.unwrap_or_default().into_iter();
    target.set(
        "common",
        common
            .filter_map(|(name, value)| Some((name, value?)))
            .collect::<BTreeMap<_, _>>(),
    );
    let servers = source.resource.unwrap_or_default();
    target.set("resource", RawValue::List(servers.iter().map(server).collect()));
    let operations = source.scheduled_operation.unwrap_or_default();
    target.set(
        "scheduled_operation",
        RawValue::List(operations.iter().map(operation).collect()),
    );
    let tags: Tags = source
        .tags
        .unwrap_or_default()
        .into_iter()
        .map(|tag| (tag.key, tag.value.unwrap_or_default()))
        .collect();
    target.set("tags", tags);
    target.set("skip_destroy", false);
    target.set("timeouts", timeouts::taken_over(source.timeouts.as_ref()));
    Ok(target)
}

fn server(source: &Map<String, Value>) -> RawValue {
    let kind = text(source, "type");
    object([
        ("id", text(source, "id")),
        ("type", if kind.is_null() { SERVER_TYPE.into() } else { kind }),
        ("name", text(source, "name")),
        ("extra_info", RawValue::Null),
    ])
}

/// Zero is what the Go provider writes where nothing is set; -1 is what the service answers then.
fn operation(source: &Map<String, Value>) -> RawValue {
    let number = |name: &str| -> Option<i64> {
        let number = match source.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| *number > 0)
    };
    let flag = |name: &str| source.get(name).and_then(Value::as_bool);
    let kind = text(source, "operation_type");
    object([
        ("id", text(source, "id")),
        ("name", text(source, "name")),
        (
            "description",
            text(source, "description").as_str().unwrap_or_default().into(),
        ),
        ("enabled", flag("enabled").unwrap_or(true).into()),
        ("operation_type", if kind.is_null() { "backup".into() } else { kind }),
        ("trigger_pattern", text(source, "trigger_pattern")),
        ("max_backups", number("max_backups").into()),
        ("retention_duration_days", number("retention_duration_days").into()),
        ("permanent", flag("permanent").filter(|permanent| *permanent).into()),
        ("day_backups", number("day_backups").into()),
        ("week_backups", number("week_backups").into()),
        ("month_backups", number("month_backups").into()),
        ("year_backups", number("year_backups").into()),
        ("timezone", text(source, "timezone")),
        ("trigger_id", text(source, "trigger_id")),
        ("trigger_name", text(source, "trigger_name")),
        ("trigger_type", text(source, "trigger_type")),
    ])
}

fn text(source: &Map<String, Value>, name: &str) -> RawValue {
    let text = source.get(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
        .map_or(RawValue::Null, RawValue::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        model::elements,
        schema::testing::{PATTERN, config, operation, planned, server},
    };

    /// As the Go provider writes it (SDKv2: unset texts are empty, unset numbers zero, sets are lists).
    fn written() -> Value {
        serde_json::json!({
            "id": "policy", "name": "nightly", "description": "", "provider_id": BACKUP_PROVIDER_ID, "region": "eu-de",
            "status": "suspended", "created_at": "2026-01-01T00:00:00.000001", "common": {}, "timeouts": {"create": "5m",
            "delete": null},
            "resource": [{"id": "server", "type": "OS::Nova::Server", "name": "web"}],
            "scheduled_operation": [{"id": "op", "name": "mybackup", "description": "", "enabled": true,
                "operation_type": "backup", "max_backups": 2, "retention_duration_days": 0, "permanent": false,
                "trigger_pattern": PATTERN, "trigger_id": "t", "trigger_name": "default", "trigger_type": "time",
                "day_backups": 0, "week_backups": 0, "month_backups": 0, "year_backups": 0, "timezone": ""}],
            "tags": [{"key": "a", "value": "b"}],
        })
    }

    #[test]
    fn the_same_configuration_plans_nothing() {
        let state = take_over(&written()).unwrap();
        let mut web = server("server");
        web.set("name", "web");
        let config = config(&[
            ("resource", RawValue::List(vec![web])),
            (
                "scheduled_operation",
                RawValue::List(vec![operation(&[
                    ("name", "mybackup".into()),
                    ("max_backups", 2.into()),
                    ("permanent", false.into()),
                ])]),
            ),
            ("tags", RawValue::Map(BTreeMap::from([("a".to_owned(), "b".into())]))),
        ]);
        let planned = planned(Some(&state), &config);
        for (name, value) in state.as_map().unwrap() {
            if name != "timeouts" {
                assert_eq!(planned.state.get(name), value, "{name}");
            }
        }
        assert_eq!(planned.requires_replace, []);
        assert_eq!(state.get("timeouts").get("create").as_str(), Some("5m"));
        let taken = &elements(state.get("scheduled_operation"))[0];
        assert_eq!(taken.get("max_backups").as_i64(), Some(2));
        assert!(taken.get("retention_duration_days").is_null());
    }

    #[test]
    fn a_state_with_little_in_it_is_taken_over_and_a_damaged_one_refused() {
        let state = take_over(&serde_json::json!({"id": "policy", "tags": null, "resource": null})).unwrap();
        assert!(elements(state.get("resource")).is_empty());
        for damaged in [
            serde_json::json!(null),
            serde_json::json!([]),
            serde_json::json!({}),
            serde_json::json!({"id": ""}),
            serde_json::json!({"id": "policy", "resource": "x"}),
            serde_json::json!({"id": "policy", "scheduled_operation": [1]}),
            serde_json::json!({"id": "policy", "tags": {"a": "b"}}),
        ] {
            assert!(take_over(&damaged).is_err(), "{damaged}");
        }
    }
}
