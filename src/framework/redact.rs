//! What keeps secrets from leaving the process.

use std::borrow::Cow;

/// Takes secrets out of text that leaves the process.
///
/// The provider knows its secrets and the framework knows the exits: log lines, diagnostics, progress messages, values that
/// Terraform stores.
pub trait Redact: Send + Sync + 'static {
    /// `text` without secrets, for people to read.
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str>;

    /// `text` without secrets, for the state. A value that is changed for a coincidence would be wrong, so this may leave
    /// what is likely an ordinary word.
    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str>;
}

/// Takes nothing out: for a provider without secrets.
#[derive(Debug, Clone, Copy)]
pub struct NothingToRedact;

impl Redact for NothingToRedact {
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }

    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }
}
