//! A policy as the data sources show it: attributes, model, and conversion from the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::service_value::{json_text, time};
use otc_client::csbs::{BACKUP_PROVIDER_ID, Policy, PolicyResource, SERVER_TYPE, ScheduledOperation, Tags};
use terraform_plugin::{Attribute, Value, schema};

use super::{
    model::common,
    next_run::{is_disabled, next_run, policy_next_run, start_time},
    operation,
};

/// Attributes of one policy.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("id").doc("ID of the policy."),
        Attribute::string("name").doc("Name of the policy."),
        Attribute::string("description").doc("Description of the policy."),
        Attribute::string("provider_id").doc("ID of the service's backup provider."),
        Attribute::map_of_strings("common").doc("General parameters of the policy."),
        Attribute::list_of_objects("resource", server_attributes()).doc("The servers that the policy backs up."),
        Attribute::list_of_objects("scheduled_operation", operation_attributes())
            .doc("The scheduled operations of the policy."),
        Attribute::map_of_strings("tags").doc("Tags of the policy."),
        Attribute::string("status").doc(
            "Status as the service reports it: `enabled`, `disabled` or `suspended`. The service may report `suspended` for a \
             policy whose operation is enabled.",
        ),
        Attribute::string("created_at").doc("When the policy was created (RFC 3339, UTC)."),
        Attribute::string("project_id").doc("ID of the project."),
        Attribute::string("next_run").doc("When the policy runs next (RFC 3339, UTC); null when it does not."),
    ]
    .map(Attribute::computed)
    .into()
}

fn server_attributes() -> schema::Attributes {
    schema::attributes(
        [
            Attribute::string("id").doc("ID of the server."),
            Attribute::string("type").doc("Type, `OS::Nova::Server`."),
            Attribute::string("name").doc("Name of the server in the policy."),
            Attribute::string("extra_info").doc("Additional information, as JSON text."),
        ]
        .map(Attribute::computed),
    )
}

fn operation_attributes() -> schema::Attributes {
    let configured = operation::attributes().into_iter().map(Attribute::computed);
    schema::attributes(
        configured.chain([
            Attribute::string("trigger_id").doc("ID of its trigger."),
            Attribute::string("trigger_name").doc("Name of its trigger, `default`."),
            Attribute::string("trigger_type").doc("Type of its trigger, `time`."),
            Attribute::string("next_run").doc(
                "When the operation runs next (RFC 3339, UTC). Null when the operation or the policy is disabled, the \
                 pattern cannot be read, or the pattern says \"every so many days\" and the service does not say since \
                 when.",
            ),
            Attribute::string("start_time").doc("When its trigger began (RFC 3339, UTC)."),
        ].map(Attribute::computed)),
    )
}

/// Model of one policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyData {
    id: Value<String>,
    name: Value<String>,
    description: Value<String>,
    provider_id: Value<String>,
    common: Value<BTreeMap<String, Value<String>>>,
    resource: Value<Vec<ServerData>>,
    scheduled_operation: Value<Vec<OperationData>>,
    tags: Value<Tags>,
    status: Value<String>,
    created_at: Value<String>,
    project_id: Value<String>,
    next_run: Value<String>,
}

/// Model of a server in a policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct ServerData {
    id: Value<String>,
    #[serde(rename = "type")]
    server_type: Value<String>,
    name: Value<String>,
    extra_info: Value<String>,
}

/// Model of a scheduled operation. What the answer does not have is null, which is not the same as zero or false.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct OperationData {
    id: Value<String>,
    name: Value<String>,
    description: Value<String>,
    enabled: Value<bool>,
    operation_type: Value<String>,
    trigger_pattern: Value<String>,
    max_backups: Value<i64>,
    retention_duration_days: Value<i64>,
    permanent: Value<bool>,
    day_backups: Value<i64>,
    week_backups: Value<i64>,
    month_backups: Value<i64>,
    year_backups: Value<i64>,
    timezone: Value<String>,
    trigger_id: Value<String>,
    trigger_name: Value<String>,
    trigger_type: Value<String>,
    start_time: Value<String>,
    next_run: Value<String>,
}

impl PolicyData {
    /// The policy as the service answered it, with the runs that follow `now`.
    #[must_use]
    pub fn new(policy: &Policy, tags: &Tags, now: Timestamp) -> Self {
        let run = |operation: &ScheduledOperation| next_run(operation, now).filter(|_| !is_disabled(policy));
        let operations = policy.scheduled_operations.iter();
        Self {
            id: policy.id.clone().into(),
            name: policy.name.clone().into(),
            description: policy.description.clone().unwrap_or_default().into(),
            provider_id: policy
                .provider_id
                .clone()
                .unwrap_or_else(|| BACKUP_PROVIDER_ID.to_owned())
                .into(),
            common: common(policy).into(),
            resource: policy.resources.iter().map(ServerData::from).collect::<Vec<_>>().into(),
            scheduled_operation: operations
                .map(|operation| OperationData::new(operation, run(operation)))
                .collect::<Vec<_>>()
                .into(),
            tags: tags.clone().into(),
            status: policy.status.clone().into(),
            created_at: time(policy.created_at.as_deref()),
            project_id: policy.project_id.clone().into(),
            next_run: run_time(policy_next_run(policy, now)),
        }
    }
}

impl From<&PolicyResource> for ServerData {
    fn from(server: &PolicyResource) -> Self {
        let extra_info = server.extra_info.as_ref().filter(|value| !is_empty(value));
        Self {
            id: server.id.clone().into(),
            server_type: server
                .resource_type
                .clone()
                .unwrap_or_else(|| SERVER_TYPE.to_owned())
                .into(),
            name: server.name.clone().into(),
            extra_info: json_text(extra_info),
        }
    }
}

impl OperationData {
    fn new(operation: &ScheduledOperation, run: Option<Timestamp>) -> Self {
        let definition = operation.operation_definition.clone().unwrap_or_default();
        let trigger = operation.trigger.clone().unwrap_or_default();
        // -1 means no limit.
        let limit = |limit: Option<i64>| limit.filter(|limit| *limit >= 0).into();
        Self {
            id: operation.id.clone().into(),
            name: operation.name.clone().into(),
            description: operation.description.clone().unwrap_or_default().into(),
            enabled: operation.enabled.unwrap_or(true).into(),
            operation_type: operation::operation_type(operation).into(),
            max_backups: limit(definition.max_backups),
            retention_duration_days: limit(definition.retention_duration_days),
            permanent: definition.permanent.into(),
            day_backups: definition.day_backups.into(),
            week_backups: definition.week_backups.into(),
            month_backups: definition.month_backups.into(),
            year_backups: definition.year_backups.into(),
            timezone: definition.timezone.into(),
            trigger_id: operation.trigger_id.clone().or(trigger.id).into(),
            trigger_name: trigger.name.into(),
            trigger_type: trigger.trigger_type.into(),
            trigger_pattern: trigger.properties.and_then(|properties| properties.pattern).into(),
            start_time: time(start_time(operation)),
            next_run: run_time(run),
        }
    }
}

fn run_time(run: Option<Timestamp>) -> Value<String> {
    run.map(|run| run.to_string()).into()
}

/// Whether JSON, or JSON in a text, has no content.
fn is_empty(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Object(members) => members.is_empty(),
        serde_json::Value::String(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(serde_json::Value::String(text)) => text.is_empty(),
            Ok(value) => is_empty(&value),
            Err(_) => true,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::PATTERN;

    fn policy(enabled: bool, start_time: &str) -> Policy {
        serde_json::from_value(
            serde_json::json!({"id": "policy", "name": "nightly", "scheduled_operations": [{
            "id": "op", "enabled": enabled, "operation_definition": {"max_backups": "20", "permanent": "False"},
            "trigger": {"properties": {"pattern": PATTERN, "start_time": start_time}}}]}),
        )
        .unwrap()
    }

    fn data(policy: &Policy, now: &str) -> PolicyData {
        PolicyData::new(policy, &Tags::new(), now.parse().unwrap())
    }

    fn operation(data: PolicyData) -> OperationData {
        data.scheduled_operation.unwrap().remove(0)
    }

    #[test]
    fn the_next_run_is_computed() {
        let next = |policy: &Policy| data(policy, "2026-01-02T00:00:00Z").next_run.as_option();
        assert_eq!(
            next(&policy(true, "2017-04-09 14:31:25")).as_deref(),
            Some("2026-01-08T12:27:00Z")
        );
        assert_eq!(
            next(&policy(true, "2026-01-10 00:00:00")).as_deref(),
            Some("2026-01-15T12:27:00Z")
        );
        assert_eq!(next(&policy(false, "")), None);
    }

    #[test]
    fn a_disabled_policy_has_no_next_run_and_a_suspended_one_has() {
        let now = "2026-01-02T00:00:00Z";
        for (status, enabled, runs) in [
            ("enabled", true, true),
            ("suspended", true, true),
            ("disabled", true, false),
            ("suspended", false, false),
            ("disabled", false, false),
        ] {
            let mut policy = policy(enabled, "");
            policy.status = Some(status.to_owned());
            let data = data(&policy, now);
            assert_eq!(data.next_run.is_value(), runs, "{status} {enabled}");
            assert_eq!(operation(data).next_run.is_value(), runs, "{status} {enabled}");
        }
        let mut without_enabled = policy(true, "");
        without_enabled.status = Some("disabled".to_owned());
        without_enabled.scheduled_operations[0].enabled = None;
        assert!(data(&without_enabled, now).next_run.is_null());
    }

    #[test]
    fn a_member_that_the_answer_lacks_is_null_and_not_zero() {
        let mut policy = policy(true, "");
        let retention = |policy: &Policy| {
            let operation = operation(data(policy, "2026-01-02T00:00:00Z"));
            (
                operation.permanent.as_option(),
                operation.week_backups.as_option(),
                operation.timezone.as_option(),
            )
        };
        assert_eq!(retention(&policy), (Some(false), None, None));
        let definition = policy.scheduled_operations[0].operation_definition.as_mut().unwrap();
        definition.permanent = None;
        definition.week_backups = Some(0);
        definition.timezone = Some("UTC+08:00".to_owned());
        assert_eq!(retention(&policy), (None, Some(0), Some("UTC+08:00".to_owned())));
    }

    #[test]
    fn limits_are_numbers_and_additional_information_without_content_is_null() {
        let mut policy = policy(true, "");
        policy.resources = serde_json::from_value(serde_json::json!([
            {"id": "a", "extra_info": "{}"}, {"id": "b", "extra_info": {"exclude_volumes": ["v"]}}, {"id": "c"}
        ]))
        .unwrap();
        let data = data(&policy, "2026-01-02T00:00:00Z");
        let extra_info: Vec<_> = data
            .resource
            .iter()
            .flatten()
            .map(|server| server.extra_info.clone())
            .collect();
        let excluded = Value::Value(r#"{"exclude_volumes":["v"]}"#.to_owned());
        assert_eq!(extra_info, [Value::Null, excluded, Value::Null]);
        assert_eq!(operation(data).max_backups, Value::Value(20));
    }
}
