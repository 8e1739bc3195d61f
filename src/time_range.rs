//! The arguments `start_time` and `end_time`, which select backups by their creation time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::validators::{Check, string};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, Value};

/// Model of the arguments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeRange {
    start_time: Value<String>,
    end_time: Value<String>,
}

/// The arguments.
#[must_use]
pub fn attributes() -> [Attribute; 2] {
    let argument = |name| Attribute::string(name).validate(string("The time is not valid", [time()]));
    [
        argument("start_time").doc("Backups created at this time or later (RFC 3339)."),
        argument("end_time").doc("Backups created at this time or earlier (RFC 3339)."),
    ]
}

impl TimeRange {
    /// Reports a range that no backup can be in.
    pub fn validate(&self, diags: &mut Diagnostics) {
        if let (Some(start), Some(end)) = (known(&self.start_time), known(&self.end_time))
            && start > end
        {
            diags.add_attribute_error(
                "The time range is empty",
                "`start_time` is after `end_time`, so no backup can match.",
                AttributePath::new("start_time"),
            );
        }
    }

    /// The start in UTC, in a form of [`jiff::fmt::strtime`].
    #[must_use]
    pub fn start(&self, format: &str) -> Option<String> {
        known(&self.start_time).map(|time| time.strftime(format).to_string())
    }

    /// The end in UTC, in a form of [`jiff::fmt::strtime`].
    #[must_use]
    pub fn end(&self, format: &str) -> Option<String> {
        known(&self.end_time).map(|time| time.strftime(format).to_string())
    }
}

fn known(text: &Value<String>) -> Option<Timestamp> {
    text.as_ref_option()?.parse().ok()
}

fn time() -> Check {
    Box::new(|text| match text.parse::<Timestamp>() {
        Ok(_) => Ok(()),
        Err(_) => Err("It must have the form \"2026-01-31T12:00:00Z\" (RFC 3339).".to_owned()),
    })
}
