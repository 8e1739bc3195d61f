//! The schedule pattern of a policy: read, compared, explained, and computed with.
//!
//! The service takes iCalendar text (RFC 5545) with recurrence rules. The API page lists `FREQ` (`DAILY`, `WEEKLY`), `BYDAY`,
//! `BYHOUR` and `BYMINUTE`; the console also makes `INTERVAL` (every 1 to 30 days) and several rules, one for each minute of
//! the hour. Such rules mean a set of moments, so two patterns are the same when these sets are, whatever their line ends,
//! headers and order. Hours are UTC.

mod build;
mod explain;
mod lines;
mod rule;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use build::{BuildError, build};
pub use lines::{normalized, wire_form};

/// The longest pattern that the service takes, in characters.
pub const MAX_LENGTH: usize = 10_240;

const MINUTES_OF_DAY: u16 = 24 * 60;

const MINUTES_OF_WEEK: u16 = 7 * MINUTES_OF_DAY;

/// The least time between two runs, in minutes.
const LEAST_WAIT: u16 = 60;

/// The longest interval, in days.
const LONGEST_INTERVAL: u8 = 30;

/// Why the service would not take a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Too long.
    #[error("it has {0} characters, and the service takes {MAX_LENGTH} at most")]
    TooLong(usize),
    /// The components are not nested as they must be.
    #[error(
        "{0}; it must be BEGIN:VCALENDAR, BEGIN:VEVENT, RRULE, END:VEVENT, END:VCALENDAR, each on a line of its own"
    )]
    Shape(String),
    /// A line that is no property.
    #[error("it has a line that is not of the form NAME:VALUE")]
    Line(String),
    /// A property that changes when the pattern applies, and that the service does not know.
    #[error("it has the property {}, which the service does not know; the schedule is what RRULE says", word::shown(.0))]
    Property(String),
    /// A part of a rule that the service does not know.
    #[error("a rule has the part {}; the service knows FREQ, INTERVAL, BYDAY, BYHOUR and BYMINUTE only", word::shown(.0))]
    Part(String),
    /// A part occurs twice in one rule.
    #[error("a rule has the part {} twice", word::shown(.0))]
    Twice(String),
    /// A part of a rule is missing.
    #[error("a rule has no {0}, so that {1} is not determined")]
    Missing(&'static str, &'static str),
    /// Another frequency.
    #[error("the frequency of a rule is {}; the service knows DAILY and WEEKLY only", word::shown(.0))]
    Frequency(String),
    /// A value of a part that has no meaning; then the part, and what is expected.
    #[error("a rule has something else in {1}, where {2} is expected")]
    Value(String, &'static str, &'static str),
    /// A day such as `2MO`.
    #[error("it has a numbered day; write the days as MO, TU, WE, TH, FR, SA and SU")]
    NumberedDay,
    /// `INTERVAL` where days of the week are given.
    #[error("INTERVAL is a number of days: it needs FREQ=DAILY and no BYDAY")]
    IntervalOfWeekdays,
    /// Rules with different intervals.
    #[error("its rules have different values of INTERVAL")]
    Intervals,
    /// Two runs within an hour, as times of day.
    #[error("it runs at {0} and again at {1}; runs must be an hour apart, also over midnight")]
    TooClose(String, String),
}

/// When a policy runs, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Rhythm);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rhythm {
    /// Minutes of the week; 0 is Monday, 00:00.
    Weekly(BTreeSet<u16>),
    /// Every so many days, 2 to 30, at these minutes of the day.
    EveryDays(u8, BTreeSet<u16>),
}

/// Two runs that are less than an hour apart, as times of day.
struct TooClose(String, String);

impl Schedule {
    /// Reads a pattern, with everything that the service would refuse as an error.
    ///
    /// # Errors
    /// [`PatternError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let length = text.chars().count();
        if length > MAX_LENGTH {
            return Err(PatternError::TooLong(length));
        }
        rule::read(&lines::rules(text)?)
    }

    /// The first run after `time`. `began` is when the trigger began: there is no earlier run, and an interval of several
    /// days is counted from its day. `None` when an interval has no beginning.
    #[must_use]
    pub fn next_after(&self, time: Timestamp, began: Option<Timestamp>) -> Option<Timestamp> {
        const DAY: i64 = 24 * 3600;
        let time = began.map_or(time, |began| began.max(time));
        let today = time.as_second().div_euclid(DAY);
        let minutes = |day: i64| -> Option<Vec<u16>> {
            Some(match &self.0 {
                Rhythm::Weekly(moments) => {
                    // The first day of Unix time was a Thursday.
                    let weekday = u16::try_from((day + 3).rem_euclid(7)).ok()?;
                    let begin = weekday * MINUTES_OF_DAY;
                    let of_day = moments.range(begin..begin + MINUTES_OF_DAY);
                    of_day.map(|moment| moment - begin).collect()
                }
                Rhythm::EveryDays(interval, minutes) => {
                    let since = day - began?.as_second().div_euclid(DAY);
                    if since.rem_euclid(i64::from(*interval)) == 0 {
                        minutes.iter().copied().collect()
                    } else {
                        Vec::new()
                    }
                }
            })
        };
        for day in today..=today + i64::from(LONGEST_INTERVAL) {
            for minute in minutes(day)? {
                let run = Timestamp::from_second(day * DAY + i64::from(minute) * 60).ok()?;
                if run > time {
                    return Some(run);
                }
            }
        }
        None
    }

    /// The pattern in the form in which this provider writes it.
    #[must_use]
    pub fn pattern(&self) -> String {
        build::text(self)
    }

    /// What it means, in words.
    #[must_use]
    pub fn explain(&self) -> String {
        explain::explain(self)
    }

    /// A schedule on days of the week, 0 is Monday.
    fn weekly(moments: BTreeSet<u16>) -> Result<Self, TooClose> {
        let first = moments.first().map(|first| first + MINUTES_OF_WEEK);
        let cyclic: Vec<u16> = moments.iter().copied().chain(first).collect();
        far_enough_apart(&cyclic)?;
        Ok(Self(Rhythm::Weekly(moments)))
    }

    /// A schedule every so many days, from 1.
    fn every_days(interval: u8, minutes: BTreeSet<u16>) -> Result<Self, TooClose> {
        if interval == 1 {
            return Self::weekly(moments(&(0..7).collect(), &minutes));
        }
        let within: Vec<u16> = minutes.iter().copied().collect();
        far_enough_apart(&within)?;
        Ok(Self(Rhythm::EveryDays(interval, minutes)))
    }

    /// Days of the week with the times of day that they share, in the order of their first times.
    fn groups(&self) -> Vec<Group> {
        let mut days_of: BTreeMap<u16, BTreeSet<u8>> = BTreeMap::new();
        if let Rhythm::Weekly(moments) = &self.0 {
            for moment in moments {
                let day = u8::try_from(moment / MINUTES_OF_DAY).unwrap_or_default();
                days_of.entry(moment % MINUTES_OF_DAY).or_default().insert(day);
            }
        }
        let mut groups: Vec<Group> = Vec::new();
        for (minute, days) in days_of {
            match groups.iter_mut().find(|group| group.days == days) {
                Some(group) => group.minutes.push(minute),
                None => groups.push(Group {
                    days,
                    minutes: vec![minute],
                }),
            }
        }
        groups
    }
}

/// Days of the week and the times of day at which all of them have a run.
struct Group {
    days: BTreeSet<u8>,
    minutes: Vec<u16>,
}

/// The minutes of the week of some times on some days.
fn moments(days: &BTreeSet<u8>, minutes: &BTreeSet<u16>) -> BTreeSet<u16> {
    let on = |day: &u8| u16::from(*day) * MINUTES_OF_DAY;
    days.iter()
        .flat_map(|day| minutes.iter().map(move |minute| on(day) + minute))
        .collect()
}

fn far_enough_apart(rising: &[u16]) -> Result<(), TooClose> {
    let close = rising
        .iter()
        .zip(rising.iter().skip(1))
        .find(|(first, second)| *second - *first < LEAST_WAIT);
    match close {
        Some((first, second)) => Err(TooClose(time_of_day(*first), time_of_day(*second))),
        None => Ok(()),
    }
}

/// A minute of a day or a week as `HH:MM`.
fn time_of_day(minute: u16) -> String {
    let minute = minute % MINUTES_OF_DAY;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Whether two patterns mean the same. Patterns that are not understood are compared as text, without regard to line ends,
/// folding, blank lines and case.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (Schedule::parse(a), Schedule::parse(b)) {
        (Ok(a), Ok(b)) => a == b,
        (Err(_), Err(_)) => normalized(a) == normalized(b),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
