//! What keeps secrets from leaving the process.

use std::borrow::Cow;

use super::printable;

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

/// `text` as a person may read it on a terminal: without secrets, and with nothing in it that acts on the terminal.
#[must_use]
pub fn readable(redact: &dyn Redact, text: &str) -> String {
    // Secrets first: they are known as they are, not as they are written out.
    printable(&redact.shown(text)).into_owned()
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
