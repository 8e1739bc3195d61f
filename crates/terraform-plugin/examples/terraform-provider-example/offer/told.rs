//! Diagnostics without a path.

use terraform_plugin::{AttributePath, Diagnostics, Report};

/// An error.
pub fn error(diags: &mut Diagnostics, summary: &'static str, detail: impl Into<String>) {
    diags.report_error(summary, detail.into(), AttributePath::root());
}

/// A warning.
pub fn warning(diags: &mut Diagnostics, summary: &'static str, detail: impl Into<String>) {
    diags.report_warning(summary, detail.into(), AttributePath::root());
}
