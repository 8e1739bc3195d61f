//! The recurrence rules of a pattern: the few parts of RFC 5545 (section 3.3.10) that the service knows.
//!
//! Libraries for the whole of it bring the table of every time zone, which was a quarter of the plugin; the tests compare with
//! one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    error::PatternError,
    schedule::{DAYS, LONGEST_INTERVAL, Schedule, moments},
};

/// Reads rules in capital letters, their parts separated by `;`.
pub(super) fn read(rules: &[String]) -> Result<Schedule, PatternError> {
    let rules = rules
        .iter()
        .map(|rule| Rule::read(rule))
        .collect::<Result<Vec<_>, _>>()?;
    let interval = rules.first().map_or(1, |rule| rule.interval);
    if rules.iter().any(|rule| rule.interval != interval) {
        return Err(PatternError::Intervals);
    }
    if interval > 1 {
        let minutes = rules.into_iter().flat_map(|rule| rule.minutes).collect();
        return Ok(Schedule::every_days(interval, minutes)?);
    }
    let moments = rules
        .iter()
        .flat_map(|rule| moments(&rule.days, &rule.minutes))
        .collect();
    Ok(Schedule::weekly(moments)?)
}

/// One rule.
struct Rule {
    /// Days of the week, 0 is Monday.
    days: BTreeSet<u8>,
    /// The interval in days.
    interval: u8,
    /// Minutes of the day.
    minutes: BTreeSet<u16>,
}

impl Rule {
    fn read(rule: &str) -> Result<Self, PatternError> {
        let parts = parts(rule)?;
        let needed = |name: &'static str, what| parts.get(name).copied().ok_or(PatternError::Missing(name, what));
        let weekly = match needed("FREQ", "how often it runs")? {
            "WEEKLY" => true,
            "DAILY" => false,
            other => return Err(PatternError::Frequency(other.to_owned())),
        };
        let interval = match parts.get("INTERVAL") {
            Some(days) => number_below(LONGEST_INTERVAL + 1, days)
                .filter(|days| *days > 0)
                .ok_or_else(|| PatternError::Value((*days).to_owned(), "INTERVAL", "a number of days from 1 to 30"))?,
            None => 1,
        };
        let days = match parts.get("BYDAY") {
            // The second Monday of what? The service knows no months.
            Some(days) if days.bytes().any(|byte| byte.is_ascii_digit()) => return Err(PatternError::NumberedDay),
            Some(days) => listed("BYDAY", days, "a day such as MO", day)?,
            None if weekly => return Err(PatternError::Missing("BYDAY", "the day")),
            None => (0..7).collect(),
        };
        if interval > 1 && parts.contains_key("BYDAY") {
            return Err(PatternError::IntervalOfWeekdays);
        }
        let hours = needed("BYHOUR", "the hour")?;
        let hours = listed("BYHOUR", hours, "an hour from 0 to 23", |text| number_below(24, text))?;
        let minutes = needed("BYMINUTE", "the minute")?;
        let minutes = listed("BYMINUTE", minutes, "a minute from 0 to 59", |text| {
            number_below(60, text)
        })?;
        let of_hour = |hour: &u8| u16::from(*hour) * 60;
        let minutes = hours
            .iter()
            .flat_map(|hour| minutes.iter().map(move |minute| of_hour(hour) + u16::from(*minute)))
            .collect();
        Ok(Self {
            days,
            interval,
            minutes,
        })
    }
}

/// Returns the names and values of the parts of a rule. An unknown part is an error, because without it the rule would mean
/// something else.
fn parts(rule: &str) -> Result<BTreeMap<&str, &str>, PatternError> {
    let mut parts = BTreeMap::new();
    for part in rule.split(';') {
        let unknown = || PatternError::Part(part.to_owned());
        let (name, value) = part.split_once('=').ok_or_else(unknown)?;
        match name {
            "FREQ" | "INTERVAL" | "BYDAY" | "BYHOUR" | "BYMINUTE" => {}
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

/// Reads a number of one or two digits.
pub(super) fn number_below(end: u8, text: &str) -> Option<u8> {
    let well_formed = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| well_formed && *number < end)
}
