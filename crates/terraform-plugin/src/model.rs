//! Conversion between a [`RawValue`] and a struct of the provider, called a model.
//!
//! A model is a struct with serde derives. It has one field for each attribute, of the type [`Value`](crate::Value): known, null
//! or unknown.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use terraform_plugin::{RawValue, Value, model};
//!
//! #[derive(Default, Serialize, Deserialize)]
//! #[serde(default)]
//! struct BackupModel {
//!     name: Value<String>,
//!     size: Value<i64>,
//! }
//!
//! let mut backup = BackupModel { name: Value::Value("nightly".into()), size: Value::Unknown };
//! let raw = model::to_raw(&backup).unwrap();
//! assert!(raw.get("size").is_unknown());
//! backup = model::from_raw(&raw).unwrap();
//! assert_eq!(backup.name, Value::Value("nightly".into()));
//! ```
//!
//! | attribute | field |
//! | --- | --- |
//! | string, number, bool | `Value<String>`, `Value<i64>` or `Value<f64>`, `Value<bool>` |
//! | list, set | `Value<Vec<T>>` |
//! | map | `Value<BTreeMap<String, T>>` |
//! | nested object | `Value<Struct>` |
//! | dynamic | [`RawValue`], which keeps the type that came with the value |
//!
//! A [`Refinement`](crate::Refinement) of an unknown value survives only in a field of the type [`RawValue`]. Plans therefore work
//! on raw values; models are for configurations, and for states that are applied, read and imported.

mod deserialize;
mod error;
mod raw;
mod serialize;
#[cfg(test)]
mod tests;

pub use error::ModelError;

use serde::{Serialize, de::DeserializeOwned};

use crate::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

/// Converts a raw value to a model. Attributes without a field are ignored.
///
/// # Errors
/// [`ModelError`] if a value does not have the type of its field.
pub fn from_raw<T: DeserializeOwned>(raw: &RawValue) -> Result<T, ModelError> {
    T::deserialize(raw)
}

/// Converts a model to a raw value.
///
/// # Errors
/// [`ModelError`] if the model has something that no Terraform type corresponds to, such as a map whose keys are not strings.
pub fn to_raw<T: Serialize>(model: &T) -> Result<RawValue, ModelError> {
    model.serialize(serialize::RawSerializer)
}

impl RawValue {
    /// Converts to a model. A value that does not match is an error diagnostic.
    pub fn to_model<T: DeserializeOwned>(&self, diags: &mut Diagnostics) -> Option<T> {
        from_raw(self).map_err(|error| report(&error, diags)).ok()
    }

    /// Converts from a model. A value that does not match is an error diagnostic.
    pub fn from_model<T: Serialize>(model: &T, diags: &mut Diagnostics) -> Option<Self> {
        to_raw(model).map_err(|error| report(&error, diags)).ok()
    }
}

fn report(error: &ModelError, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The provider's model does not match its schema",
        format!("{error}. This is a bug in the provider; please report it."),
        AttributePath::root(),
    );
}
