//! What is looked for: a secret, or a part of it that would be as bad to show.

use secrecy::{ExposeSecret, SecretString};

/// From how many bytes on a secret is removed wherever it occurs; a shorter one only where it is not part of a longer word.
const ANYWHERE_FROM: usize = 8;
/// Up to how many bytes a secret is removed only where a value stands: quoted, or after `:` or `=`. As a word of its own, a
/// secret of one or two characters would empty every sentence and still be guessed.
const VALUE_UP_TO: usize = 2;
/// Lines of a private key that are shorter say too little to be looked for by themselves.
const SHORTEST_LINE: usize = 16;

/// Where a secret counts as found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Anywhere.
    Anywhere,
    /// Where no letter or digit adjoins.
    WholeWord,
    /// Where a value stands.
    WholeValue,
}

/// One text to look for.
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

    /// Whether it may stand at `start..end` of `text`.
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

    /// Whether it may begin after `before`.
    pub fn begins_well(&self, before: Option<u8>) -> bool {
        match self.place {
            Where::Anywhere => true,
            Where::WholeWord => before.is_none_or(|byte| !byte.is_ascii_alphanumeric()),
            Where::WholeValue => before.is_none_or(|byte| b"\"'`>=:\r\n".contains(&byte)),
        }
    }
}

/// What to look for so that `secret` is found also without the blanks around it, on one line, or line by line.
pub(super) fn needles(secret: &str) -> Vec<Needle> {
    let trimmed = secret.trim();
    if trimmed.is_empty() {
        return Vec::new();
    }
    let mut found = vec![Needle::new(trimmed)];
    if trimmed.contains(char::is_whitespace) {
        // Messages are put on one line before they are shown.
        found.push(Needle::new(&trimmed.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    if trimmed.contains('\n') {
        let lines = trimmed.lines().map(str::trim);
        let telling = lines.filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
        found.extend(telling.map(Needle::new));
    }
    found
}
