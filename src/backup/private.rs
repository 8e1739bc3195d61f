//! What the resource keeps for itself beside its state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use terraform_plugin::RawValue;

use super::plan::described;

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
    /// What the configuration said when it was applied last, of the arguments that can change in the cloud and not through the
    /// API. A state that was written before this member existed has none; the next refresh fills it from the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured: Option<Configured>,
    /// The create stopped waiting although the backup had not failed, so that Terraform has it as tainted. Kept until the
    /// backup is seen available.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_waited_for: bool,
}

/// Arguments that can be changed in the console, and not through the API. `None` is an argument that is not configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configured {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_name: Option<String>,
    /// The description; none also where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Configured {
    /// Names of the arguments.
    pub const NAMES: [&str; 2] = ["backup_name", "description"];

    /// What a configuration says, or a state.
    #[must_use]
    pub fn of(values: &RawValue) -> Self {
        Self {
            backup_name: values.get("backup_name").as_str().map(str::to_owned),
            description: described(values.get("description")).map(str::to_owned),
        }
    }

    /// One of the arguments.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match name {
            "backup_name" => self.backup_name.as_deref(),
            "description" => self.description.as_deref(),
            _ => None,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_data_of_earlier_versions_is_read() {
        let read = Private::read(br#"{"made":true}"#);
        assert_eq!(
            read,
            Private {
                made: true,
                ..Private::default()
            }
        );
        assert_eq!(read.write(), br#"{"made":true}"#);
        for nothing in ["", "null", "{", "[]"] {
            assert_eq!(Private::read(nothing.as_bytes()), Private::default());
        }
    }
}
