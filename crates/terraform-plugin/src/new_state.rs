//! The state that a resource returns.

use super::{Diagnostics, RawValue};

/// State after a create, an update, or a delete that failed halfway.
///
/// Terraform saves it even after errors: a create that returns a state and an error leaves a tainted resource, so the object
/// is not lost.
#[derive(Debug, Clone, Default)]
pub struct NewState {
    /// State of the object.
    pub state: RawValue,
    /// Private data of the resource, which Terraform stores with the state.
    pub private: Vec<u8>,
    /// Identity of the object, if the resource has an identity schema.
    pub identity: Option<RawValue>,
}

impl NewState {
    /// Converts a model to a state without private data and identity. Returns `None` with an error if that fails.
    pub fn from_model<T: serde::Serialize>(model: &T, diags: &mut Diagnostics) -> Option<Self> {
        Some(Self {
            state: RawValue::from_model(model, diags)?,
            ..Self::default()
        })
    }
}
