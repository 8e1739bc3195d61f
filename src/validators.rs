//! Checks of configured values: small, combined at will, each says what is wrong in one sentence.
//!
//! No text quotes the value that it is about: it may be marked sensitive, which the protocol does not say. Terraform shows the
//! place in the configuration, and the value where it may be shown.
//!
//! A value that is null or unknown (refined or not) passes every check: what is not known yet cannot be wrong yet.

use std::ops::RangeInclusive;

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

/// Looks at one known text; the error says what is wrong with it.
pub type Check = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// Reports every check that `value` does not pass, on `path`, under `summary`.
pub fn text(diags: &mut Diagnostics, summary: &str, path: &AttributePath, value: &RawValue, checks: &[Check]) {
    if let Some(text) = value.as_str() {
        report(diags, summary, path, text, checks);
    }
}

/// Reports every check that `text` does not pass, on `path`, under `summary`.
pub fn report(diags: &mut Diagnostics, summary: &str, path: &AttributePath, text: &str, checks: &[Check]) {
    for check in checks {
        if let Err(problem) = check(text) {
            diags.add_attribute_error(summary.to_owned(), problem, path.clone());
        }
    }
}

/// The text has so many characters.
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

/// The text holds only ASCII letters, digits and the characters of `others`.
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
                listed(others),
                at + 1
            )),
        }
    })
}

/// The text holds none of the characters.
#[must_use]
pub fn without(forbidden: &'static str) -> Check {
    Box::new(move |text| match text.chars().position(|c| forbidden.contains(c)) {
        None => Ok(()),
        Some(at) => Err(format!(
            "It must not contain {}; character {} is one of them.",
            listed(forbidden),
            at + 1
        )),
    })
}

/// The text is one of a few words.
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

/// The text neither begins nor ends with a blank.
#[must_use]
pub fn no_blanks_around() -> Check {
    Box::new(|text| {
        if text.trim() == text {
            Ok(())
        } else {
            Err("It begins or ends with a blank, which the service would cut off. Write it without.".to_owned())
        }
    })
}

/// The text can stand in a URL as an ID: 1 to 128 letters, digits, `-` and `_`.
#[must_use]
pub fn id() -> Vec<Check> {
    vec![length(1..=128), letters_digits_and("-_")]
}

fn listed(characters: &str) -> String {
    let quoted = characters.chars().map(|c| format!("`{c}`")).collect::<Vec<_>>();
    quoted.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_plugin::Refinement;

    fn problems(value: RawValue, checks: &[Check]) -> Vec<String> {
        let mut diags = Diagnostics::default();
        text(&mut diags, "Wrong", &AttributePath::new("a"), &value, checks);
        diags.errors.into_iter().map(|d| d.detail.into_owned()).collect()
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(problems("äöü".into(), &[length(1..=3)]), Vec::<String>::new());
        assert_eq!(
            problems("äöüß".into(), &[length(1..=3)]),
            ["It must have 1 to 3 characters; it has 4."]
        );
        assert_eq!(problems("".into(), &[length(1..=3)]), ["It must not be empty."]);
    }

    #[test]
    fn letters_are_ascii_only() {
        assert_eq!(
            problems("a_b-9".into(), &[letters_digits_and("-_")]),
            Vec::<String>::new()
        );
        for wrong in ["ä", "a b", "a.b", "a\u{0}", "１"] {
            assert_eq!(
                problems(wrong.into(), &[letters_digits_and("-_")]).len(),
                1,
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn every_failed_check_is_reported() {
        let found = problems(" a>".into(), &[length(1..=2), without("<>"), no_blanks_around()]);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn no_check_quotes_the_value() {
        let value = " LEAK<value>ü ";
        let checks = [
            length(1..=2),
            letters_digits_and("-_"),
            without("<>"),
            one_of(&["x"]),
            no_blanks_around(),
        ];
        let found = problems(value.into(), &checks);
        assert_eq!(found.len(), checks.len());
        assert!(
            !found
                .iter()
                .any(|problem| problem.contains("LEAK") || problem.contains('ü')),
            "{found:?}"
        );
        assert!(found[1].contains("character 1 "), "{}", found[1]);
        assert!(found[2].contains("character 6 "), "{}", found[2]);
    }

    #[test]
    fn null_and_unknown_pass() {
        for value in [
            RawValue::Null,
            RawValue::UNKNOWN,
            RawValue::Unknown(Some(Refinement(vec![1]))),
        ] {
            assert_eq!(problems(value, &[length(5..=6), one_of(&["x"])]), Vec::<String>::new());
        }
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_a_url() {
        for wrong in ["", "a/b", "../x", "a?b=c", "a#b", "a%2f", "a\nb", ".", ".."] {
            assert!(!problems(wrong.into(), &id()).is_empty(), "{wrong:?}");
        }
        assert!(problems("9506416d-db6c-406e-8bca-c0f43793d914".into(), &id()).is_empty());
    }
}
