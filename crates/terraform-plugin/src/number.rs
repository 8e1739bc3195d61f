//! Numbers. Terraform's numbers are decimals of nearly any size, and two numbers are equal only when they are exactly equal.

/// A number, in the form in which it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`.
    Unsigned(u64),
    /// The exact value of a double.
    Float(f64),
    /// Any other number, as the decimal text in which it was received.
    Decimal(String),
}

/// Upper bound for the number of digits in the exact decimal expansion of a double.
const DOUBLE_DIGITS: usize = 770;
/// Largest exponent of a number that is compared by value; beyond it, only the same text is the same number.
const MAX_EXPONENT: i64 = 1_000_000;

/// A decimal in normal form: its digits have no leading or trailing zeros.
#[derive(Debug, PartialEq, Eq)]
struct Exact {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Number {
    /// Parses a number as JSON or HCL writes it, exactly and of any size. Returns `None` if `text` is not a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(value) = text.parse() {
            return Some(Self::Int(value));
        }
        if let Ok(value) = text.parse() {
            return Some(Self::Unsigned(value));
        }
        exact(text).map(|_| Self::Decimal(text.to_owned()))
    }

    /// Returns `true` if both are the same number, in whatever form.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        match (self.exact(), other.exact()) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }

    fn exact(&self) -> Option<Exact> {
        match self {
            Self::Int(value) => exact(&value.to_string()),
            Self::Unsigned(value) => exact(&value.to_string()),
            Self::Float(value) if value.is_finite() => exact(&format!("{value:.DOUBLE_DIGITS$e}")),
            Self::Float(_) => None,
            Self::Decimal(digits) => exact(digits),
        }
    }
}

fn exact(text: &str) -> Option<Exact> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.parse::<i64>().ok()?),
        None => (text, 0),
    };
    if exponent.abs() > MAX_EXPONENT {
        return None;
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !only_digits(whole) || !only_digits(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return Some(Exact {
            negative: false,
            digits: String::new(),
            exponent: 0,
        });
    }
    let dropped = i64::try_from(digits.len() - kept.len()).ok()?;
    Some(Exact {
        negative,
        digits: kept.to_owned(),
        exponent: exponent - i64::try_from(fraction.len()).ok()? + dropped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Number {
        Number::Decimal(text.to_owned())
    }

    #[test]
    fn different_forms_of_the_same_number_are_equal() {
        assert!(Number::Int(5).is_same(&Number::Float(5.0)));
        assert!(Number::Int(5).is_same(&decimal("5.000")));
        assert!(Number::Int(-1500).is_same(&decimal("-1.5e3")));
        assert!(Number::Float(0.5).is_same(&decimal("0.50")));
        assert!(Number::Unsigned(u64::MAX).is_same(&decimal("18446744073709551615")));
        assert!(Number::Float(0.0).is_same(&Number::Float(-0.0)));
        assert!(Number::Float(f64::INFINITY).is_same(&Number::Float(f64::INFINITY)));
    }

    #[test]
    fn nearly_equal_numbers_are_different() {
        // Terraform agrees: 0.1 in a configuration is not the nearest double.
        assert!(!Number::Float(0.1).is_same(&decimal("0.1")));
        assert!(!Number::Int(i64::MAX).is_same(&Number::Float(9_223_372_036_854_775_807.0)));
        assert!(!decimal("123456789012345678901234567890").is_same(&decimal("123456789012345678901234567891")));
        assert!(!Number::Float(f64::INFINITY).is_same(&Number::Float(f64::NEG_INFINITY)));
    }

    #[test]
    fn text_that_is_not_a_number_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "1.2.3",
            "e5",
            "1e",
            "0x10",
            "1e99999999999999999999",
            "NaN",
            "--1",
            "+-1",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(Number::parse("12"), Some(Number::Int(12)));
        assert_eq!(Number::parse("18446744073709551615"), Some(Number::Unsigned(u64::MAX)));
        assert_eq!(Number::parse("0.1"), Some(decimal("0.1")));
    }
}
