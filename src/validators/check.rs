//! Checks of one text.

use std::ops::RangeInclusive;

use otc_client::csbs::{ID_PUNCTUATION, MAX_ID_LENGTH, SERVER_TYPE};

/// Checks one known text. The error is a sentence that says what is wrong, without the text.
pub type Check = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// The number of characters is in `range`.
#[must_use]
pub fn length(range: RangeInclusive<usize>) -> Check {
    Box::new(move |text| {
        let count = text.chars().count();
        if range.contains(&count) {
            return Ok(());
        }
        if text.is_empty() {
            return Err("It must not be empty.".to_owned());
        }
        Err(format!(
            "It must have {} to {} characters; it has {count}.",
            range.start(),
            range.end()
        ))
    })
}

/// Every character is an ASCII letter, a digit or one of `others`.
#[must_use]
pub fn letters_digits_and(others: &'static str) -> Check {
    Box::new(move |text| {
        match text
            .chars()
            .position(|c| !c.is_ascii_alphanumeric() && !others.contains(c))
        {
            None => Ok(()),
            Some(at) => Err(format!(
                "It can contain only the letters A to Z and a to z, digits and {}; character {} is another.",
                quoted_list(others),
                at + 1
            )),
        }
    })
}

/// No character is one of `forbidden`.
#[must_use]
pub fn without(forbidden: &'static str) -> Check {
    Box::new(move |text| match text.chars().position(|c| forbidden.contains(c)) {
        None => Ok(()),
        Some(at) => Err(format!(
            "It must not contain {}; character {} is one of them.",
            quoted_list(forbidden),
            at + 1
        )),
    })
}

/// The text is one of `words`.
#[must_use]
pub fn one_of(words: &'static [&'static str]) -> Check {
    Box::new(move |text| {
        if words.contains(&text) {
            return Ok(());
        }
        let known = words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>();
        Err(format!("It must be {}.", known.join(" or ")))
    })
}

/// The text neither begins nor ends with white space.
#[must_use]
pub fn no_surrounding_space() -> Check {
    Box::new(|text| {
        if has_surrounding_space(text) {
            return Err(
                "It begins or ends with white space, which the service would remove. Write it without.".to_owned(),
            );
        }
        Ok(())
    })
}

/// An ID of the service, by the client's rule.
#[must_use]
pub fn id() -> Vec<Check> {
    vec![length(1..=MAX_ID_LENGTH), letters_digits_and(ID_PUNCTUATION)]
}

/// The name of a backup, a policy or a scheduled operation.
#[must_use]
pub fn object_name() -> Vec<Check> {
    vec![length(1..=255), letters_digits_and("_-")]
}

/// The name of a backup in a vault.
#[must_use]
pub fn vault_backup_name() -> Vec<Check> {
    vec![length(1..=64), letters_digits_and("_-")]
}

/// The description of a backup, a policy or a scheduled operation.
#[must_use]
pub fn object_description() -> Vec<Check> {
    vec![length(0..=255), without("<>")]
}

/// The resource type of what can be backed up.
#[must_use]
pub fn server_type() -> Vec<Check> {
    vec![one_of(&[SERVER_TYPE])]
}

pub(super) fn has_surrounding_space(text: &str) -> bool {
    text.trim() != text
}

fn quoted_list(characters: &str) -> String {
    let quoted = characters.chars().map(|c| format!("`{c}`")).collect::<Vec<_>>();
    quoted.join(" and ")
}
