//! Targets of the project.

use std::fmt::Write as _;

/// One target with its measured value.
pub struct Target {
    /// Quantity, with its unit.
    pub what: String,
    /// Highest value that meets the target.
    pub limit: f64,
    /// Measured value.
    pub measured: f64,
}

impl Target {
    /// A target.
    pub fn new(what: impl Into<String>, limit: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            limit,
            measured,
        }
    }
}

/// The targets as a table.
#[must_use]
pub fn table(targets: &[Target]) -> String {
    let mut text = "| | at most | measured | |\n| --- | --- | --- | --- |\n".to_owned();
    for target in targets {
        let met = if target.measured <= target.limit {
            "met"
        } else {
            "**not met**"
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {met} |",
            target.what,
            target.limit,
            (target.measured * 100.0).round() / 100.0
        );
    }
    text
}
