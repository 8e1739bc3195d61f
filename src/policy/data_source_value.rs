//! A policy as data sources give it.

use jiff::Timestamp;

use crate::{
    attribute::{Attributes, computed, list_of_objects, map_of_strings, named},
    backup::model::{object, time},
    policy::{model, schema},
};
use otc_client::csbs::{BACKUP_PROVIDER_ID, Policy, ScheduledOperation, Tags, pattern::Schedule};
use terraform_plugin::{AttributeType, RawValue};

const STRING: AttributeType = AttributeType::String;

/// Attributes of one policy.
#[must_use]
pub fn attributes() -> Attributes {
    let mut operation = schema::operation();
    for attribute in operation.values_mut() {
        *attribute = computed(attribute.attr_type.clone(), &attribute.description.content);
    }
    operation.extend(named([
        (
            "next_run",
            computed(
                STRING,
                "When it runs next (RFC 3339, UTC). Null when the operation or the policy is disabled, the pattern is not \
                 understood, or the pattern says \"every so many days\" and the service does not say since when.",
            ),
        ),
        (
            "start_time",
            computed(STRING, "When its trigger began (RFC 3339, UTC)."),
        ),
    ]));
    named([
        ("id", computed(STRING, "ID of the policy.")),
        ("name", computed(STRING, "Name of the policy.")),
        ("description", computed(STRING, "Description of the policy.")),
        ("provider_id", computed(STRING, "ID of the service's backup provider.")),
        (
            "common",
            computed(map_of_strings(), "General parameters of the policy."),
        ),
        (
            "resource",
            computed(
                list_of_objects([
                    ("id", computed(STRING, "ID of the server.")),
                    ("type", computed(STRING, "Type, `OS::Nova::Server`.")),
                    ("name", computed(STRING, "Name of the server in the policy.")),
                    ("extra_info", computed(STRING, "Additional information, as JSON text.")),
                ]),
                "The servers that the policy backs up.",
            ),
        ),
        (
            "scheduled_operation",
            computed(AttributeType::AttributeList(operation), "What is done when."),
        ),
        ("tags", computed(map_of_strings(), "Tags of the policy.")),
        ("status", computed(STRING, schema::STATUS)),
        (
            "created_at",
            computed(STRING, "When the policy was made (RFC 3339, UTC)."),
        ),
        ("project_id", computed(STRING, "ID of the project.")),
        (
            "next_run",
            computed(
                STRING,
                "When the policy runs next (RFC 3339, UTC); null when it does not.",
            ),
        ),
    ])
}

/// One policy with these attributes.
#[must_use]
pub fn value(policy: &Policy, tags: &Tags, now: Timestamp) -> RawValue {
    let mut state = model::empty();
    model::refresh(&mut state, policy, Some(tags));
    let disabled = is_disabled(policy);
    let mut next = None;
    let operations: Vec<_> = policy
        .scheduled_operations
        .iter()
        .map(|operation| {
            let run = next_run(operation, now).filter(|_| !disabled);
            if let Some(run) = run {
                next = Some(next.map_or(run, |other: Timestamp| other.min(run)));
            }
            let mut value = model::operation_value(operation);
            as_answered(&mut value, operation);
            value.set("next_run", run.map(|run| run.to_string()));
            value.set("start_time", time(start_time(operation)));
            value
        })
        .collect();
    let names = [
        "id",
        "name",
        "description",
        "common",
        "resource",
        "tags",
        "status",
        "created_at",
        "project_id",
    ];
    let mut value = object(names.map(|name| (name, state.get(name).clone())));
    value.set(
        "provider_id",
        policy.provider_id.as_deref().unwrap_or(BACKUP_PROVIDER_ID),
    );
    value.set("scheduled_operation", RawValue::List(operations));
    value.set("next_run", next.map(|run| run.to_string()));
    value
}

fn is_disabled(policy: &Policy) -> bool {
    policy.status.as_deref() == Some("disabled")
}

/// Whether an operation runs by its schedule. The status does not say so: it may be `suspended` for an enabled policy.
#[must_use]
pub fn is_enabled(policy: &Policy) -> bool {
    let operations = &policy.scheduled_operations;
    !is_disabled(policy) && operations.iter().any(|operation| operation.enabled != Some(false))
}

/// Sets the retention to what the answer has: null is what it does not have, which is not the same as zero or false.
fn as_answered(value: &mut RawValue, operation: &ScheduledOperation) {
    let definition = operation.operation_definition.clone().unwrap_or_default();
    let limit = |limit: Option<i64>| limit.filter(|limit| *limit >= 0);
    value.set("max_backups", limit(definition.max_backups));
    value.set("retention_duration_days", limit(definition.retention_duration_days));
    value.set("permanent", definition.permanent);
    value.set("day_backups", definition.day_backups);
    value.set("week_backups", definition.week_backups);
    value.set("month_backups", definition.month_backups);
    value.set("year_backups", definition.year_backups);
}

fn start_time(operation: &ScheduledOperation) -> Option<&str> {
    operation.trigger.as_ref()?.properties.as_ref()?.start_time.as_deref()
}

/// The first run after now, of an operation that is enabled.
fn next_run(operation: &ScheduledOperation, now: Timestamp) -> Option<Timestamp> {
    if operation.enabled == Some(false) {
        return None;
    }
    let pattern = operation.trigger.as_ref()?.properties.as_ref()?.pattern.as_deref()?;
    let begins = start_time(operation).and_then(otc_client::csbs::parse_time);
    Schedule::parse(pattern).ok()?.next_after(now, begins)
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

    #[test]
    fn the_next_run_is_computed() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let next = |policy: &Policy| value(policy, &Tags::new(), now).get("next_run").clone();
        assert_eq!(
            next(&policy(true, "2017-04-09 14:31:25")).as_str(),
            Some("2026-01-08T12:27:00Z")
        );
        assert_eq!(
            next(&policy(true, "2026-01-10 00:00:00")).as_str(),
            Some("2026-01-15T12:27:00Z")
        );
        assert!(next(&policy(false, "")).is_null());
    }

    #[test]
    fn a_disabled_policy_has_no_next_run_and_a_suspended_one_has() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        for (status, enabled, runs) in [
            ("enabled", true, true),
            ("suspended", true, true),
            ("disabled", true, false),
            ("suspended", false, false),
            ("disabled", false, false),
        ] {
            let mut policy = policy(enabled, "");
            policy.status = Some(status.to_owned());
            let value = value(&policy, &Tags::new(), now);
            let operation = &value.get("scheduled_operation").as_list().unwrap()[0];
            for next in [value.get("next_run"), operation.get("next_run")] {
                assert_eq!(next.as_str().is_some(), runs, "{status} {enabled}");
            }
        }
        let mut silent = policy(true, "");
        silent.status = Some("disabled".to_owned());
        silent.scheduled_operations[0].enabled = None;
        assert!(value(&silent, &Tags::new(), now).get("next_run").is_null());
    }

    #[test]
    fn what_the_answer_does_not_have_is_null_and_not_zero() {
        let mut policy = policy(true, "");
        let retention = |policy: &Policy| {
            let value = value(policy, &Tags::new(), Timestamp::UNIX_EPOCH);
            let operation = value.get("scheduled_operation").as_list().unwrap()[0].clone();
            ["permanent", "week_backups", "timezone"].map(|name| operation.get(name).clone())
        };
        assert_eq!(retention(&policy), [false.into(), RawValue::Null, RawValue::Null]);
        let definition = policy.scheduled_operations[0].operation_definition.as_mut().unwrap();
        definition.permanent = None;
        definition.week_backups = Some(0);
        definition.timezone = Some("UTC+08:00".to_owned());
        assert_eq!(retention(&policy), [RawValue::Null, 0.into(), "UTC+08:00".into()]);
    }

    #[test]
    fn a_policy_has_all_attributes_and_no_more() {
        let value = value(&policy(true, ""), &Tags::new(), Timestamp::UNIX_EPOCH);
        let keys = |value: &RawValue| value.as_map().unwrap().keys().cloned().collect::<Vec<_>>();
        let sorted = |attributes: &Attributes| {
            let mut names: Vec<_> = attributes.keys().cloned().collect();
            names.sort();
            names
        };
        let attributes = attributes();
        assert_eq!(keys(&value), sorted(&attributes));
        let AttributeType::AttributeList(operation) = &attributes["scheduled_operation"].attr_type else {
            panic!("it is a list")
        };
        let operations = value.get("scheduled_operation").as_list().unwrap();
        assert_eq!(keys(&operations[0]), sorted(operation));
        assert_eq!(operations[0].get("max_backups").as_i64(), Some(20));
    }
}
