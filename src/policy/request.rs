//! From a plan to the API's requests.

use serde_json::Value;

use crate::backup::{model::tags, plan::described};
use otc_client::csbs::{
    BACKUP_PROVIDER_ID, OperationDefinition, PolicyRequest, PolicyResource, PolicyUpdate, SERVER_TYPE,
    ScheduledOperation, Trigger, TriggerProperties, pattern,
};
use terraform_plugin::RawValue;

use super::{
    model::elements,
    operation::{self, COUNTS, Retention, pairs},
    server,
};

/// The policy to make.
#[must_use]
pub fn create(planned: &RawValue) -> PolicyRequest {
    let common: serde_json::Map<String, Value> = tags(planned.get("common"))
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    PolicyRequest {
        name: planned.get("name").as_str().unwrap_or_default().to_owned(),
        description: described(planned.get("description")).map(str::to_owned),
        parameters: Some(serde_json::json!({ "common": common })),
        resources: servers(planned),
        scheduled_operations: elements(planned.get("scheduled_operation"))
            .iter()
            .map(|wanted| operation(wanted, None, None))
            .collect(),
        tags: tags(planned.get("tags")),
    }
}

/// What of the policy has to change; nothing of it when `None`.
#[must_use]
pub fn update(prior: &RawValue, planned: &RawValue) -> Option<PolicyUpdate> {
    let id = prior.get("id").as_str().unwrap_or_default();
    let name = planned.get("name").as_str();
    let description = described(planned.get("description"));
    let (before, after) = (
        elements(prior.get("scheduled_operation")),
        elements(planned.get("scheduled_operation")),
    );
    let update = PolicyUpdate {
        name: name
            .filter(|name| prior.get("name").as_str() != Some(name))
            .map(str::to_owned),
        description: (described(prior.get("description")) != description)
            .then(|| description.unwrap_or_default().to_owned()),
        resources: (!same_servers(prior, planned)).then(|| servers(planned)),
        scheduled_operations: (!same_operations(before, after)).then(|| {
            let pairs = pairs(after, before);
            after
                .iter()
                .zip(pairs)
                .map(|(wanted, known)| operation(wanted, known.map(|index| &before[index]), Some(id)))
                .collect()
        }),
    };
    (update != PolicyUpdate::default()).then_some(update)
}

/// Whether the operations after say nothing else than those before.
#[must_use]
pub fn same_operations(before: &[RawValue], after: &[RawValue]) -> bool {
    let pairs = pairs(after, before);
    before.len() == after.len()
        && after
            .iter()
            .zip(pairs)
            .all(|(wanted, known)| known.is_some_and(|index| operation::satisfied(wanted, &before[index])))
}

/// Whether the servers after say nothing else than those before.
#[must_use]
pub fn same_servers(before: &RawValue, after: &RawValue) -> bool {
    let (before, after) = (elements(before.get("resource")), elements(after.get("resource")));
    before.len() == after.len()
        && after
            .iter()
            .all(|wanted| server::find(wanted, before).is_some_and(|known| server::satisfied(wanted, known)))
}

fn servers(planned: &RawValue) -> Vec<PolicyResource> {
    elements(planned.get("resource"))
        .iter()
        .map(|wanted| {
            let text = |name: &str| wanted.get(name).as_str().map(str::to_owned);
            PolicyResource {
                id: text("id"),
                resource_type: text("type").or_else(|| Some(SERVER_TYPE.to_owned())),
                name: text("name").or_else(|| server::default_name(wanted.get("id")).as_str().map(str::to_owned)),
                extra_info: server::extra_info(wanted),
            }
        })
        .collect()
}

/// One operation. `known` is what there is of it; what is no longer wanted is then sent, too. `policy_id` is that of an update.
fn operation(wanted: &RawValue, known: Option<&RawValue>, policy_id: Option<&str>) -> ScheduledOperation {
    let text = |name: &str| wanted.get(name).as_str().map(str::to_owned);
    let description = described(wanted.get("description")).map(str::to_owned);
    ScheduledOperation {
        id: known.and_then(|known| known.get("id").as_str()).map(str::to_owned),
        name: text("name"),
        description: description.or_else(|| {
            known
                .is_some_and(|known| described(known.get("description")).is_some())
                .then(String::new)
        }),
        enabled: Some(wanted.get("enabled").as_bool().unwrap_or(true)),
        // A parameter of the create only.
        operation_type: match policy_id {
            Some(_) => None,
            None => text("operation_type").or_else(|| Some("backup".to_owned())),
        },
        operation_definition: Some(OperationDefinition {
            provider_id: Some(BACKUP_PROVIDER_ID.to_owned()),
            plan_id: policy_id.map(str::to_owned),
            ..definition(wanted, known)
        }),
        trigger_id: None,
        trigger: Some(Trigger {
            properties: Some(TriggerProperties {
                pattern: text("trigger_pattern").map(|text| pattern::wire_form(&text)),
                ..TriggerProperties::default()
            }),
            ..Trigger::default()
        }),
    }
}

/// For a new operation only what is configured; for one that is there already every limit, because the service keeps what it
/// is not told of.
fn definition(wanted: &RawValue, known: Option<&RawValue>) -> OperationDefinition {
    let number = |name: &str| wanted.get(name).as_i64();
    let no_limit = known.map(|_| -1);
    let count = |name: &str| {
        let there = known.and_then(|known| operation::count(known, name));
        operation::count(wanted, name).or(there.map(|_| 0))
    };
    let counts = COUNTS.map(count);
    let retention = operation::retention(wanted);
    let zone = |operation: &RawValue| operation.get("timezone").as_str().map(str::to_owned);
    let [day_backups, week_backups, month_backups, year_backups] = counts;
    OperationDefinition {
        max_backups: number("max_backups").or(no_limit),
        retention_duration_days: number("retention_duration_days").or(no_limit),
        permanent: match known.map(operation::retention) {
            Some(before) if before != retention => Some(retention == Retention::Permanent),
            // Not sent where it is not configured: after an import the state may lack calendar counts that the service has
            // and does not show, and a change of something else must not turn these into "for ever".
            _ => wanted.get("permanent").as_bool(),
        },
        day_backups,
        week_backups,
        month_backups,
        year_backups,
        timezone: zone(wanted).or_else(|| {
            let needed = counts.iter().any(Option::is_some);
            known.filter(|_| needed).and_then(zone)
        }),
        ..OperationDefinition::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::{config, operation as configured, server};

    fn wire(operation: &ScheduledOperation) -> Value {
        serde_json::to_value(operation).unwrap()["operation_definition"].clone()
    }

    #[test]
    fn a_create_sends_what_is_configured_as_numbers() {
        let operation = configured(&[("max_backups", 20.into())]);
        let request = create(&config(&[("scheduled_operation", RawValue::List(vec![operation]))]));
        let sent = wire(&request.scheduled_operations[0]);
        assert_eq!(
            sent,
            serde_json::json!({"max_backups": 20, "provider_id": BACKUP_PROVIDER_ID})
        );
    }

    #[test]
    fn a_value_that_is_taken_away_is_cleared() {
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
            wire(operation),
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
        let sent = wire(&update.scheduled_operations.unwrap()[0]);
        assert_eq!(sent.get("permanent"), None, "{sent}");
    }

    #[test]
    fn what_says_the_same_is_not_sent() {
        let prior = config(&[("resource", RawValue::List(vec![server("s")]))]);
        let mut other = prior.clone();
        let mut same = server("s");
        same.set("type", SERVER_TYPE);
        same.set("extra_info", "{}");
        other.set("resource", RawValue::List(vec![same]));
        assert_eq!(update(&prior, &other), None);
    }
}
