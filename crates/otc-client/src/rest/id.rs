//! The rule for IDs. The service's own are UUIDs; the rule also takes other names of the same characters, and keeps an ID from
//! changing the path of a URL.

/// Most characters of an ID.
pub const MAX_ID_LENGTH: usize = 128;

/// Characters of an ID besides ASCII letters and digits.
pub const ID_PUNCTUATION: &str = "-_";

/// Whether `id` has 1 to [`MAX_ID_LENGTH`] characters, each an ASCII letter, a digit or one of [`ID_PUNCTUATION`].
pub fn is_valid_id(id: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&id.len())
        && id
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || ID_PUNCTUATION.contains(character))
}
