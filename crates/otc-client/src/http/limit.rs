//! Errors of answers that exceed a size limit, distinguished from other parse errors.

use std::fmt;

use serde::de::Error;

/// The beginning of the message of such an error; serde's errors are text.
const BEGINNING: &str = "a limit is exceeded: ";

/// The error of an answer that exceeds a limit; `what` names the limit.
pub fn limit_error<E: Error>(what: fmt::Arguments<'_>) -> E {
    E::custom(format_args!("{BEGINNING}{what}"))
}

/// Returns whether `error` is one of [`limit_error`]. Its text then has no part of the answer.
pub fn is_limit_error(error: &serde_json::Error) -> bool {
    error.to_string().starts_with(BEGINNING)
}
