//! The recurrence rule of a pattern: the few parts of RFC 5545 (section 3.3.10) that the service knows.
//!
//! Libraries for the whole of it bring the table of every time zone, which was a quarter of the plugin; the tests compare with
//! one.

use std::collections::{BTreeMap, BTreeSet};

use super::{PatternError, Schedule, build::DAYS};

/// The schedule of a rule in capital letters, its parts divided by `;`.
pub(super) fn read(rule: &str) -> Result<Schedule, PatternError> {
    let parts = parts(rule)?;
    let needed = |name: &'static str, what| parts.get(name).copied().ok_or(PatternError::Missing(name, what));
    let weekly = match needed("FREQ", "how often")? {
        "WEEKLY" => true,
        "DAILY" => false,
        other => return Err(PatternError::Frequency(other.to_owned())),
    };
    let days = match parts.get("BYDAY") {
        // The second Monday of what? The service knows no months.
        Some(days) if days.bytes().any(|byte| byte.is_ascii_digit()) => return Err(PatternError::NumberedDay),
        Some(days) => listed("BYDAY", days, "a day such as MO", day)?,
        None if weekly => return Err(PatternError::Missing("BYDAY", "the day")),
        None => (0..7).collect(),
    };
    let hours = needed("BYHOUR", "the hour")?;
    let hours = listed("BYHOUR", hours, "an hour from 0 to 23", |text| number_below(24, text))?;
    let minutes = needed("BYMINUTE", "the minute")?;
    let minutes = listed("BYMINUTE", minutes, "a minute from 0 to 59", |text| {
        number_below(60, text)
    })?;
    match minutes.first() {
        Some(minute) if minutes.len() == 1 => Ok(Schedule {
            days,
            hours,
            minute: *minute,
        }),
        _ => Err(PatternError::TooOften(minutes.len())),
    }
}

/// Names and values. Nothing is dropped, so that no rule is taken for one that says less.
fn parts(rule: &str) -> Result<BTreeMap<&str, &str>, PatternError> {
    let mut parts = BTreeMap::new();
    for part in rule.split(';') {
        let unknown = || PatternError::Part(part.to_owned());
        let (name, value) = part.split_once('=').ok_or_else(unknown)?;
        match name {
            "FREQ" | "BYDAY" | "BYHOUR" | "BYMINUTE" => {}
            // What every rule means anyway.
            "INTERVAL" if value.parse() == Ok(1) => {}
            _ => return Err(unknown()),
        }
        if parts.insert(name, value).is_some() {
            return Err(PatternError::Twice(name.to_owned()));
        }
    }
    Ok(parts)
}

fn listed(
    name: &'static str,
    values: &str,
    expected: &'static str,
    read: fn(&str) -> Option<u8>,
) -> Result<BTreeSet<u8>, PatternError> {
    let read = |value: &str| read(value).ok_or_else(|| PatternError::Value(value.to_owned(), name, expected));
    values.split(',').map(read).collect()
}

fn day(text: &str) -> Option<u8> {
    let index = DAYS.iter().position(|(short, _)| *short == text)?;
    u8::try_from(index).ok()
}

/// One or two digits.
pub(super) fn number_below(end: u8, text: &str) -> Option<u8> {
    let well_formed = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| well_formed && *number < end)
}
