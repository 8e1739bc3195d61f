//! The register of secrets, and the search for them in text that leaves the process.
//!
//! A service, a proxy or a gateway may repeat what it received, in an error message, a page or a header. All output (log lines,
//! diagnostics, progress messages, values for the state) is therefore searched for every secret that the process was given or
//! that was issued to it, in the usual notations of text.

mod needle;
mod notation;
mod search;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use secrecy::{ExposeSecret, SecretString};

use needle::{Needle, needles};

/// Issued tokens that are remembered. A token lives a day at most; a process that outlives so many has long forgotten the
/// first.
const MOST_ISSUED: usize = 256;

/// From how many bytes on a secret is removed from values that Terraform stores. Shorter ones may be ordinary words, and a
/// value that is changed for a coincidence would be wrong.
const STORED_FROM: usize = 16;

/// A register of secrets; clones share it.
///
/// It keeps each secret once, in memory that is zeroed when it is dropped.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Register>>);

#[derive(Default)]
struct Register {
    given: Vec<Needle>,
    issued: Vec<Needle>,
    open: BTreeSet<String>,
}

impl Register {
    fn needles(&self) -> impl Iterator<Item = &Needle> {
        self.given
            .iter()
            .chain(&self.issued)
            .filter(|needle| !self.open.contains(needle.text.expose_secret()))
    }

    fn knows(&self, needle: &Needle) -> bool {
        let text = needle.text.expose_secret();
        self.given
            .iter()
            .chain(&self.issued)
            .any(|known| known.text.expose_secret() == text)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets")
    }
}

impl Secrets {
    /// Registers a secret that the configuration gives, for the life of the process. Private keys and other texts of several
    /// lines are found as a whole and line by line.
    pub fn given(&self, secret: &SecretString) {
        let mut register = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for needle in needles(secret.expose_secret()) {
            if !register.knows(&needle) {
                register.given.push(needle);
            }
        }
    }

    /// Registers a secret that a service issued, such as a token. It stays registered after it was replaced, because it may
    /// still be repeated.
    pub fn issued(&self, secret: &str) {
        for needle in needles(secret) {
            // Every answer is looked at, and most bring a token that is known: that takes no exclusive lock.
            if self.0.read().unwrap_or_else(PoisonError::into_inner).knows(&needle) {
                continue;
            }
            let mut register = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if register.issued.len() >= MOST_ISSUED {
                register.issued.remove(0);
            }
            register.issued.push(needle);
        }
    }

    /// Registers a value that the configuration shows openly, such as the name of the user. A secret that equals one is not
    /// removed: removing it wherever the name stands would say what the secret is.
    pub fn open(&self, value: &str) {
        let mut register = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !register.open.contains(value) {
            register.open.insert(value.to_owned());
        }
    }

    /// `text` without secrets, for people: a log line, a diagnostic.
    pub fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let register = self.0.read().unwrap_or_else(PoisonError::into_inner);
        search::redact(text, register.needles())
    }

    /// `text` without secrets of 16 and more bytes, for what Terraform stores.
    pub fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // No notation is shorter than the secret itself.
        if text.len() < STORED_FROM {
            return Cow::Borrowed(text);
        }
        let register = self.0.read().unwrap_or_else(PoisonError::into_inner);
        search::redact(
            text,
            register.needles().filter(|needle| needle.bytes().len() >= STORED_FROM),
        )
    }
}
