//! Makes patterns from plain words.

use std::collections::BTreeSet;

use super::{Schedule, rule::number_below};

pub(super) const DAYS: [(&str, &str); 7] = [
    ("MO", "Monday"),
    ("TU", "Tuesday"),
    ("WE", "Wednesday"),
    ("TH", "Thursday"),
    ("FR", "Friday"),
    ("SA", "Saturday"),
    ("SU", "Sunday"),
];

/// Words that no schedule can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// No day is given.
    #[error("There must be at least one day; write \"daily\" for every day.")]
    NoDay,
    /// Not a day.
    #[error(
        "{0:?} is not a day. Write monday to sunday, their first two or three letters, \"weekdays\", \"weekend\" or \
         \"daily\"."
    )]
    Day(String),
    /// No time is given.
    #[error("There must be at least one time.")]
    NoTime,
    /// Not a time of day.
    #[error("{0:?} is not a time of day. Write it as \"HH:MM\" in UTC, from \"00:00\" to \"23:59\".")]
    Time(String),
    /// Times with different minutes.
    #[error(
        "All times must have the same minute, because the service takes one rule with hours and a minute; {0:?} and \
         {1:?} differ."
    )]
    Minutes(String, String),
}

impl BuildError {
    /// Whether a day is at fault, and not a time.
    #[must_use]
    pub fn is_about_days(&self) -> bool {
        matches!(self, Self::NoDay | Self::Day(_))
    }
}

/// The schedule of some days and times of day.
///
/// # Errors
/// [`BuildError`] names the word at fault.
pub fn build(days: &[&str], times: &[&str]) -> Result<Schedule, BuildError> {
    let mut on = BTreeSet::new();
    for word in days {
        on.extend(day(word).ok_or_else(|| BuildError::Day((*word).to_owned()))?);
    }
    if on.is_empty() {
        return Err(BuildError::NoDay);
    }
    let mut hours = BTreeSet::new();
    let mut first: Option<(u8, &str)> = None;
    for text in times {
        let (hour, minute) = time(text).ok_or_else(|| BuildError::Time((*text).to_owned()))?;
        hours.insert(hour);
        match first {
            Some((known, other)) if known != minute => {
                return Err(BuildError::Minutes(other.to_owned(), (*text).to_owned()));
            }
            _ => first = Some((minute, text)),
        }
    }
    let (minute, _) = first.ok_or(BuildError::NoTime)?;
    Ok(Schedule {
        days: on,
        hours,
        minute,
    })
}

fn day(word: &str) -> Option<Vec<u8>> {
    let word = word.trim().to_ascii_lowercase();
    match word.as_str() {
        "daily" | "every day" | "everyday" => return Some((0..7).collect()),
        "weekdays" | "workdays" => return Some((0..5).collect()),
        "weekend" | "weekends" => return Some(vec![5, 6]),
        _ => {}
    }
    let known = |(short, long): &(&str, &str)| {
        let long = long.to_ascii_lowercase();
        short.eq_ignore_ascii_case(&word) || long == word || long[..3] == word || format!("{long}s") == word
    };
    let index = DAYS.iter().position(known)?;
    u8::try_from(index).ok().map(|index| vec![index])
}

fn time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.trim().split_once(':')?;
    Some((
        number_below(24, hour)?,
        number_below(60, minute).filter(|_| minute.len() == 2)?,
    ))
}

/// The pattern of a schedule.
pub(super) fn text(schedule: &Schedule) -> String {
    let joined = |values: Vec<String>| values.join(",");
    let hours = joined(schedule.hours.iter().map(ToString::to_string).collect());
    let when = if schedule.days.len() == 7 {
        "FREQ=DAILY".to_owned()
    } else {
        let days = schedule.days.iter().filter_map(|day| DAYS.get(usize::from(*day)));
        format!(
            "FREQ=WEEKLY;BYDAY={}",
            joined(days.map(|(short, _)| (*short).to_owned()).collect())
        )
    };
    format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:{when};BYHOUR={hours};BYMINUTE={:02}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        schedule.minute
    )
}
