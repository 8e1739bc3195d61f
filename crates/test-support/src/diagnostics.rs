//! Assertions on diagnostics.

use terraform_plugin::Diagnostics;

/// Summary and detail of every error, one a line.
pub fn errors(diags: &Diagnostics) -> String {
    let texts = diags
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.summary, error.detail));
    texts.collect::<Vec<_>>().join("\n")
}

/// Fails with the errors, if there are any.
#[track_caller]
pub fn assert_no_errors(diags: &Diagnostics) {
    assert!(diags.errors.is_empty(), "{}", errors(diags));
}
