//! The error of a conversion.

use std::fmt::Display;

/// A raw value does not match a model. This is a bug in the provider, since both follow the schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ModelError(String);

impl ModelError {
    /// Creates an error with this message.
    pub(super) fn new(message: impl Display) -> Self {
        Self(message.to_string())
    }
}
