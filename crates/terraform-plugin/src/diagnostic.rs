//! Diagnostics with the given text only.

use std::borrow::Cow;

use super::{AttributePath, Diagnostic, Diagnostics};

/// Adds diagnostics that have exactly the given text.
///
/// The methods `error` and `warning` of `tf_provider::Diagnostics` append a stack trace when `RUST_BACKTRACE` is set, which
/// does not help a user of Terraform.
pub trait AddDiagnostic {
    /// Adds an error about the attribute at `path`. [`AttributePath::root`] means no attribute.
    fn add_attribute_error(
        &mut self,
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        path: AttributePath,
    );

    /// Adds a warning about the attribute at `path`. [`AttributePath::root`] means no attribute.
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
