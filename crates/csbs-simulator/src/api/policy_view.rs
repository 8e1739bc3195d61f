//! Policies in responses.

use serde_json::{Map, Value, json};

use crate::{
    Config, EnabledStatus, PROVIDER_ID, ParametersForm, PolicyForms, Quirks,
    clock::stamp,
    objects::{Policy, ScheduledOperation},
    random::pick,
};

/// The `provider_id` in responses that do not repeat the sent one.
const OTHER_PROVIDER_ID: &str = "c714180d-65a9-4c4e-9f4e-2f6c58b2c0aa";

/// Returns a policy as responses show it.
pub(crate) fn policy(policy: &Policy, config: &Config) -> Value {
    shown(policy, config, false)
}

/// Returns a policy as the response to its create shows it.
pub(crate) fn made(policy: &Policy, config: &Config) -> Value {
    shown(policy, config, true)
}

fn shown(policy: &Policy, config: &Config, made_now: bool) -> Value {
    let mixed = config.quirks != Quirks::Tidy;
    let forms = forms(policy, config);
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
            // In policies, this object is a JSON string.
            json!({
                "id": resource.id,
                "type": resource.kind,
                "name": resource.name,
                "extra_info": if mixed { json!(resource.extra_info.to_string()) } else { resource.extra_info.clone() },
            })
        })
        .collect();
    let operations: Vec<_> = policy
        .operations
        .iter()
        .map(|one| {
            let mut shown = operation(policy, one);
            if forms.without_calendar == Some(true)
                && let Some(definition) = shown["operation_definition"].as_object_mut()
            {
                definition.retain(|name, _| !CALENDAR.contains(&name.as_str()));
            }
            shown
        })
        .collect();
    let status = match (policy.status(), forms.enabled_status) {
        ("enabled", Some(EnabledStatus::Suspended)) => "suspended",
        ("enabled", Some(EnabledStatus::SuspendedAtFirst)) if made_now => "suspended",
        (status, _) => status,
    };
    let provider_id = if forms.other_provider_id == Some(true) {
        OTHER_PROVIDER_ID
    } else {
        PROVIDER_ID
    };
    let mut shown = json!({
        "id": policy.id,
        "name": policy.name,
        "description": description,
        "status": status,
        "provider_id": provider_id,
        "project_id": policy.project_id,
        "created_at": stamp(policy.created_at),
        "parameters": policy.parameters,
        "resources": resources,
        "scheduled_operations": operations,
        "tags": super::view::pairs(&policy.tags),
    });
    match (forms.parameters, shown.as_object_mut()) {
        (Some(ParametersForm::WithoutCommon), Some(shown)) => {
            shown.insert("parameters".to_owned(), json!({}));
        }
        (Some(ParametersForm::Missing), Some(shown)) => {
            shown.remove("parameters");
        }
        _ => {}
    }
    if mixed && pick(&policy.id, "periodic", 2) == 1 {
        shown["periodic_type"] = Value::Null;
    }
    shown
}

/// Adds members that the API reference does not document.
const CALENDAR: [&str; 5] = [
    "day_backups",
    "week_backups",
    "month_backups",
    "year_backups",
    "timezone",
];

/// Returns the forms of a policy: the configured ones, or those that follow from its ID.
fn forms(policy: &Policy, config: &Config) -> PolicyForms {
    let forms = config.policy_forms;
    let odd = |what: &str, choices| {
        if config.quirks == Quirks::Tidy {
            0
        } else {
            pick(&policy.id, what, choices)
        }
    };
    PolicyForms {
        enabled_status: forms.enabled_status.or(Some(match odd("status", 3) {
            0 => EnabledStatus::Enabled,
            1 => EnabledStatus::Suspended,
            _ => EnabledStatus::SuspendedAtFirst,
        })),
        without_calendar: forms.without_calendar.or(Some(odd("calendar", 2) == 1)),
        parameters: forms.parameters.or(Some(match odd("parameters", 3) {
            0 => ParametersForm::Full,
            1 => ParametersForm::WithoutCommon,
            _ => ParametersForm::Missing,
        })),
        other_provider_id: forms.other_provider_id.or(Some(odd("provider", 2) == 1)),
    }
}

/// Returns a scheduled operation as responses show it, with numbers and booleans of its definition as strings.
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
            "name": "default",
            "type": "time",
            "properties": {
                "pattern": operation.pattern,
                "format": "ical",
                "start_time": operation.start_time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            },
        },
    })
}
