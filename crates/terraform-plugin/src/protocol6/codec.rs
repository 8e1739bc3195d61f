//! Values on the wire: MessagePack (and JSON, where Terraform may send it), driven by the type.
//!
//! The encoding rules are those of Terraform's type system: an unknown value is an extension of type 0, one with
//! refinements of type 12, a value under a dynamic attribute is a pair of type and value, a number is an integer or a double
//! where that is exact and decimal digits where it is not.

mod decode;
mod encode;
mod json;

pub use decode::from_msgpack;
pub use encode::{to_answer, to_msgpack};
pub use json::{from_json, from_stored_json};

use crate::{AttributeType, RawValue};

use super::wire::DynamicValue;

/// Extension type of an unknown value of which nothing is known.
const EXT_UNKNOWN: i8 = 0;
/// Extension type of an unknown value with refinements.
const EXT_REFINED: i8 = 12;
/// Nested more deeply than this is refused, so that no input can exhaust the stack.
const MAX_DEPTH: usize = 200;

/// A value that does not fit its type, or bytes that are no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{message}")]
pub struct CodecError {
    path: String,
    message: String,
}

impl CodecError {
    /// An error at the root.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    /// The same error, seen from one level further out.
    #[must_use]
    fn within(mut self, step: &str) -> Self {
        let separator = if self.path.is_empty() { ": " } else { "." };
        self.path = format!("{step}{separator}{}", self.path);
        self
    }
}

/// Reads a value as it came. An absent value is null.
///
/// # Errors
/// [`CodecError`] when it does not fit `ty`.
pub fn decode(value: Option<&DynamicValue>, ty: &AttributeType) -> Result<RawValue, CodecError> {
    match value {
        Some(value) if !value.msgpack.is_empty() => from_msgpack(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => from_json(&value.json, ty),
        _ => Ok(RawValue::Null),
    }
}

/// Writes a value for an answer.
///
/// # Errors
/// [`CodecError`] when it does not fit `ty`.
pub fn encode(value: &RawValue, ty: &AttributeType) -> Result<DynamicValue, CodecError> {
    Ok(DynamicValue {
        msgpack: to_answer(value, ty)?,
        json: Vec::new(),
    })
}
