//! The clean-up of scheduled backups.
//!
//! Known from the documentation: it runs every other day; backups of a manual run are left alone; a backup with an image is
//! neither counted nor deleted; of failed scheduled backups ten are kept, for a month. What is not documented is listed in
//! the README under "Unproven assumptions".

use std::collections::{BTreeMap, HashSet};

use jiff::{
    SignedDuration, Timestamp,
    civil::Date,
    fmt::strtime::BrokenDownTime,
    tz::{Offset, TimeZone},
};
use serde_json::Value;

use super::{Item, Policy, ScheduledOperation, Status};
use crate::{api::delete_turn, core::Core};

/// How many failed scheduled backups of a server in a policy are kept.
const FAILED_KEPT: usize = 10;
/// For how long they are kept.
const FAILED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Queues the deletion of every backup that no policy keeps any longer.
pub(crate) fn clean_up(core: &mut Core, at: Timestamp) {
    let world = &core.world;
    let due: Vec<usize> = world
        .policies
        .iter()
        .flat_map(|policy| due(&world.items, policy, at))
        .collect();
    for index in due {
        delete_turn(core, index, at);
    }
}

/// Indices of a policy's backups to delete. `items` come oldest first.
fn due(items: &[Item], policy: &Policy, at: Timestamp) -> Vec<usize> {
    let mut complete: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut failed: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if !item.auto_trigger || item.policy_id.as_ref() != Some(&policy.id) || !item.images.is_empty() {
            continue;
        }
        let is_failed_backup = item
            .failure
            .as_ref()
            .is_some_and(|failure| failure.operation == "backup");
        let group = match item.status {
            Status::Available => &mut complete,
            Status::Error if is_failed_backup => &mut failed,
            _ => continue,
        };
        group.entry(&item.server.id).or_default().push(index);
    }
    let age = |index: usize| at.duration_since(items[index].created_at);
    let mut due = Vec::new();
    for group in failed.values() {
        let surplus = group.len().saturating_sub(FAILED_KEPT);
        let old = |(n, index): (usize, &usize)| (n < surplus || age(*index) > FAILED_FOR).then_some(*index);
        due.extend(group.iter().enumerate().filter_map(old));
    }
    let Some(operation) = policy.operations.first().filter(|operation| !is_permanent(operation)) else {
        return due;
    };
    let most = usize::try_from(operation.number("max_backups")).unwrap_or(0);
    let days = operation.number("retention_duration_days");
    for group in complete.values() {
        let kept = kept_by_calendar(items, group, operation);
        let surplus = if most == 0 { 0 } else { group.len().saturating_sub(most) };
        let old = |(n, index): (usize, &usize)| {
            let expired = days > 0 && age(*index) > SignedDuration::from_hours(days * 24);
            ((n < surplus || expired) && !kept.contains(index)).then_some(*index)
        };
        due.extend(group.iter().enumerate().filter_map(old));
    }
    due
}

/// `permanent` wins over the number and the age, and is meant when neither is given.
fn is_permanent(operation: &ScheduledOperation) -> bool {
    let limited = operation.number("max_backups") > 0 || operation.number("retention_duration_days") > 0;
    operation.definition.get("permanent") == Some(&Value::Bool(true)) || !limited
}

/// The period that a day belongs to, as two numbers.
type Period = fn(Date) -> (i16, i16);

/// The newest backup of each of the last days, weeks, months and years, as many as the operation says.
fn kept_by_calendar(items: &[Item], group: &[usize], operation: &ScheduledOperation) -> HashSet<usize> {
    let zone = TimeZone::fixed(offset(operation));
    let mut kept = HashSet::new();
    let periods: [(&str, Period); 4] = [
        ("day_backups", |date| (date.year(), date.day_of_year())),
        ("week_backups", |date| {
            let week = date.iso_week_date();
            (week.year(), i16::from(week.week()))
        }),
        ("month_backups", |date| (date.year(), i16::from(date.month()))),
        ("year_backups", |date| (date.year(), 0)),
    ];
    for (name, period) in periods {
        let most = usize::try_from(operation.number(name)).unwrap_or(0);
        let mut seen = Vec::new();
        for index in group.iter().rev() {
            let of = period(items[*index].created_at.to_zoned_datetime(zone.clone()).date());
            if seen.last() != Some(&of) {
                if seen.len() == most {
                    break;
                }
                seen.push(of);
                kept.insert(*index);
            }
        }
    }
    kept
}

/// Where the days of the calendar counts begin; UTC when nothing is said.
fn offset(operation: &ScheduledOperation) -> Offset {
    let zone = operation.definition.get("timezone").and_then(Value::as_str);
    zone.and_then(offset_of).unwrap_or(Offset::UTC)
}

fn offset_of(zone: &str) -> Option<Offset> {
    BrokenDownTime::parse("UTC%:z", zone).ok()?.offset()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_offsets() {
        assert_eq!(offset_of("UTC+08:00"), Some(jiff::tz::offset(8)));
        assert_eq!(offset_of("UTC-03:30").map(Offset::seconds), Some(-12_600));
        assert_eq!(offset_of("Europe/Berlin"), None);
    }
}
