//! Reads and compares patterns.

use super::{
    error::{MAX_LENGTH, PatternError},
    lines::{self, normalized, plain},
    rule,
    schedule::Schedule,
};

impl Schedule {
    /// Reads a pattern. Everything that the service would refuse is an error.
    ///
    /// # Errors
    /// [`PatternError`] names the problem.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let length = text.chars().count();
        if length > MAX_LENGTH {
            return Err(PatternError::TooLong(length));
        }
        rule::read(&lines::rules(text)?)
    }
}

/// Returns the text as the service takes it. A pattern that can be read gets capital letters and lines that end in CRLF, without
/// indentation, folding and headers.
pub fn wire_form(text: &str) -> String {
    Schedule::parse(text).map_or_else(|_| plain(text), |schedule| schedule.pattern())
}

/// Returns whether two patterns mean the same. Patterns that cannot be read are compared as text, without regard to line ends,
/// folding, blank lines and case.
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
