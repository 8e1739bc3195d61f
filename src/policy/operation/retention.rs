//! How long backups of an operation are kept.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

use super::OperationModel;

/// How long backups are kept, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
pub enum Retention {
    /// Forever.
    Permanent,
    /// Within limits; `None` is no limit.
    Limited {
        /// Most backups of each server.
        backups: Option<i64>,
        /// Days.
        days: Option<i64>,
    },
}

impl From<&OperationModel> for Retention {
    /// Without any limit, backups are kept forever.
    fn from(operation: &OperationModel) -> Self {
        let (backups, days) = limits(operation);
        if operation.permanent.as_ref_option() == Some(&true) {
            return Self::Permanent;
        }
        match (backups, days) {
            (None, None) if !operation.has_calendar_counts() => Self::Permanent,
            _ => Self::Limited { backups, days },
        }
    }
}

/// `max_backups` and `retention_duration_days`; -1 is no limit.
fn limits(operation: &OperationModel) -> (Option<i64>, Option<i64>) {
    let limit = |limit: Option<&i64>| limit.copied().filter(|limit| *limit >= 0);
    (
        limit(operation.max_backups.as_ref_option()),
        limit(operation.retention_duration_days.as_ref_option()),
    )
}

/// Reports limits that the service would ignore because of `permanent`.
pub fn validate(operation: &OperationModel, path: &AttributePath, diags: &mut Diagnostics) {
    if operation.permanent.as_ref_option() != Some(&true) {
        return;
    }
    let (backups, days) = limits(operation);
    let ignored: Vec<_> = [("`max_backups`", backups), ("`retention_duration_days`", days)]
        .into_iter()
        .filter_map(|(name, limit)| limit.map(|_| name))
        .collect();
    if !ignored.is_empty() {
        diags.add_attribute_error(
            "The retention contradicts itself",
            format!(
                "With `permanent = true` the service keeps every backup and ignores {}, and all backups continue to incur \
                 charges. Remove `permanent`, or the limit.",
                ignored.join(" and ")
            ),
            path.clone().attribute("permanent"),
        );
    }
}

/// Warns of a retention of no days.
pub fn warn_of_zero_days(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    if value.as_i64() == Some(0) {
        diags.add_attribute_warning(
            "Backups are kept for 0 days",
            "The service may delete each backup at its next clean-up. Remove `retention_duration_days`, or set -1, for no \
             limit.",
            path.clone(),
        );
    }
}
