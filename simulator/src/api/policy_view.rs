//! How policies look in answers.

use serde_json::{Map, Value, json};

use crate::{
    Oddities, PROVIDER_ID,
    clock::stamp,
    random::pick,
    world::{Policy, ScheduledOperation},
};

/// One policy as the API shows it.
pub(crate) fn policy(policy: &Policy, oddities: Oddities) -> Value {
    let mixed = oddities != Oddities::Tidy;
    let description = match (&policy.description, pick(&policy.id, "description", 3)) {
        (Some(text), _) => json!(text),
        (None, 1) if mixed => json!("--"),
        (None, 2) if mixed => Value::Null,
        (None, _) => json!(""),
    };
    let resources: Vec<_> = policy
        .resources
        .iter()
        .map(|resource| {
            // On policies this object comes as text.
            json!({
                "id": resource.id,
                "type": resource.kind,
                "name": resource.name,
                "extra_info": if mixed { json!(resource.extra_info.to_string()) } else { resource.extra_info.clone() },
            })
        })
        .collect();
    let operations: Vec<_> = policy.operations.iter().map(|one| operation(policy, one)).collect();
    let mut shown = json!({
        "id": policy.id,
        "name": policy.name,
        "description": description,
        "status": policy.status(),
        "provider_id": PROVIDER_ID,
        "project_id": policy.project_id,
        "created_at": stamp(policy.created_at),
        "parameters": policy.parameters,
        "resources": resources,
        "scheduled_operations": operations,
        "tags": super::view::pairs(&policy.tags),
    });
    if mixed && pick(&policy.id, "periodic", 2) == 1 {
        shown["periodic_type"] = Value::Null;
    }
    shown
}

/// One scheduled operation as the API shows it: numbers and booleans of its definition as text.
pub(crate) fn operation(policy: &Policy, operation: &ScheduledOperation) -> Value {
    let mut definition: Map<String, Value> = operation
        .definition
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Value::Bool(true) => "True".to_owned(),
                Value::Bool(false) => "False".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (name.clone(), json!(text))
        })
        .collect();
    for (name, usual) in [
        ("max_backups", "-1"),
        ("retention_duration_days", "-1"),
        ("permanent", "False"),
    ] {
        definition.entry(name).or_insert_with(|| json!(usual));
    }
    definition.insert("plan_id".to_owned(), json!(policy.id));
    definition.insert("provider_id".to_owned(), json!(PROVIDER_ID));
    json!({
        "id": operation.id,
        "name": operation.name,
        "description": operation.description.as_deref().unwrap_or_default(),
        "enabled": operation.enabled,
        "operation_type": "backup",
        "operation_definition": definition,
        "trigger_id": operation.trigger_id,
        "trigger": {
            "id": operation.trigger_id,
            "name": operation.trigger_name,
            "type": "time",
            "properties": {
                "pattern": operation.pattern,
                "format": "ical",
                "start_time": operation.start_time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            },
        },
    })
}
