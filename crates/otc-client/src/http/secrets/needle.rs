//! The texts to search for: secrets and parts of them.

use secrecy::{ExposeSecret, SecretString};

/// Length in bytes from which on a secret is removed everywhere; a shorter one only if it is not part of a longer word.
const ANYWHERE_FROM: usize = 8;
/// Length in bytes up to which a secret is removed only as a value: in quotes, or after `:` or `=`. If secrets of one or two
/// characters were removed as words, every sentence would lose words, and the secret could still be guessed.
const VALUE_UP_TO: usize = 2;
/// Length of the shortest line of a private key that is searched for by itself.
const SHORTEST_LINE: usize = 16;

/// The positions at which a secret counts as found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Anywhere.
    Anywhere,
    /// Not next to a letter or digit.
    WholeWord,
    /// As a value.
    WholeValue,
}

/// A text to search for.
pub(super) struct Needle {
    pub text: SecretString,
    pub place: Where,
}

impl Needle {
    fn new(text: &str) -> Self {
        Self {
            place: match text.len() {
                ANYWHERE_FROM.. => Where::Anywhere,
                0..=VALUE_UP_TO => Where::WholeValue,
                _ => Where::WholeWord,
            },
            text: text.into(),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.text.expose_secret().as_bytes()
    }

    /// Returns whether it counts as found at `start..end` of `text`.
    pub fn fits(&self, text: &[u8], start: usize, end: usize) -> bool {
        let before = start.checked_sub(1).and_then(|at| text.get(at)).copied();
        let after = text.get(end).copied();
        match self.place {
            Where::Anywhere => true,
            Where::WholeWord => self.begins_well(before) && after.is_none_or(|byte| !byte.is_ascii_alphanumeric()),
            Where::WholeValue => {
                self.begins_well(before) && after.is_none_or(|byte| b"\"'`<&,;}])\r\n".contains(&byte))
            }
        }
    }

    /// Returns whether it may begin after `before`.
    pub fn begins_well(&self, before: Option<u8>) -> bool {
        match self.place {
            Where::Anywhere => true,
            Where::WholeWord => before.is_none_or(|byte| !byte.is_ascii_alphanumeric()),
            Where::WholeValue => before.is_none_or(|byte| b"\"'`>=:\r\n".contains(&byte)),
        }
    }
}

/// Returns the texts to search for, so that `secret` is also found trimmed, on one line, or line by line.
pub(super) fn needles(secret: &str) -> Vec<Needle> {
    let trimmed = secret.trim();
    if trimmed.is_empty() {
        return Vec::new();
    }
    let mut found = vec![Needle::new(trimmed)];
    if trimmed.contains(char::is_whitespace) {
        // Messages are joined to one line before they are shown.
        found.push(Needle::new(&trimmed.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    if trimmed.contains('\n') {
        let lines = trimmed.lines().map(str::trim);
        let telling = lines.filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
        found.extend(telling.map(Needle::new));
    }
    found
}
