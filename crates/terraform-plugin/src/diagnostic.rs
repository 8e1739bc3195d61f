//! Diagnostics without what the crate adds to them.

use std::borrow::Cow;

use super::{AttributePath, Diagnostic, Diagnostics};

/// Adds diagnostics that say what they are given and nothing more.
///
/// The crate's own `error` and `warning` append a stack trace where `RUST_BACKTRACE` is set; a user of Terraform has no use
/// for it.
pub trait AddDiagnostic {
    /// Adds an error on `path`.
    fn add_attribute_error(
        &mut self,
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        path: AttributePath,
    );

    /// Adds a warning on `path`.
    fn add_attribute_warning(
        &mut self,
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        path: AttributePath,
    );
}

impl AddDiagnostic for Diagnostics {
    fn add_attribute_error(
        &mut self,
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        path: AttributePath,
    ) {
        self.errors.push(Diagnostic {
            summary: summary.into(),
            detail: detail.into(),
            attribute: path,
        });
    }

    fn add_attribute_warning(
        &mut self,
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        path: AttributePath,
    ) {
        self.warnings.push(Diagnostic {
            summary: summary.into(),
            detail: detail.into(),
            attribute: path,
        });
    }
}
