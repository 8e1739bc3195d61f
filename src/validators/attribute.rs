//! Validators for [`Attribute::validate`](terraform_plugin::Attribute::validate).

use std::ops::RangeInclusive;

use terraform_plugin::{AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue};

use super::{Check, check::has_surrounding_space, length, letters_digits_and, no_surrounding_space, report};
use crate::duration;

/// Most tags of a backup or policy.
pub const MAX_TAGS: usize = 10;

/// A text that passes all `checks`; each that it fails is an error under `summary`.
pub fn string(
    summary: &'static str,
    checks: impl IntoIterator<Item = Check>,
) -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    let checks: Vec<Check> = checks.into_iter().collect();
    move |value, path, diags| {
        if let Some(text) = value.as_str() {
            report(diags, summary, path, text, &checks);
        }
    }
}

/// A list or map each of whose known elements passes `validator`, on the element's path.
pub fn each_element(
    validator: impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static,
) -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    move |value, path, diags| {
        for (index, element) in value.as_list().into_iter().flatten().enumerate() {
            let index = i64::try_from(index).unwrap_or(i64::MAX);
            validator(element, &path.clone().index(index), diags);
        }
        for (key, element) in value.as_map().into_iter().flatten() {
            validator(element, &path.clone().key(key.clone()), diags);
        }
    }
}

/// A set each of whose known elements passes `validator`. Problems are on the path of the set, because the protocol has no path
/// for an element of a set.
pub fn each_member(
    validator: impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static,
) -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    move |value, path, diags| {
        for element in value.as_list().into_iter().flatten() {
            validator(element, path, diags);
        }
    }
}

/// A map each of whose keys passes all `checks`, on the element's path.
pub fn each_key(
    summary: &'static str,
    checks: impl IntoIterator<Item = Check>,
) -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    let checks: Vec<Check> = checks.into_iter().collect();
    move |value, path, diags| {
        for key in value.as_map().into_iter().flatten().map(|(key, _)| key) {
            report(diags, summary, &path.clone().key(key.clone()), key, &checks);
        }
    }
}

/// A list, set or map with at least one element.
pub fn not_empty(
    summary: &'static str,
    detail: &'static str,
) -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    move |value, path, diags| {
        let is_empty =
            value.as_list().is_some_and(<[RawValue]>::is_empty) || value.as_map().is_some_and(|map| map.is_empty());
        if is_empty {
            diags.add_attribute_error(summary, detail, path.clone());
        }
    }
}

/// A whole number in `range`.
pub fn whole_number(
    summary: &'static str,
    range: RangeInclusive<i64>,
) -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    move |value, path, diags| {
        if !value.as_i64().is_some_and(|number| range.contains(&number)) {
            diags.add_attribute_error(
                summary,
                format!("It must be a whole number from {} to {}.", range.start(), range.end()),
                path.clone(),
            );
        }
    }
}

/// A positive duration such as `90m`.
pub fn timeout() -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    |value, path, diags| {
        if let Some(text) = value.as_str()
            && let Err(error) = duration::parse(text)
        {
            diags.add_attribute_error(
                "The timeout is not valid",
                format!("The value cannot be used: {error}."),
                path.clone(),
            );
        }
    }
}

/// Tags of a backup or policy: how many, their keys and their values.
pub fn tags() -> impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static {
    |value, path, diags| {
        let Some(tags) = value.as_map() else { return };
        if tags.len() > MAX_TAGS {
            diags.add_attribute_error(
                "There are too many tags",
                format!("There can be at most {MAX_TAGS} tags; there are {}.", tags.len()),
                path.clone(),
            );
        }
        for (key, value) in tags {
            let path = path.clone().key(key.clone());
            let subject = format!("The tag key is {key:?}. ");
            tag_text(diags, ("The tag key is not valid", &subject), &path, key, 1..=36);
            match value {
                RawValue::Null => diags.add_attribute_error(
                    "The tag value is not valid",
                    format!("The value of tag {key:?} is null. Write \"\" for an empty value, or leave the key out."),
                    path,
                ),
                RawValue::String(text) => {
                    let subject = describe_tag_value(key, text);
                    tag_text(diags, ("The tag value is not valid", &subject), &path, text, 0..=43);
                }
                _ => {}
            }
        }
    }
}

/// Longest tag value that a message quotes, in characters.
const MAX_QUOTED: usize = 64;

/// A sentence with the key of a tag and its value. The protocol does not say which values are sensitive, so a value is left out if
/// it or its key looks like a secret: see [`may_be_secret`].
fn describe_tag_value(key: &str, value: &str) -> String {
    if may_be_secret(key, value) {
        format!("The value of tag {key:?} is not shown, because it may be a secret. ")
    } else {
        format!("The value of tag {key:?} is {value:?}. ")
    }
}

/// Returns whether a key or value looks like a secret: the key has a word such as "password", or the value is long or is not plain
/// text. Nothing tells a passphrase of ordinary words from plain text.
fn may_be_secret(key: &str, value: &str) -> bool {
    const WORDS: [&str; 7] = ["pass", "pwd", "secret", "token", "key", "credential", "auth"];
    let key = key.to_ascii_lowercase();
    WORDS.iter().any(|word| key.contains(word))
        || value.chars().count() > MAX_QUOTED
        || !value.split(is_separator).all(is_plain_word)
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || "-_./:,&()".contains(character)
}

/// Returns whether a word is a short number, or short enough to be a word of a language. Passwords and tokens mix letters with
/// digits and other characters.
fn is_plain_word(word: &str) -> bool {
    let is_number = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    is_number || (word.chars().count() <= 20 && word.chars().all(char::is_alphabetic))
}

/// Surrounding white space gets a diagnostic of its own, and not a second one that calls it a forbidden character.
fn tag_text(
    diags: &mut Diagnostics,
    (summary, subject): (&str, &str),
    path: &AttributePath,
    text: &str,
    characters: RangeInclusive<usize>,
) {
    let before = diags.errors.len();
    if has_surrounding_space(text) {
        report(diags, summary, path, text, &[no_surrounding_space()]);
    } else {
        report(
            diags,
            summary,
            path,
            text,
            &[length(characters), letters_digits_and("-_")],
        );
    }
    for error in diags.errors.iter_mut().skip(before) {
        error.detail = format!("{subject}{}", error.detail).into();
    }
}

/// Validates that `extra_info` is an object; of an unknown value only the type can be known.
pub fn additional_information(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    let is_object = match value {
        RawValue::Map(_) => true,
        RawValue::Typed(kind, value) => match &**value {
            RawValue::Null | RawValue::Map(_) => true,
            RawValue::Unknown(_) => matches!(
                &**kind,
                AttributeType::Any | AttributeType::Object(_) | AttributeType::Map(_)
            ),
            _ => false,
        },
        _ => false,
    };
    if !is_object {
        diags.add_attribute_error(
            "The additional information is not valid",
            "It must be an object, such as { key = \"value\" }, because the service takes a JSON object.",
            path.clone(),
        );
    }
}
