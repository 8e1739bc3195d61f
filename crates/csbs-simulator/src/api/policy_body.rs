//! Parses and checks the bodies of policy calls.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    PROVIDER_ID, ServerOfAnotherPolicy, SeveralOperations,
    check::{self, Checked},
    objects::{PolicyResource, Schedule, ScheduledOperation},
    reply::Reply,
    state::State,
};

/// Maximum number of servers in a policy.
const MOST_SERVERS: usize = 64;

/// Parses the servers of a policy. `own` is the ID of an existing policy.
pub(super) fn resources(
    state: &State,
    project: &str,
    list: &[Value],
    own: Option<&str>,
) -> Checked<Vec<PolicyResource>> {
    if list.len() > MOST_SERVERS {
        return Err(Reply::parameter(format!(
            "a policy has at most {MOST_SERVERS} resources"
        )));
    }
    let refused = state.config.policy_rules.server_of_another_policy == ServerOfAnotherPolicy::Refused;
    let mut seen = HashSet::new();
    list.iter()
        .map(|entry| {
            let id = check::required_text(entry, "id")?;
            let kind = check::required_text(entry, "type")?;
            let name = check::required_text(entry, "name")?;
            if kind != "OS::Nova::Server" {
                return Err(Reply::csbs(
                    "CSBS.6003",
                    format!("Resource type {kind} cannot be backed up."),
                ));
            }
            if name.chars().count() > 255 {
                return Err(Reply::parameter("name of a resource must be at most 255 characters"));
            }
            if !seen.insert(id) {
                return Err(Reply::parameter(format!("resource {id} occurs more than once")));
            }
            if state.objects.server(project, id).is_none() {
                return Err(Reply::csbs("CSBS.6000", format!("Server {id} does not exist.")));
            }
            let of_another = state
                .objects
                .policy_of(id)
                .is_some_and(|policy| Some(policy.id.as_str()) != own);
            if of_another && refused {
                return Err(Reply::csbs(
                    "CSBS.6004",
                    format!("Server {id} belongs to another policy."),
                ));
            }
            Ok(PolicyResource {
                id: id.to_owned(),
                kind: kind.to_owned(),
                name: name.to_owned(),
                extra_info: extra_info(entry)?,
            })
        })
        .collect()
}

/// Parses the selection of disks, which can be any object.
fn extra_info(entry: &Value) -> Checked<Value> {
    Ok(check::object(entry, "extra_info")?.map_or_else(|| json!({}), |info| Value::Object(info.clone())))
}

/// Parses the scheduled operations of a policy. `known` are the existing ones, which keep members that are not sent.
pub(super) fn operations(
    state: &mut State,
    now: Timestamp,
    list: &[Value],
    known: Option<&[ScheduledOperation]>,
) -> Checked<Vec<ScheduledOperation>> {
    let most = match state.config.policy_rules.several_operations {
        SeveralOperations::Refused if list.len() > 1 => {
            return Err(Reply::parameter("a policy has one scheduled operation"));
        }
        SeveralOperations::FirstKept => 1,
        SeveralOperations::Refused | SeveralOperations::Kept => usize::MAX,
    };
    // The create page documents this member, the update page does not.
    if known.is_some() && list.iter().any(|entry| entry.get("operation_type").is_some()) {
        return Err(Reply::parameter("operation_type is not a parameter of an update"));
    }
    let updates = known.is_some();
    let known = known.unwrap_or_default();
    list.iter()
        .take(most)
        .map(|entry| match check::text(entry, "id")? {
            Some(id) => {
                let old = known
                    .iter()
                    .find(|operation| operation.id == id)
                    .ok_or_else(|| Reply::parameter(format!("scheduled operation {id} is not of this policy")))?;
                operation(state, now, entry, Some(old), updates)
            }
            None => operation(state, now, entry, None, updates),
        })
        .collect()
}

fn operation(
    state: &mut State,
    now: Timestamp,
    entry: &Value,
    old: Option<&ScheduledOperation>,
    updates: bool,
) -> Checked<ScheduledOperation> {
    let name = match (check::text(entry, "name")?, old) {
        (Some(name), _) => name.to_owned(),
        (None, Some(old)) => old.name.clone(),
        (None, None) => state.random.hex(),
    };
    check::name(&name, "name of a scheduled operation")?;
    let description = check::text(entry, "description")?;
    if let Some(description) = description {
        check::description(description)?;
    }
    let enabled = check::boolean(entry, "enabled")?;
    if !updates && check::text(entry, "operation_type")? != Some("backup") {
        return Err(Reply::parameter("operation_type must be backup"));
    }
    let definition = match (check::object(entry, "operation_definition")?, old) {
        (Some(sent), _) => definition(sent)?,
        (None, Some(old)) => old.definition.clone(),
        (None, None) => return Err(Reply::parameter("operation_definition is required")),
    };
    let sent = check::object(entry, "trigger")?
        .and_then(|trigger| trigger.get("properties"))
        .and_then(|properties| properties.get("pattern"));
    let pattern = match (sent, old) {
        (Some(Value::String(pattern)), _) => pattern.clone(),
        (None, Some(old)) => old.pattern.clone(),
        _ => return Err(Reply::parameter("trigger.properties.pattern is required")),
    };
    let schedule = Schedule::read(&pattern).map_err(Reply::parameter)?;
    let changed = old.is_none_or(|old| old.pattern != pattern);
    let start_time = old.filter(|_| !changed).map_or(now, |old| old.start_time);
    let next_run = schedule.next(now, start_time);
    Ok(ScheduledOperation {
        id: old.map_or_else(|| state.random.uuid(), |old| old.id.clone()),
        trigger_id: old.map_or_else(|| state.random.uuid(), |old| old.trigger_id.clone()),
        description: match (description, old) {
            (Some(text), _) => Some(text.to_owned()),
            (None, old) => old.and_then(|old| old.description.clone()),
        },
        enabled: enabled.unwrap_or_else(|| old.is_none_or(|old| old.enabled)),
        start_time,
        name,
        pattern,
        schedule,
        definition,
        next_run,
    })
}

/// Parses the retention of an operation.
fn definition(sent: &Map<String, Value>) -> Checked<Map<String, Value>> {
    let value = Value::Object(sent.clone());
    let mut kept = Map::new();
    for name in ["max_backups", "retention_duration_days"] {
        if let Some(number) = check::whole(&value, name, -1, 99_999)? {
            kept.insert(name.to_owned(), json!(number));
        }
    }
    let mut calendar = false;
    for name in ["day_backups", "week_backups", "month_backups", "year_backups"] {
        if let Some(number) = check::whole(&value, name, 0, 100)? {
            kept.insert(name.to_owned(), json!(number));
            calendar |= number > 0;
        }
    }
    if let Some(permanent) = check::boolean(&value, "permanent")? {
        kept.insert("permanent".to_owned(), json!(permanent));
    }
    if let Some(timezone) = check::text(&value, "timezone")? {
        if offset(timezone).is_none() {
            return Err(Reply::parameter("timezone must look like UTC+08:00"));
        }
        kept.insert("timezone".to_owned(), json!(timezone));
    } else if calendar {
        return Err(Reply::parameter(
            "timezone is required with day, week, month or year_backups",
        ));
    }
    if let Some(provider) = check::text(&value, "provider_id")?
        && provider != PROVIDER_ID
    {
        return Err(Reply::parameter(format!("provider_id {provider} is not known")));
    }
    check::text(&value, "plan_id")?;
    Ok(kept)
}

fn offset(timezone: &str) -> Option<i32> {
    let rest = timezone.strip_prefix("UTC")?;
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_parsed_as_offsets() {
        assert_eq!(offset("UTC+08:00"), Some(8 * 3600));
        assert_eq!(offset("UTC-03:30"), Some(-(3 * 3600 + 1800)));
        for wrong in ["", "UTC", "Europe/Berlin", "UTC+99:00", "+08:00", "UTCö"] {
            assert_eq!(offset(wrong), None, "{wrong}");
        }
    }
}
