//! Removal of secrets from everything that leaves the process.

use std::borrow::Cow;

use super::printable;

/// Removes secrets from text that leaves the process.
///
/// The provider knows its secrets. The framework calls this trait for all text that it emits: log lines, diagnostics,
/// progress messages, errors of functions, and values that Terraform stores.
pub trait Redact: Send + Sync + 'static {
    /// Returns `text` without secrets, for people to read.
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str>;

    /// Returns `text` without secrets, for the state. A wrong match would falsify the state, so this may keep secrets that are
    /// so short that they match by coincidence.
    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str>;
}

/// Returns `text` without secrets and without characters that act on a terminal.
#[must_use]
pub fn readable(redact: &dyn Redact, text: &str) -> String {
    // Secrets first, since escaping could change them.
    printable(&redact.shown(text)).into_owned()
}

/// Removes nothing, for a provider without secrets.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Removes a secret that contains an escape character.
    struct Hush;

    impl Redact for Hush {
        fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
            text.replace("hu\u{1b}sh", "[removed]").into()
        }

        fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
            Cow::Borrowed(text)
        }
    }

    #[test]
    fn a_secret_with_an_escape_character_is_removed_before_that_is_escaped() {
        assert_eq!(readable(&Hush, "a hu\u{1b}sh \u{1b}b"), "a [removed] \\u{1b}b");
    }

    #[test]
    fn a_provider_without_secrets_changes_no_text() {
        for text in ["", "text", "[removed]"] {
            assert_eq!(NothingToRedact.shown(text), text);
            assert_eq!(NothingToRedact.stored(text), text);
        }
    }
}
