use std::collections::BTreeMap;

use otc_client::csbs::is_valid_id;
use proptest::prelude::*;
use terraform_plugin::{RawValue, Refinement};

use super::*;

fn problems(value: RawValue, checks: Vec<Check>) -> Vec<String> {
    found(&value, string("Wrong", checks))
        .into_iter()
        .map(|(_, detail)| detail)
        .collect()
}

/// Paths and details of the errors.
fn found(value: &RawValue, validator: impl Fn(&RawValue, &AttributePath, &mut Diagnostics)) -> Vec<(String, String)> {
    let mut diags = Diagnostics::default();
    validator(value, &AttributePath::new("a"), &mut diags);
    let errors = diags.errors.into_iter();
    errors
        .map(|error| (error.attribute.to_string(), error.detail.into_owned()))
        .collect()
}

fn map(elements: &[(&str, RawValue)]) -> RawValue {
    RawValue::Map(
        elements
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
    )
}

#[test]
fn length_counts_characters_not_bytes() {
    assert_eq!(problems("äöü".into(), vec![length(1..=3)]), Vec::<String>::new());
    assert_eq!(
        problems("äöüß".into(), vec![length(1..=3)]),
        ["It must have 1 to 3 characters; it has 4."]
    );
    assert_eq!(problems("".into(), vec![length(1..=3)]), ["It must not be empty."]);
}

#[test]
fn letters_are_ascii_only() {
    let check = || vec![letters_digits_and("-_")];
    assert_eq!(problems("a_b-9".into(), check()), Vec::<String>::new());
    for wrong in ["ä", "a b", "a.b", "a\u{0}", "１"] {
        assert_eq!(problems(wrong.into(), check()).len(), 1, "{wrong:?}");
    }
}

#[test]
fn every_failed_check_is_reported() {
    let found = problems(" a>".into(), vec![length(1..=2), without("<>"), no_surrounding_space()]);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn no_check_quotes_the_value() {
    let checks = vec![
        length(1..=2),
        letters_digits_and("-_"),
        without("<>"),
        one_of(&["x"]),
        no_surrounding_space(),
    ];
    let count = checks.len();
    let found = problems(" LEAK<value>ü ".into(), checks);
    assert_eq!(found.len(), count);
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
fn null_and_unknown_values_are_valid_text() {
    for value in [
        RawValue::Null,
        RawValue::UNKNOWN,
        RawValue::Unknown(Some(Refinement(vec![1]))),
    ] {
        let checks = vec![length(5..=6), one_of(&["x"])];
        assert_eq!(problems(value, checks), Vec::<String>::new());
    }
}

#[test]
fn an_id_cannot_change_the_path_of_a_url() {
    for wrong in ["", "a/b", "../x", "a?b=c", "a#b", "a%2f", "a\nb", ".", ".."] {
        assert!(!problems(wrong.into(), id()).is_empty(), "{wrong:?}");
    }
    assert!(problems("9506416d-db6c-406e-8bca-c0f43793d914".into(), id()).is_empty());
}

proptest! {
    #[test]
    fn the_validator_of_ids_is_the_rule_of_the_client(text in "[-a-zA-Z0-9_./ä%]{0,6}|[a-f0-9-]{120,140}") {
        prop_assert_eq!(problems(text.as_str().into(), id()).is_empty(), is_valid_id(&text));
    }
}

#[test]
fn elements_and_keys_are_reported_on_their_own_path() {
    let ids = || each_element(string("Wrong", id()));
    let list = RawValue::List(vec!["a".into(), RawValue::UNKNOWN, "b/".into()]);
    assert_eq!(found(&list, ids())[0].0, "a[2]");
    let elements = map(&[("b", "/".into()), ("/", "a".into())]);
    assert_eq!(found(&elements, ids())[0].0, "a[\"b\"]");
    assert_eq!(found(&elements, each_key("Wrong", id()))[0].0, "a[\"/\"]");
}

#[test]
fn an_empty_collection_is_reported() {
    let validator = || not_empty("Empty", "Name one.");
    for empty in [RawValue::List(vec![]), RawValue::Map(BTreeMap::new())] {
        assert_eq!(found(&empty, validator())[0].1, "Name one.");
    }
    assert!(found(&RawValue::List(vec![RawValue::Null]), validator()).is_empty());
}

#[test]
fn a_number_must_be_whole_and_in_range() {
    let count = |value: RawValue| found(&value, whole_number("Wrong", -1..=5)).len();
    for valid in [-1, 5] {
        assert_eq!(count(valid.into()), 0);
    }
    assert_eq!([count((-2).into()), count(6.into()), count(1.5.into())], [1, 1, 1]);
}

#[test]
fn limits_of_tags_are_exact() {
    let tag = |key: usize, value: usize| {
        let element = map(&[(&"k".repeat(key), "v".repeat(value).into())]);
        found(&element, tags()).len()
    };
    assert_eq!(
        [tag(1, 0), tag(36, 43), tag(37, 43), tag(36, 44), tag(0, 0)],
        [0, 0, 1, 1, 1]
    );
    let many = |count: usize| RawValue::Map((0..count).map(|i| (format!("k{i}"), "v".into())).collect());
    assert_eq!([found(&many(10), tags()).len(), found(&many(11), tags()).len()], [0, 1]);
}

#[test]
fn a_tag_with_surrounding_space_or_without_a_value_is_one_problem() {
    for element in [(" k", RawValue::from("v")), ("k", "v ".into()), ("k", RawValue::Null)] {
        assert_eq!(found(&map(&[element]), tags()).len(), 1);
    }
    assert!(found(&map(&[("k", RawValue::UNKNOWN)]), tags()).is_empty());
}

#[test]
fn a_wrong_timeout_is_not_quoted() {
    let problems = found(&"LEAK-limit".into(), timeout());
    assert!(
        !problems[0].1.contains("LEAK") && problems[0].1.contains("1h30m"),
        "{problems:?}"
    );
    assert!(found(&"90m".into(), timeout()).is_empty());
}

#[test]
fn an_error_of_a_tag_names_its_key_and_shows_its_value_unless_that_may_be_a_secret() {
    let detail = |key: &str, value: &str| {
        let mut diags = Diagnostics::default();
        tags()(&map(&[(key, value.into())]), &AttributePath::new("tags"), &mut diags);
        assert_eq!(diags.errors.len(), 1, "{diags:?}");
        diags.errors[0].detail.to_string()
    };
    assert!(detail("env", "b c").starts_with("The value of tag \"env\" is \"b c\". "));
    for plain in ["R&D (web)", "web.example.com", "2026/11", "Büro"] {
        assert!(detail("env", plain).contains(plain), "{plain}");
    }
    assert!(detail("a.b", "v").starts_with("The tag key is \"a.b\". "));
    let long = "v".repeat(65);
    for (key, value) in [
        ("db_password", "b c"),
        ("env", "s3cr3t.pw"),
        ("env", "p@ssword"),
        ("env", "hunter2!"),
        ("env", "1234 5678901"),
        ("env", &long),
    ] {
        let detail = detail(key, value);
        assert!(detail.contains(key) && !detail.contains(value), "{detail}");
    }
}
