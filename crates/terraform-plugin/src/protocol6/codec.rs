//! Encoding of values: MessagePack, and JSON where Terraform may send it. The type of a value drives both.
//!
//! The encoding is that of Terraform's type system. An unknown value is an extension of type 0, or of type 12 if it has a
//! refinement. The value of a dynamic attribute is a pair of type and value. A number is an integer or a double if that is
//! exact, and decimal digits otherwise.

mod decode;
mod encode;
mod json;

pub use decode::from_msgpack;
pub use encode::{to_answer, to_msgpack};
pub use json::{from_json, from_stored_json};

use crate::{AttributeType, RawValue};

use super::wire::DynamicValue;

/// Extension type of an unknown value without a refinement.
const EXT_UNKNOWN: i8 = 0;
/// Extension type of an unknown value with a refinement.
const EXT_REFINED: i8 = 12;
/// Maximum nesting of a value, so that no input can exhaust the stack.
const MAX_DEPTH: usize = 200;

/// A value does not match its type, or bytes are not a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}{message}")]
pub struct CodecError {
    path: String,
    message: String,
}

impl CodecError {
    /// Creates an error at the root of the value.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    /// Adds the enclosing attribute, key or index to the path of the error.
    #[must_use]
    fn within(mut self, step: &str) -> Self {
        let separator = if self.path.is_empty() { ": " } else { "." };
        self.path = format!("{step}{separator}{}", self.path);
        self
    }
}

/// Decodes a value of a request. An absent value is null.
///
/// # Errors
/// [`CodecError`] if it does not match `ty`.
pub fn decode(value: Option<&DynamicValue>, ty: &AttributeType) -> Result<RawValue, CodecError> {
    match value {
        Some(value) if !value.msgpack.is_empty() => from_msgpack(&value.msgpack, ty),
        Some(value) if !value.json.is_empty() => from_json(&value.json, ty),
        _ => Ok(RawValue::Null),
    }
}

/// Encodes a value of a response.
///
/// # Errors
/// [`CodecError`] if it does not match `ty`.
pub fn encode(value: &RawValue, ty: &AttributeType) -> Result<DynamicValue, CodecError> {
    Ok(DynamicValue {
        msgpack: to_answer(value, ty)?,
        json: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
