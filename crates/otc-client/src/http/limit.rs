//! Errors of answers that are larger than any real one, distinguished from other errors of reading.

use std::fmt;

use serde::de::Error;

/// What the message of such an error begins with; serde's errors are text.
const BEGINNING: &str = "a limit is exceeded: ";

/// The error of an answer that is larger than any real one; `what` names the limit.
pub fn limit_error<E: Error>(what: fmt::Arguments<'_>) -> E {
    E::custom(format_args!("{BEGINNING}{what}"))
}

/// Whether `error` is one of [`limit_error`]. Its text then holds nothing of the answer.
#[must_use]
pub fn is_limit_error(error: &serde_json::Error) -> bool {
    error.to_string().starts_with(BEGINNING)
}
