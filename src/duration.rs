//! Durations in the syntax of Go's `time.ParseDuration`, which Terraform users write in `timeouts`.

use std::time::Duration;

const NANOSECOND: u128 = 1;
const MICROSECOND: u128 = 1_000;
const MILLISECOND: u128 = 1_000_000;
const SECOND: u128 = 1_000_000_000;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not the syntax of a duration.
    #[error("it is not a duration such as \"90s\", \"45m\" or \"1h30m\"")]
    Syntax,
    /// A number without a unit, or with one that does not exist.
    #[error("it needs a unit after every number: \"h\", \"m\", \"s\", \"ms\", \"us\" or \"ns\"")]
    Unit,
    /// Zero or less.
    #[error("it must be more than zero")]
    NotPositive,
    /// Longer than about 292 years, which is what Go can hold.
    #[error("it is too long")]
    TooLong,
}

/// Reads a positive duration, such as `1h30m`, `1.5h` or `90s`.
///
/// # Errors
/// [`DurationError`] says what is wrong with the text.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut nanoseconds: u128 = 0;
    if rest != "0" {
        if rest.is_empty() {
            return Err(DurationError::Syntax);
        }
        while !rest.is_empty() {
            let (amount, after) = component(rest)?;
            nanoseconds = nanoseconds.checked_add(amount).ok_or(DurationError::TooLong)?;
            rest = after;
        }
    }
    let nanoseconds = u64::try_from(nanoseconds).map_err(|_| DurationError::TooLong)?;
    if nanoseconds > i64::MAX.unsigned_abs() {
        return Err(DurationError::TooLong);
    }
    if negative || nanoseconds == 0 {
        return Err(DurationError::NotPositive);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// One number with its unit, in nanoseconds, and what follows.
fn component(text: &str) -> Result<(u128, &str), DurationError> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(DurationError::Syntax);
    }
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let unit = match unit {
        "ns" => NANOSECOND,
        "us" | "µs" | "μs" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3600 * SECOND,
        _ => return Err(DurationError::Unit),
    };
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| DurationError::TooLong)?
    };
    let mut amount = u128::from(whole) * unit;
    let mut scale = unit;
    for digit in fraction.bytes() {
        scale /= 10;
        amount += u128::from(digit - b'0') * scale;
    }
    Ok((amount, rest))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// Writes a duration as a person would: `30m`, `1h30m`, `90s` becomes `1m30s`.
#[must_use]
pub fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut shown = String::new();
    for (amount, unit) in [(hours, "h"), (minutes, "m"), (seconds, "s")] {
        if amount > 0 {
            shown.push_str(&format!("{amount}{unit}"));
        }
    }
    if shown.is_empty() {
        format!("{}ms", duration.as_millis())
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_go_reads_is_read() {
        for (text, milliseconds) in [
            ("30m", 1_800_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            (".5s", 500),
            ("1.s", 1_000),
            ("+2m", 120_000),
            ("1h1m1s1ms", 3_661_001),
            ("1s1h", 3_601_000),
            ("3000us", 3),
            ("3000µs", 3),
            ("3000μs", 3),
            ("1000000ns", 1),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for (text, error) in [
            ("", DurationError::Syntax),
            ("-", DurationError::Syntax),
            ("+", DurationError::Syntax),
            (".", DurationError::Syntax),
            (".s", DurationError::Syntax),
            ("m", DurationError::Syntax),
            ("soon", DurationError::Syntax),
            ("30", DurationError::Unit),
            ("30 m", DurationError::Unit),
            ("30min", DurationError::Unit),
            ("1d", DurationError::Unit),
            ("1h30", DurationError::Unit),
            ("--5m", DurationError::Syntax),
            (" 5m", DurationError::Syntax),
            ("99999999999999999999h", DurationError::TooLong),
            ("9223372036854775808ns", DurationError::TooLong),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_limit_of_no_time_is_refused() {
        for text in ["0", "0s", "-5m", "-0", "0.0000000001ns"] {
            assert_eq!(parse(text), Err(DurationError::NotPositive), "{text:?}");
        }
    }

    #[test]
    fn shown_as_a_person_would() {
        for text in ["30m", "1h30m", "1m30s", "2h", "1h1m1s"] {
            assert_eq!(show(parse(text).unwrap()), text);
        }
        assert_eq!(show(Duration::from_millis(250)), "250ms");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "[-+0-9.hmsunµ ]{0,40}") {
            let _ = parse(&text);
        }
    }
}
