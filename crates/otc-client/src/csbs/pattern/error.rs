//! The reasons why the service would not take a pattern.

use super::{schedule::TooClose, word};

/// Length of the longest pattern that the service takes, in characters.
pub const MAX_LENGTH: usize = 10_240;

/// The reason why the service would not take a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The pattern is too long.
    #[error("it has {0} characters, and the service takes {MAX_LENGTH} at most")]
    TooLong(usize),
    /// The components are not nested correctly.
    #[error(
        "{0}; it must be BEGIN:VCALENDAR, BEGIN:VEVENT, RRULE, END:VEVENT, END:VCALENDAR, each on a line of its own"
    )]
    Shape(String),
    /// A line is not a property.
    #[error("it has a line that is not of the form NAME:VALUE")]
    Line(String),
    /// A property changes the schedule, and the service does not know it.
    #[error("it has the property {}, which the service does not know; the schedule is what RRULE says", word::shown(.0))]
    Property(String),
    /// The service does not know a part of a rule.
    #[error("a rule has the part {}; the service knows FREQ, INTERVAL, BYDAY, BYHOUR and BYMINUTE only", word::shown(.0))]
    Part(String),
    /// A part occurs twice in a rule.
    #[error("a rule has the part {} twice", word::shown(.0))]
    Twice(String),
    /// A part of a rule is missing.
    #[error("a rule has no {0}, so that {1} is not determined")]
    Missing(&'static str, &'static str),
    /// The service does not know the frequency.
    #[error("the frequency of a rule is {}; the service knows DAILY and WEEKLY only", word::shown(.0))]
    Frequency(String),
    /// The value of a part is wrong: the value, the part, and the expected form.
    #[error("a rule has something else in {1}, where {2} is expected")]
    Value(String, &'static str, &'static str),
    /// A day has a number, such as `2MO`.
    #[error("it has a numbered day; write the days as MO, TU, WE, TH, FR, SA and SU")]
    NumberedDay,
    /// `INTERVAL` is given together with days of the week.
    #[error("INTERVAL is a number of days: it needs FREQ=DAILY and no BYDAY")]
    IntervalOfWeekdays,
    /// The rules have different intervals.
    #[error("its rules have different values of INTERVAL")]
    Intervals,
    /// Two runs are less than an hour apart; both as times of day.
    #[error("it runs at {0} and again at {1}; runs must be an hour apart, also over midnight")]
    TooClose(String, String),
}

impl From<TooClose> for PatternError {
    fn from(TooClose(first, second): TooClose) -> Self {
        Self::TooClose(first, second)
    }
}
