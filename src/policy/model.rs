//! From the API's policy to the state.

use std::collections::BTreeMap;

use crate::backup::{
    model::{json_text, object, time},
    plan::described,
};
use otc_client::csbs::{BACKUP_PROVIDER_ID, Policy, PolicyResource, SERVER_TYPE, ScheduledOperation, Tags, pattern};
use terraform_plugin::RawValue;

use super::{
    operation::{self, COMPUTED, COUNTS, pairs},
    schema::names,
    server,
};

/// A state in which nothing is known.
#[must_use]
pub fn empty() -> RawValue {
    let mut state: BTreeMap<_, _> = names().map(|name| (name, RawValue::Null)).collect();
    state.insert("timeouts".to_owned(), RawValue::Null);
    RawValue::Map(state)
}

/// The elements of a known set.
#[must_use]
pub fn elements(value: &RawValue) -> &[RawValue] {
    value.as_list().unwrap_or(&[])
}

/// Takes the policy into the state as the service has it now: a refresh. What says the same as before keeps its spelling.
pub fn refresh(state: &mut RawValue, policy: &Policy, tags: Option<&Tags>) {
    set_computed(state, policy);
    if let Some(name) = &policy.name {
        state.set("name", name.as_str());
    }
    let description = policy.description.as_deref().unwrap_or_default();
    if described(state.get("description")) != described(&description.into()) || state.get("description").is_null() {
        state.set("description", description);
    }
    // Answers may have another ID than was sent, and an update cannot change it.
    if state.get("provider_id").is_null() {
        state.set("provider_id", BACKUP_PROVIDER_ID);
    }
    if let Some(common) = common(policy)
        && state.get("common").as_map() != Some(&common)
    {
        state.set("common", RawValue::Map(common));
    }
    let servers = servers(elements(state.get("resource")), &policy.resources);
    state.set("resource", RawValue::List(servers));
    let operations = operations(elements(state.get("scheduled_operation")), &policy.scheduled_operations);
    state.set("scheduled_operation", RawValue::List(operations));
    match tags {
        Some(tags) => state.set("tags", tags.clone()),
        None if state.get("tags").is_null() => state.set("tags", Tags::new()),
        None => {}
    }
    if state.get("skip_destroy").is_null() {
        state.set("skip_destroy", false);
    }
}

/// Fills what was planned as unknown from what the service has made of it; what it does not tell is null.
pub fn settle(state: &mut RawValue, policy: &Policy) {
    let seen: Vec<_> = policy.scheduled_operations.iter().map(operation_value).collect();
    let mut planned = elements(state.get("scheduled_operation")).to_vec();
    for (operation, there) in pairs(&planned.clone(), &seen).into_iter().enumerate() {
        let there = there.map_or(&RawValue::Null, |index| &seen[index]);
        fill(&mut planned[operation], there);
    }
    state.set("scheduled_operation", RawValue::List(planned));
    let mut planned = elements(state.get("resource")).to_vec();
    for resource in &mut planned {
        let name = server::default_name(resource.get("id"));
        if resource.get("name").is_unknown() {
            resource.set("name", name);
        }
        fill(resource, &RawValue::Null);
    }
    state.set("resource", RawValue::List(planned));
    let mut computed = RawValue::Map(BTreeMap::new());
    set_computed(&mut computed, policy);
    fill(state, &computed);
}

fn fill(value: &mut RawValue, from: &RawValue) {
    if let RawValue::Map(attributes) = value {
        for (name, value) in attributes {
            if value.is_unknown() {
                *value = from.get(name).clone();
            }
        }
    }
}

fn set_computed(state: &mut RawValue, policy: &Policy) {
    state.set("id", policy.id.as_str());
    state.set("status", policy.status.clone());
    state.set("created_at", time(policy.created_at.as_deref()));
    if let Some(project_id) = &policy.project_id
        && (state.get("project_id").is_null() || state.get("project_id").is_unknown())
    {
        state.set("project_id", project_id.as_str());
    }
}

/// The parameters under `common`, as texts; `None` when the answer does not have them.
fn common(policy: &Policy) -> Option<BTreeMap<String, RawValue>> {
    let members = policy.parameters.as_ref()?.get("common")?.as_object()?;
    let texts = members
        .iter()
        .map(|(name, value)| (name.clone(), json_text(Some(value))));
    Some(texts.collect())
}

/// The servers as the service has them, spelled as before where they say the same.
fn servers(before: &[RawValue], now: &[PolicyResource]) -> Vec<RawValue> {
    now.iter()
        .map(|resource| {
            let mut seen = server_value(resource);
            if let Some(known) = server::find(&seen, before) {
                for name in ["type", "name"] {
                    if seen.get(name).is_null() {
                        seen.set(name, known.get(name).clone());
                    }
                }
                if server::extra_info(&seen) == server::extra_info(known) {
                    seen.set("extra_info", known.get("extra_info").clone());
                }
            }
            if seen.get("type").is_null() {
                seen.set("type", SERVER_TYPE);
            }
            seen
        })
        .collect()
}

/// One server of a policy.
#[must_use]
pub fn server_value(resource: &PolicyResource) -> RawValue {
    let mut value = object([
        ("id", resource.id.clone().into()),
        ("type", resource.resource_type.clone().into()),
        ("name", resource.name.clone().into()),
        ("extra_info", json_text(resource.extra_info.as_ref())),
    ]);
    if server::extra_info(&value).is_none() {
        value.set("extra_info", RawValue::Null);
    }
    value
}

/// The operations as the service has them, spelled as before where they say the same.
fn operations(before: &[RawValue], now: &[ScheduledOperation]) -> Vec<RawValue> {
    let mut seen: Vec<_> = now.iter().map(operation_value).collect();
    let pairs = pairs(&seen, before);
    for ((operation, answer), known) in seen.iter_mut().zip(now).zip(pairs) {
        if let Some(known) = known.map(|index| &before[index]) {
            keep_absent(operation, answer, known);
            respell(operation, known);
        }
    }
    seen
}

/// Keeps what was known of members that the answer does not have: no table of the API's answers lists the calendar counts and
/// the time zone, so that their absence says nothing.
fn keep_absent(seen: &mut RawValue, answer: &ScheduledOperation, known: &RawValue) {
    let definition = answer.operation_definition.clone().unwrap_or_default();
    let limited = [definition.max_backups, definition.retention_duration_days]
        .iter()
        .any(|limit| limit.is_some_and(|limit| limit >= 0));
    let pattern = answer.trigger.as_ref().and_then(|trigger| trigger.properties.as_ref());
    for (name, absent) in [
        ("enabled", answer.enabled.is_none()),
        (
            "trigger_pattern",
            pattern.is_none_or(|properties| properties.pattern.is_none()),
        ),
        ("max_backups", definition.max_backups.is_none()),
        ("retention_duration_days", definition.retention_duration_days.is_none()),
        // A limit in the answer contradicts what was known.
        ("permanent", definition.permanent.is_none() && !limited),
        ("day_backups", definition.day_backups.is_none()),
        ("week_backups", definition.week_backups.is_none()),
        ("month_backups", definition.month_backups.is_none()),
        ("year_backups", definition.year_backups.is_none()),
        ("timezone", definition.timezone.is_none()),
    ] {
        if absent {
            seen.set(name, known.get(name).clone());
        }
    }
}

fn respell(seen: &mut RawValue, known: &RawValue) {
    let text = |value: &RawValue| value.as_str().unwrap_or_default().to_owned();
    if pattern::same(&text(seen.get("trigger_pattern")), &text(known.get("trigger_pattern"))) {
        seen.set("trigger_pattern", known.get("trigger_pattern").clone());
    }
    if described(seen.get("description")) == described(known.get("description")) && !known.get("description").is_null()
    {
        seen.set("description", known.get("description").clone());
    }
    if operation::retention(seen) == operation::retention(known) {
        for name in ["max_backups", "retention_duration_days", "permanent"] {
            seen.set(name, known.get(name).clone());
        }
    }
    for name in COUNTS {
        if operation::count(seen, name) == operation::count(known, name) {
            seen.set(name, known.get(name).clone());
        }
    }
    if COUNTS.iter().all(|name| operation::count(seen, name).is_none()) {
        seen.set("timezone", known.get("timezone").clone());
    }
    // The service may leave these out of an answer; they do not change without being told.
    for name in COMPUTED.into_iter().chain(["name"]) {
        if seen.get(name).is_null() {
            seen.set(name, known.get(name).clone());
        }
    }
}

/// One operation, in the plainest form: what is not limited, not counted and not in the answer is null. A generated
/// configuration has these values, so limits beside `permanent`, which have no effect and which validation refuses, are null.
#[must_use]
pub fn operation_value(operation: &ScheduledOperation) -> RawValue {
    let definition = operation.operation_definition.clone().unwrap_or_default();
    let trigger = operation.trigger.clone().unwrap_or_default();
    let permanent = definition.permanent == Some(true);
    let limit = |limit: Option<i64>| RawValue::from(limit.filter(|limit| *limit >= 0 && !permanent));
    let count = |count: Option<i64>| RawValue::from(count.filter(|count| *count > 0));
    object([
        ("id", operation.id.clone().into()),
        ("name", operation.name.clone().into()),
        ("description", operation.description.clone().unwrap_or_default().into()),
        ("enabled", operation.enabled.unwrap_or(true).into()),
        (
            "operation_type",
            operation.operation_type.as_deref().unwrap_or("backup").into(),
        ),
        (
            "trigger_pattern",
            trigger.properties.and_then(|properties| properties.pattern).into(),
        ),
        ("max_backups", limit(definition.max_backups)),
        ("retention_duration_days", limit(definition.retention_duration_days)),
        ("permanent", permanent.then_some(true).into()),
        ("day_backups", count(definition.day_backups)),
        ("week_backups", count(definition.week_backups)),
        ("month_backups", count(definition.month_backups)),
        ("year_backups", count(definition.year_backups)),
        ("timezone", definition.timezone.into()),
        ("trigger_id", operation.trigger_id.clone().or(trigger.id).into()),
        ("trigger_name", trigger.name.into()),
        ("trigger_type", trigger.trigger_type.into()),
    ])
}
