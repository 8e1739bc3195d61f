//! The schedule pattern of a policy: reads, compares, explains and builds it, and computes the next run.
//!
//! The service takes iCalendar text (RFC 5545) with recurrence rules. The API page lists `FREQ` (`DAILY`, `WEEKLY`), `BYDAY`,
//! `BYHOUR` and `BYMINUTE`; the console also writes `INTERVAL` (every 1 to 30 days) and several rules, one for each minute of
//! the hour. Such rules mean a set of moments. Two patterns are the same if these sets are the same, whatever their line ends,
//! headers and order. Hours are UTC.

mod build;
mod error;
mod explain;
mod lines;
mod parse;
mod rule;
mod schedule;
mod word;

pub use build::{BuildError, build};
pub use error::{MAX_LENGTH, PatternError};
pub use parse::{same, wire_form};
pub use schedule::Schedule;

#[cfg(test)]
mod tests;
