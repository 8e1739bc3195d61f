//! What the resource keeps for itself beside its state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Kept from one call to the next; never shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Private {
    /// This resource made the backup. Otherwise it was imported, or moved in from another provider: what was asked of the
    /// service when it was made is then not known, so that a configuration that asks for something is no change.
    pub made: bool,
    /// When the service accepted the backup; kept only until it shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_shown_since: Option<Timestamp>,
}

impl Private {
    /// Reads what an earlier call kept; nothing and damaged text are the default.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The bytes to keep.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
