//! Diagnostics without a path.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

/// Adds an error.
pub fn error(diags: &mut Diagnostics, summary: &'static str, detail: impl Into<String>) {
    diags.add_attribute_error(summary, detail.into(), AttributePath::root());
}

/// Adds a warning.
pub fn warning(diags: &mut Diagnostics, summary: &'static str, detail: impl Into<String>) {
    diags.add_attribute_warning(summary, detail.into(), AttributePath::root());
}
