//! Requests to the service, from models.

use std::collections::BTreeMap;

use otc_client::csbs::{
    BACKUP_PROVIDER_ID, OperationDefinition, PolicyRequest, PolicyResource, PolicyUpdate, SERVER_TYPE,
    ScheduledOperation, Trigger, TriggerProperties, non_empty_description, pattern,
};
use terraform_plugin::Value;

use super::{
    model::PolicyModel,
    operation::{
        BACKUP, OperationModel,
        matching::{all_match, match_operations},
        retention::Retention,
    },
    server::{self, ServerModel},
};

/// The request that creates the policy.
#[must_use]
pub fn create(planned: &PolicyModel) -> PolicyRequest {
    let common: BTreeMap<_, _> = planned
        .common
        .as_ref_option()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.as_ref_option()?)))
        .collect();
    PolicyRequest {
        name: planned.name.as_ref_option().cloned().unwrap_or_default(),
        description: planned.non_empty_description().map(str::to_owned),
        parameters: Some(serde_json::json!({ "common": common })),
        resources: planned.servers().iter().map(policy_resource).collect(),
        scheduled_operations: planned
            .operations()
            .iter()
            .map(|wanted| scheduled_operation(wanted, None, None))
            .collect(),
        tags: planned.tags(),
    }
}

/// The request that makes the policy as planned, with what has to change; `None` when nothing has to.
#[must_use]
pub fn update(prior: &PolicyModel, planned: &PolicyModel) -> Option<PolicyUpdate> {
    let description = planned.non_empty_description();
    let update = PolicyUpdate {
        name: planned
            .name
            .as_ref_option()
            .filter(|_| planned.name != prior.name)
            .cloned(),
        description: (description != prior.non_empty_description()).then(|| description.unwrap_or_default().to_owned()),
        resources: (!server::all_match(planned.servers(), prior.servers()))
            .then(|| planned.servers().iter().map(policy_resource).collect()),
        scheduled_operations: update_operations(prior, planned),
    };
    (update != PolicyUpdate::default()).then_some(update)
}

/// The operations of an update; `None` when the service has the same ones.
fn update_operations(prior: &PolicyModel, planned: &PolicyModel) -> Option<Vec<ScheduledOperation>> {
    let (before, after) = (prior.operations(), planned.operations());
    let operations = || {
        let known = match_operations(after, before)
            .into_iter()
            .map(|index| index.and_then(|index| before.get(index)));
        let operations = after.iter().zip(known);
        operations.map(|(wanted, known)| scheduled_operation(wanted, known, Some(prior.id())))
    };
    (!all_match(after, before)).then(|| operations().collect())
}

fn policy_resource(server: &ServerModel) -> PolicyResource {
    PolicyResource {
        id: server.id.as_ref_option().cloned(),
        resource_type: Some(server.resource_type.as_deref_option().unwrap_or(SERVER_TYPE).to_owned()),
        name: server.name_or_default(),
        extra_info: server.additional_information(),
    }
}

/// One operation. `known` is the one that the service has: what is no longer wanted of it is cleared. `policy_id` is set in an
/// update.
fn scheduled_operation(
    wanted: &OperationModel,
    known: Option<&OperationModel>,
    policy_id: Option<&str>,
) -> ScheduledOperation {
    let text = |value: &Value<String>| value.as_ref_option().cloned();
    let description =
        |operation: &OperationModel| non_empty_description(operation.description.as_deref_option()).map(str::to_owned);
    let cleared_description = || known.and_then(description).map(|_| String::new());
    ScheduledOperation {
        id: known.and_then(|known| text(&known.id)),
        name: text(&wanted.name),
        description: description(wanted).or_else(cleared_description),
        enabled: Some(*wanted.enabled.as_ref_option().unwrap_or(&true)),
        // A parameter of the create only.
        operation_type: match policy_id {
            Some(_) => None,
            None => Some(wanted.operation_type.as_deref_option().unwrap_or(BACKUP).to_owned()),
        },
        operation_definition: Some(OperationDefinition {
            provider_id: Some(BACKUP_PROVIDER_ID.to_owned()),
            plan_id: policy_id.map(str::to_owned),
            ..operation_definition(wanted, known)
        }),
        trigger_id: None,
        trigger: Some(Trigger {
            properties: Some(TriggerProperties {
                pattern: wanted.trigger_pattern.as_deref_option().map(pattern::wire_form),
                ..TriggerProperties::default()
            }),
            ..Trigger::default()
        }),
    }
}

/// The limits: of a new operation those that are configured; of a known one all of them, because the service keeps what it is
/// not sent.
fn operation_definition(wanted: &OperationModel, known: Option<&OperationModel>) -> OperationDefinition {
    let number = |value: &Value<i64>| value.as_ref_option().copied();
    let no_limit = known.map(|_| -1);
    let known_counts = known.map(OperationModel::calendar_counts).unwrap_or_default();
    let mut counts = wanted.calendar_counts();
    for (count, known) in counts.iter_mut().zip(known_counts) {
        *count = count.or(known.map(|_| 0));
    }
    let [day_backups, week_backups, month_backups, year_backups] = counts;
    let retention = Retention::from(wanted);
    let time_zone = |operation: &OperationModel| operation.timezone.as_ref_option().cloned();
    let known_time_zone = || {
        let is_needed = counts.iter().any(Option::is_some);
        known.filter(|_| is_needed).and_then(time_zone)
    };
    OperationDefinition {
        max_backups: number(&wanted.max_backups).or(no_limit),
        retention_duration_days: number(&wanted.retention_duration_days).or(no_limit),
        permanent: match known.map(Retention::from) {
            Some(before) if before != retention => Some(retention == Retention::Permanent),
            // Not sent where it is not configured: after an import the state may lack calendar counts that the service has
            // and does not show, and a change of something else must not turn these into "forever".
            _ => wanted.permanent.as_ref_option().copied(),
        },
        day_backups,
        week_backups,
        month_backups,
        year_backups,
        timezone: time_zone(wanted).or_else(known_time_zone),
        ..OperationDefinition::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::{config, operation as configured, server};
    use terraform_plugin::{RawValue, model};

    fn policy(state: &RawValue) -> PolicyModel {
        model::from_raw(state).unwrap()
    }

    fn update(prior: &RawValue, planned: &RawValue) -> Option<PolicyUpdate> {
        super::update(&policy(prior), &policy(planned))
    }

    fn definition(operation: &ScheduledOperation) -> serde_json::Value {
        serde_json::to_value(operation).unwrap()["operation_definition"].clone()
    }

    #[test]
    fn a_create_sends_what_is_configured_as_numbers() {
        let operation = configured(&[("max_backups", 20.into())]);
        let request = create(&policy(&config(&[(
            "scheduled_operation",
            RawValue::List(vec![operation]),
        )])));
        let sent = definition(&request.scheduled_operations[0]);
        assert_eq!(
            sent,
            serde_json::json!({"max_backups": 20, "provider_id": BACKUP_PROVIDER_ID})
        );
    }

    #[test]
    fn a_removed_value_is_cleared() {
        let full = configured(&[
            ("id", "op".into()),
            ("max_backups", 20.into()),
            ("retention_duration_days", 7.into()),
            ("week_backups", 4.into()),
            ("timezone", "UTC+08:00".into()),
            ("description", "x".into()),
        ]);
        let mut prior = config(&[("scheduled_operation", RawValue::List(vec![full]))]);
        prior.set("id", "policy");
        let mut bare = prior.clone();
        bare.set(
            "scheduled_operation",
            RawValue::List(vec![configured(&[("id", "op".into())])]),
        );
        let update = update(&prior, &bare).unwrap();
        assert_eq!(
            (&update.name, &update.description, &update.resources),
            (&None, &None, &None)
        );
        let operation = &update.scheduled_operations.as_ref().unwrap()[0];
        assert_eq!(operation.id.as_deref(), Some("op"));
        assert_eq!(operation.operation_type, None);
        assert_eq!(operation.description.as_deref(), Some(""));
        assert_eq!(
            definition(operation),
            serde_json::json!({"max_backups": -1, "retention_duration_days": -1, "permanent": true, "week_backups": 0,
                "timezone": "UTC+08:00", "plan_id": "policy", "provider_id": BACKUP_PROVIDER_ID})
        );
    }

    #[test]
    fn an_unchanged_retention_is_not_sent_as_permanent() {
        let named = |name: &str| configured(&[("id", "op".into()), ("name", name.into())]);
        let mut prior = config(&[("scheduled_operation", RawValue::List(vec![named("a")]))]);
        prior.set("id", "policy");
        let mut renamed = prior.clone();
        renamed.set("scheduled_operation", RawValue::List(vec![named("b")]));
        let update = update(&prior, &renamed).unwrap();
        let sent = definition(&update.scheduled_operations.unwrap()[0]);
        assert_eq!(sent.get("permanent"), None, "{sent}");
    }

    #[test]
    fn equivalent_values_are_not_sent() {
        let prior = config(&[("resource", RawValue::List(vec![server("s")]))]);
        let mut other = prior.clone();
        let mut same = server("s");
        same.set("type", SERVER_TYPE);
        same.set("extra_info", "{}");
        other.set("resource", RawValue::List(vec![same]));
        assert_eq!(update(&prior, &other), None);
    }

    #[test]
    fn a_new_order_of_operations_is_not_sent() {
        let named = |name: &str| configured(&[("id", name.into()), ("name", name.into())]);
        let with = |operations: &[RawValue]| config(&[("scheduled_operation", RawValue::List(operations.to_vec()))]);
        let (a, b) = (named("a"), named("b"));
        assert_eq!(update(&with(&[a.clone(), b.clone()]), &with(&[b, a])), None);
    }
}
