//! The clean-up of scheduled backups.
//!
//! According to the documentation, it runs every other day, ignores backups of manual runs, neither counts nor deletes backups
//! with images, and keeps ten failed scheduled backups for a month. The README lists undocumented behaviour under "Unproven
//! assumptions".

use std::collections::{BTreeMap, HashSet};

use jiff::{
    SignedDuration, Timestamp,
    civil::Date,
    fmt::strtime::BrokenDownTime,
    tz::{Offset, TimeZone},
};
use serde_json::Value;

use crate::{
    Status,
    api::queue_deletion,
    objects::{Item, Policy, ScheduledOperation},
    state::State,
};

/// Number of failed scheduled backups that are kept, per server of a policy.
const FAILED_KEPT: usize = 10;
/// Time for which they are kept.
const FAILED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Queues the deletion of all backups that their policies no longer keep.
pub(crate) fn clean_up(state: &mut State, at: Timestamp) {
    let objects = &state.objects;
    let due: Vec<usize> = objects
        .policies
        .iter()
        .flat_map(|policy| due(&objects.items, policy, at))
        .collect();
    for index in due {
        queue_deletion(state, index, at);
    }
}

/// Returns the indices of a policy's backups to delete. `items` are sorted by age, oldest first.
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

/// Returns `true` if backups are kept forever: `permanent` overrides number and age, and is the default without both.
fn is_permanent(operation: &ScheduledOperation) -> bool {
    let limited = operation.number("max_backups") > 0 || operation.number("retention_duration_days") > 0;
    operation.definition.get("permanent") == Some(&Value::Bool(true)) || !limited
}

/// Maps a day to its period, as two numbers.
type Period = fn(Date) -> (i16, i16);

/// Returns the newest backups of the last days, weeks, months and years, as many as the operation keeps.
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

/// Returns the offset of the time zone for calendar counts; UTC by default.
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
    fn time_zones_are_parsed_as_offsets() {
        assert_eq!(offset_of("UTC+08:00"), Some(jiff::tz::offset(8)));
        assert_eq!(offset_of("UTC-03:30").map(Offset::seconds), Some(-12_600));
        assert_eq!(offset_of("Europe/Berlin"), None);
    }
}
