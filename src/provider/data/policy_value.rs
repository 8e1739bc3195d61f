//! A policy as data sources give it.

use jiff::Timestamp;

use crate::{
    api::{BACKUP_PROVIDER_ID, Policy, ScheduledOperation, Tags, pattern::Schedule},
    framework::{AttributeType, Dynamic},
    provider::{
        attribute::{Attributes, computed, list_of_objects, map_of_strings, named},
        backup::model::{object, time},
        policy::{model, schema},
    },
};

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
                "When it runs next (RFC 3339, UTC); null when it is not enabled or the pattern is not understood.",
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
        (
            "status",
            computed(STRING, "Status: `enabled`, `disabled` or `suspended`."),
        ),
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
pub fn value(policy: &Policy, tags: &Tags, now: Timestamp) -> Dynamic {
    let mut state = model::empty();
    model::refresh(&mut state, policy, Some(tags));
    let mut next = None;
    let operations: Vec<_> = policy
        .scheduled_operations
        .iter()
        .map(|operation| {
            let run = next_run(operation, now);
            if let Some(run) = run {
                next = Some(next.map_or(run, |other: Timestamp| other.min(run)));
            }
            let mut value = model::operation_value(operation);
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
    value.set("scheduled_operation", Dynamic::List(operations));
    value.set("next_run", next.map(|run| run.to_string()));
    value
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
    let begins = start_time(operation).and_then(crate::api::parse_time);
    Schedule::parse(pattern)
        .ok()?
        .next_after(begins.map_or(now, |begins| begins.max(now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::policy::schema::testing::PATTERN;

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
    fn a_policy_has_all_attributes_and_no_more() {
        let value = value(&policy(true, ""), &Tags::new(), Timestamp::UNIX_EPOCH);
        let keys = |value: &Dynamic| value.as_map().unwrap().keys().cloned().collect::<Vec<_>>();
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
