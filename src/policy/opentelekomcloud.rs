//! The state of the Go provider's `opentelekomcloud_csbs_backup_policy_v1`, converted without calling the service.

use std::collections::BTreeMap;

use otc_client::csbs::SERVER_TYPE;
use serde::{Deserialize, Deserializer};
use terraform_plugin::Value;

use crate::{
    opentelekomcloud::{StateError, Tag, Takeover, tags, text},
    timeouts::Timeouts,
};

use super::{
    model::PolicyModel,
    operation::{BACKUP, OperationModel},
    server::ServerModel,
};

/// Takes over policies of the Go provider.
pub const TAKEOVER: Takeover<PolicyModel> = Takeover {
    source_type: "opentelekomcloud_csbs_backup_policy_v1",
    target_type: "csbs_backup_policy",
    object: "policy",
    convert,
};

/// The attributes that are kept.
#[derive(Debug, Deserialize)]
struct State {
    id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    region: Option<String>,
    #[serde(default)]
    common: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    resource: Option<Vec<Server>>,
    #[serde(default)]
    scheduled_operation: Option<Vec<Operation>>,
    #[serde(default)]
    tags: Option<Vec<Tag>>,
    #[serde(default)]
    timeouts: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Debug, Deserialize)]
struct Server {
    id: Option<String>,
    #[serde(rename = "type")]
    resource_type: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Operation {
    id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    enabled: Option<bool>,
    operation_type: Option<String>,
    trigger_pattern: Option<String>,
    #[serde(deserialize_with = "limit")]
    max_backups: Option<i64>,
    #[serde(deserialize_with = "limit")]
    retention_duration_days: Option<i64>,
    permanent: Option<bool>,
    #[serde(deserialize_with = "limit")]
    day_backups: Option<i64>,
    #[serde(deserialize_with = "limit")]
    week_backups: Option<i64>,
    #[serde(deserialize_with = "limit")]
    month_backups: Option<i64>,
    #[serde(deserialize_with = "limit")]
    year_backups: Option<i64>,
    timezone: Option<String>,
}

/// A limit, as a number or as text. Zero is what the Go provider writes where nothing is set; -1 is what the service answers
/// then.
fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => number.as_i64(),
        serde_json::Value::String(text) => text.parse().ok(),
        _ => None,
    };
    Ok(number.filter(|number| *number > 0))
}

/// Converts the state.
///
/// # Errors
/// [`StateError`] when it is not such a state.
fn convert(state: &serde_json::Value) -> Result<PolicyModel, StateError> {
    let source = State::deserialize(state)?;
    let id = source.id.filter(|id| !id.is_empty()).ok_or(StateError::NoId)?;
    let common = source.common.unwrap_or_default().into_iter();
    let common = common.filter_map(|(name, value)| Some((name, Value::Value(value?))));
    let servers = source.resource.unwrap_or_default().into_iter();
    let operations = source.scheduled_operation.unwrap_or_default().into_iter();
    Ok(PolicyModel {
        id: Value::Value(id),
        name: text(source.name),
        description: Value::Value(source.description.unwrap_or_default()),
        region: text(source.region),
        common: Value::Value(common.collect()),
        resource: Value::Value(servers.map(ServerModel::from).collect()),
        scheduled_operation: Value::Value(operations.map(OperationModel::from).collect()),
        tags: Value::Value(tags(source.tags)),
        skip_destroy: Value::Value(false),
        timeouts: Timeouts::from_opentelekomcloud(source.timeouts.as_ref()),
        ..PolicyModel::default()
    })
}

impl From<Server> for ServerModel {
    fn from(source: Server) -> Self {
        Self {
            id: text(source.id),
            resource_type: or_default(source.resource_type, SERVER_TYPE),
            name: text(source.name),
            extra_info: Value::Null,
        }
    }
}

impl From<Operation> for OperationModel {
    fn from(source: Operation) -> Self {
        Self {
            id: text(source.id),
            name: text(source.name),
            description: Value::Value(source.description.unwrap_or_default()),
            enabled: Value::Value(source.enabled.unwrap_or(true)),
            operation_type: or_default(source.operation_type, BACKUP),
            trigger_pattern: text(source.trigger_pattern),
            max_backups: source.max_backups.into(),
            retention_duration_days: source.retention_duration_days.into(),
            permanent: source.permanent.filter(|permanent| *permanent).into(),
            day_backups: source.day_backups.into(),
            week_backups: source.week_backups.into(),
            month_backups: source.month_backups.into(),
            year_backups: source.year_backups.into(),
            timezone: text(source.timezone),
        }
    }
}

fn or_default(text: Option<String>, default: &str) -> Value<String> {
    let text = text.filter(|text| !text.is_empty());
    Value::Value(text.unwrap_or_else(|| default.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::{PATTERN, config, operation, planned, server};
    use otc_client::csbs::BACKUP_PROVIDER_ID;
    use terraform_plugin::{RawValue, model};

    /// As the Go provider writes it (SDKv2: unset texts are empty, unset numbers zero, sets are lists).
    fn written() -> serde_json::Value {
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
    fn the_same_configuration_plans_no_change() {
        let state = model::to_raw(&convert(&written()).unwrap()).unwrap();
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
        let taken = &state.get("scheduled_operation").as_list().unwrap()[0];
        assert_eq!(taken.get("max_backups").as_i64(), Some(2));
        assert!(taken.get("retention_duration_days").is_null());
    }

    #[test]
    fn a_state_with_few_values_is_converted_and_a_damaged_one_refused() {
        let state = convert(&serde_json::json!({"id": "policy", "tags": null, "resource": null})).unwrap();
        assert!(state.servers().is_empty());
        for damaged in [
            serde_json::json!(null),
            serde_json::json!([]),
            serde_json::json!({}),
            serde_json::json!({"id": ""}),
            serde_json::json!({"id": "policy", "resource": "x"}),
            serde_json::json!({"id": "policy", "scheduled_operation": [1]}),
            serde_json::json!({"id": "policy", "tags": {"a": "b"}}),
        ] {
            assert!(convert(&damaged).is_err(), "{damaged}");
        }
    }
}
