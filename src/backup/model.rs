//! Converts between the API's types and the state: the only place that does.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::service_value;
use otc_client::csbs::{Checkpoint, CheckpointItem, ProtectRequest, ProtectionPlan, Tags};
use terraform_plugin::{Number, RawValue};

use super::{
    details::BackupDetails,
    plan::described,
    schema::{SERVER, names},
    summary::BackupSummary,
};

/// The request that a configuration asks for. What is not configured is not sent, so that the service decides.
#[must_use]
pub fn protect_request(config: &RawValue) -> ProtectRequest {
    let text = |name: &str| config.get(name).as_str().map(str::to_owned);
    ProtectRequest {
        backup_name: text("backup_name"),
        description: text("description").filter(|text| !text.is_empty()),
        incremental: config.get("incremental").as_bool(),
        resource_type: text("resource_type"),
        tags: tags(config.get("tags")),
        extra_info: Some(json(config.get("extra_info"))).filter(|value| !value.is_null()),
    }
}

/// The tags of a configuration or state.
#[must_use]
pub fn tags(value: &RawValue) -> Tags {
    let pairs = value.as_map().into_iter().flatten();
    pairs
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Whether two states have different tags.
#[must_use]
pub fn tags_differ(a: &RawValue, b: &RawValue) -> bool {
    tags(a.get("tags")) != tags(b.get("tags"))
}

/// A value as JSON, with its structure as it is.
#[must_use]
pub fn json(value: &RawValue) -> Value {
    match value {
        RawValue::Null | RawValue::Unknown(_) => Value::Null,
        RawValue::Bool(value) => (*value).into(),
        RawValue::Number(Number::Int(value)) => (*value).into(),
        RawValue::Number(Number::Unsigned(value)) => (*value).into(),
        RawValue::Number(Number::Float(value)) => (*value).into(),
        // JSON readers commonly take numbers as doubles; more digits than a double holds would be lost there anyway.
        RawValue::Number(Number::Decimal(digits)) => digits.parse::<f64>().map_or(Value::Null, Into::into),
        RawValue::String(text) => text.clone().into(),
        RawValue::List(elements) => elements.iter().map(json).collect(),
        RawValue::Map(elements) => elements
            .iter()
            .map(|(name, value)| (name.clone(), json(value)))
            .collect(),
        RawValue::Typed(_, value) => json(value),
    }
}

/// A state in which nothing is known.
#[must_use]
pub fn empty() -> RawValue {
    let mut state: BTreeMap<_, _> = names().map(|name| (name, RawValue::Null)).collect();
    state.insert("timeouts".to_owned(), RawValue::Null);
    RawValue::Map(state)
}

/// Fills what only the protect action's answer tells.
pub fn set_checkpoint(state: &mut RawValue, checkpoint: &Checkpoint) {
    state.set("checkpoint_id", checkpoint.id.as_str());
    state.set("status", checkpoint.status.as_str());
    state.set("created_at", time(checkpoint.created_at.as_deref()));
    state.set("resource_graph", checkpoint.resource_graph.clone());
    state.set("checkpoint_extra_info", json_text(checkpoint.extra_info.as_ref()));
    state.set("protection_plan", checkpoint.protection_plan.as_ref().map(plan));
    if let Some(project_id) = &checkpoint.project_id {
        state.set("project_id", project_id.as_str());
    }
}

/// Fills what the service answers about the item, but nothing that can be configured.
pub fn set_item(state: &mut RawValue, item: &CheckpointItem) {
    state.set("id", item.id.as_str());
    if let Some(checkpoint_id) = &item.checkpoint_id {
        state.set("checkpoint_id", checkpoint_id.as_str());
    }
    // Absent is not empty: an answer may leave these out.
    let volumes_known = !state.get("volume_backups").is_null() && !state.get("volume_backups").is_unknown();
    let mut details = BackupDetails::from(item);
    if details.volume_backups.is_null() && !volumes_known {
        details.volume_backups = terraform_plugin::Value::Value(Vec::new());
    }
    for part in [to_raw(&BackupSummary::from(item)), to_raw(&details)] {
        for (name, value) in part.as_map().into_iter().flatten() {
            let kept = matches!(name.as_str(), "created_at" | "volume_backups") && value.is_null();
            if !kept {
                state.set(name, value.clone());
            }
        }
    }
}

fn to_raw(model: &impl Serialize) -> RawValue {
    terraform_plugin::model::to_raw(model).unwrap_or_default()
}

/// Fills also what can be configured, as the service has it now: a refresh.
pub fn refresh(state: &mut RawValue, item: &CheckpointItem) {
    set_item(state, item);
    if let Some(server) = &item.resource_id {
        state.set("resource_id", server.as_str());
    }
    match &item.resource_type {
        Some(resource_type) => state.set("resource_type", resource_type.as_str()),
        None if state.get("resource_type").is_null() => state.set("resource_type", SERVER),
        None => {}
    }
    if let Some(name) = &item.name {
        state.set("backup_name", name.as_str());
    }
    let description = item.description.as_deref().map(RawValue::from);
    match description {
        Some(description) if described(&description).is_some() => state.set("description", description),
        // None in the cloud and none in the state is no difference, whatever form they have.
        Some(_) if described(state.get("description")).is_some() => state.set("description", ""),
        _ if state.get("description").is_null() => state.set("description", ""),
        _ => {}
    }
    match &item.tags {
        Some(tags) => state.set("tags", tags.clone()),
        None if state.get("tags").is_null() => state.set("tags", Tags::new()),
        None => {}
    }
    if state.get("incremental").is_null() {
        state.set("incremental", state.get("is_incremental").clone());
    }
    if state.get("skip_destroy").is_null() {
        state.set("skip_destroy", false);
    }
}

/// Turns what is still unknown after a create into what is known: the service's choice, or null.
pub fn settle(state: &mut RawValue, item: Option<&CheckpointItem>) {
    if state.get("backup_name").is_unknown() {
        state.set("backup_name", item.and_then(|item| item.name.clone()));
    }
    if state.get("incremental").is_unknown() {
        state.set("incremental", state.get("is_incremental").clone());
    }
    if let RawValue::Map(attributes) = state {
        for value in attributes.values_mut() {
            if value.is_unknown() {
                *value = RawValue::Null;
            }
        }
    }
}

fn plan(plan: &ProtectionPlan) -> RawValue {
    let resources: Vec<RawValue> = plan
        .resources
        .iter()
        .map(|resource| {
            object([
                ("id", resource.id.clone().into()),
                ("type", resource.resource_type.clone().into()),
                ("name", resource.name.clone().into()),
                ("extra_info", json_text(resource.extra_info.as_ref())),
            ])
        })
        .collect();
    object([
        ("id", plan.id.clone().into()),
        ("name", plan.name.clone().into()),
        ("resources", RawValue::List(resources)),
    ])
}

/// An object with these attributes.
#[must_use]
pub fn object<const N: usize>(attributes: [(&str, RawValue); N]) -> RawValue {
    RawValue::Map(
        attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// A time of the service in RFC 3339; one that cannot be read as it is.
#[must_use]
pub fn time(text: Option<&str>) -> RawValue {
    to_raw(&service_value::time(text))
}

/// JSON as text.
#[must_use]
pub fn json_text(value: Option<&Value>) -> RawValue {
    to_raw(&service_value::json_text(value))
}
