//! Builds schedules from plain words, and patterns from schedules.

use std::collections::BTreeSet;

use super::{
    rule::number_below,
    schedule::{DAYS, LONGEST_INTERVAL, Rhythm, Schedule, TooClose, moments},
};

/// The reason why words do not form a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// No day is given.
    #[error("There must be at least one day; write \"daily\" for every day.")]
    NoDay,
    /// A word is not a day.
    #[error(
        "One of them is not a day. Write monday to sunday, their first two or three letters, \"weekdays\", \"weekend\", \
         \"daily\", or \"every 2 days\" to \"every 30 days\"."
    )]
    Day(String),
    /// An interval is given together with other days.
    #[error(
        "{0:?} must be the only element: the service counts days from the first run or names days of the week, not both."
    )]
    IntervalAndDays(String),
    /// No time is given.
    #[error("There must be at least one time.")]
    NoTime,
    /// A word is not a time of day.
    #[error("One of them is not a time of day. Write it as \"HH:MM\" in UTC, from \"00:00\" to \"23:59\".")]
    Time(String),
    /// Two runs are less than an hour apart.
    #[error("Runs must be an hour apart, also over midnight; {0} and {1} are closer.")]
    TooClose(String, String),
}

impl BuildError {
    /// Returns whether a day is wrong, and not a time.
    pub fn is_about_days(&self) -> bool {
        matches!(self, Self::NoDay | Self::Day(_) | Self::IntervalAndDays(_))
    }
}

impl From<TooClose> for BuildError {
    fn from(TooClose(first, second): TooClose) -> Self {
        Self::TooClose(first, second)
    }
}

/// Returns the schedule of some days, or of an interval of days, and times of day.
///
/// # Errors
/// [`BuildError`] names the wrong word.
pub fn build(days: &[&str], times: &[&str]) -> Result<Schedule, BuildError> {
    let (mut on, mut every) = (BTreeSet::new(), None);
    for word in days {
        match interval(word) {
            Some(interval) if days.len() > 1 && interval > 1 => {
                return Err(BuildError::IntervalAndDays((*word).to_owned()));
            }
            Some(interval) => every = Some(interval),
            None => on.extend(day(word).ok_or_else(|| BuildError::Day((*word).to_owned()))?),
        }
    }
    if on.is_empty() && every.is_none() {
        return Err(BuildError::NoDay);
    }
    let minutes = times
        .iter()
        .map(|text| time(text).ok_or_else(|| BuildError::Time((*text).to_owned())))
        .collect::<Result<BTreeSet<u16>, _>>()?;
    if minutes.is_empty() {
        return Err(BuildError::NoTime);
    }
    Ok(match every {
        Some(interval) => Schedule::every_days(interval, minutes)?,
        None => Schedule::weekly(moments(&on, &minutes))?,
    })
}

/// Reads the number of days in `every 3 days`.
fn interval(word: &str) -> Option<u8> {
    let word = word.trim().to_ascii_lowercase();
    let number = word.strip_prefix("every ")?;
    let number = number.strip_suffix(" days").or_else(|| number.strip_suffix(" day"))?;
    number_below(LONGEST_INTERVAL + 1, number.trim()).filter(|days| *days > 0)
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

fn time(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let hour = number_below(24, hour)?;
    let minute = number_below(60, minute).filter(|_| minute.len() == 2)?;
    Some(u16::from(hour) * 60 + u16::from(minute))
}

impl Schedule {
    /// The pattern in the form in which this provider writes it: one rule for all times of the same days and the same minute of
    /// the hour.
    pub fn pattern(&self) -> String {
        let mut rules = String::new();
        let mut add = |when: &str, minutes: &[u16]| {
            // In the order of their first times.
            let mut hours: Vec<(u16, Vec<String>)> = Vec::new();
            for minute in minutes {
                let (hour, minute) = ((minute / 60).to_string(), minute % 60);
                match hours.iter_mut().find(|(known, _)| *known == minute) {
                    Some((_, hours)) => hours.push(hour),
                    None => hours.push((minute, vec![hour])),
                }
            }
            for (minute, hours) in hours {
                rules += &format!("RRULE:{when};BYHOUR={};BYMINUTE={minute:02}\r\n", hours.join(","));
            }
        };
        if let Rhythm::EveryDays(interval, minutes) = &self.0 {
            let minutes: Vec<_> = minutes.iter().copied().collect();
            add(&format!("FREQ=DAILY;INTERVAL={interval}"), &minutes);
        }
        for group in self.groups() {
            if group.days.len() == DAYS.len() {
                add("FREQ=DAILY", &group.minutes);
                continue;
            }
            let days = group.days.iter().filter_map(|day| DAYS.get(usize::from(*day)));
            let days: Vec<_> = days.map(|(short, _)| *short).collect();
            add(&format!("FREQ=WEEKLY;BYDAY={}", days.join(",")), &group.minutes);
        }
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{rules}END:VEVENT\r\nEND:VCALENDAR\r\n")
    }
}
