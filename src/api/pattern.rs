//! The schedule pattern of a policy: read, compared, shown, and computed with.
//!
//! The service takes iCalendar text (RFC 5545) with one recurrence rule, of which it knows `FREQ` (`DAILY`, `WEEKLY`),
//! `BYDAY`, `BYHOUR` and `BYMINUTE`. What such a rule means is a set of moments of the week, so two patterns are the same
//! when these sets are, whatever their line ends, headers and order. Hours are UTC.

mod build;
mod explain;
mod lines;
mod rule;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};

pub use build::{BuildError, build};
pub use lines::{normalized, wire_form};

/// The longest pattern that the service takes, in characters.
pub const MAX_LENGTH: usize = 10_240;

const MINUTES_OF_DAY: u16 = 24 * 60;

/// Why the service would not take a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Too long.
    #[error("it has {0} characters, and the service takes {MAX_LENGTH} at most")]
    TooLong(usize),
    /// The components are not nested as they must be.
    #[error(
        "{0}; it must be BEGIN:VCALENDAR, BEGIN:VEVENT, one RRULE, END:VEVENT, END:VCALENDAR, each on a line of its own"
    )]
    Shape(String),
    /// A line that is no property.
    #[error("the line {0:?} is not of the form NAME:VALUE")]
    Line(String),
    /// A property that changes when the pattern applies, and that the service does not know.
    #[error("it has the property {0}, which the service does not know; the schedule is what RRULE says")]
    Property(String),
    /// A part of the rule that the service does not know.
    #[error("its rule has the part {0:?}; the service knows FREQ, BYDAY, BYHOUR and BYMINUTE only")]
    Part(String),
    /// A part of the rule is there twice.
    #[error("its rule has the part {0} twice")]
    Twice(String),
    /// A part of the rule is missing.
    #[error("its rule has no {0}, so that {1} would not be determined")]
    Missing(&'static str, &'static str),
    /// Another frequency.
    #[error("its frequency is {0:?}; the service knows DAILY and WEEKLY only")]
    Frequency(String),
    /// A value of a part that can mean nothing; then the part, and what is expected.
    #[error("its rule has {0:?} in {1}, where {2} is expected")]
    Value(String, &'static str, &'static str),
    /// A day such as `2MO`.
    #[error("it has a numbered day; write the days as MO, TU, WE, TH, FR, SA and SU")]
    NumberedDay,
    /// More often than hourly.
    #[error("it would run more often than once an hour: there can be one value of BYMINUTE, not {0}")]
    TooOften(usize),
}

/// When a policy runs: moments of the week in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Days, Monday is 0.
    days: BTreeSet<u8>,
    hours: BTreeSet<u8>,
    minute: u8,
}

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
        rule::read(&lines::rule(text)?)
    }

    /// The first run after `time`.
    #[must_use]
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let midnight = time.to_zoned(TimeZone::UTC).start_of_day().ok()?;
        (0..=7).find_map(|ahead: i64| {
            let day = midnight.checked_add(SignedDuration::from_hours(24 * ahead)).ok()?;
            if !self.days.contains(&number(day.weekday())) {
                return None;
            }
            self.minutes_of_day()
                .filter_map(|minute| {
                    let run = day.timestamp().checked_add(SignedDuration::from_mins(minute.into()));
                    run.ok().filter(|run| *run > time)
                })
                .next()
        })
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

    fn minutes_of_day(&self) -> impl Iterator<Item = u16> + '_ {
        self.hours
            .iter()
            .map(|hour| (u16::from(*hour) * 60 + u16::from(self.minute)) % MINUTES_OF_DAY)
    }
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

fn number(day: Weekday) -> u8 {
    u8::try_from(day.to_monday_zero_offset()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
