use super::*;
use crate::schema::attributes;

#[test]
fn attributes_are_equal_if_they_are_the_same_to_terraform() {
    let base = || Attribute::string("a").doc("Text.");
    let behaviour = base().equivalent(|_, _| true).requires_replace().changes_with(&["b"]);
    assert_eq!(base(), base());
    assert_eq!(base(), behaviour, "behaviour cannot be compared");
    let default = |text: &str| base().default(text);
    let pairs = [
        ("name", base(), Attribute::string("b").doc("Text.")),
        ("type", base(), Attribute::number("a").doc("Text.")),
        ("constraint", base(), base().required()),
        ("description", base(), base().doc("Another text.")),
        ("sensitive", base(), base().sensitive()),
        ("write-only", base(), base().write_only()),
        ("deprecation", base(), base().deprecated("Use b.")),
        ("default", default("x"), default("y")),
    ];
    for (property, one, other) in pairs {
        assert_ne!(one, other, "{property}");
        assert_eq!(other, other.clone(), "{property}");
    }
}

#[test]
fn a_new_attribute_is_optional_and_has_its_type() {
    let inner = || attributes([Attribute::string("a")]);
    let strings = || Box::new(AttributeType::String);
    for (attribute, ty) in [
        (Attribute::string("x"), AttributeType::String),
        (Attribute::number("x"), AttributeType::Number),
        (Attribute::bool("x"), AttributeType::Bool),
        (Attribute::any("x"), AttributeType::Any),
        (Attribute::list_of_strings("x"), AttributeType::List(strings())),
        (Attribute::set_of_strings("x"), AttributeType::Set(strings())),
        (Attribute::map_of_strings("x"), AttributeType::Map(strings())),
        (Attribute::object("x", inner()), AttributeType::AttributeSingle(inner())),
        (
            Attribute::list_of_objects("x", inner()),
            AttributeType::AttributeList(inner()),
        ),
        (
            Attribute::set_of_objects("x", inner()),
            AttributeType::AttributeSet(inner()),
        ),
    ] {
        assert_eq!(attribute.attr_type, ty);
        assert_eq!(attribute.constraint, AttributeConstraint::Optional, "{ty}");
        assert!(
            !attribute.sensitive && !attribute.write_only && attribute.deprecation.is_none(),
            "{ty}"
        );
    }
}

#[test]
fn an_attribute_with_a_value_of_its_own_is_optional_and_computed() {
    use AttributeConstraint::{Computed, Optional, OptionalComputed, Required};
    let attribute = || Attribute::string("a");
    for (attribute, constraint, computed) in [
        (attribute(), Optional, false),
        (attribute().required(), Required, false),
        (attribute().computed(), Computed, true),
        (attribute().optional_computed(), OptionalComputed, true),
        (attribute().default("x"), OptionalComputed, true),
        (attribute().initial_value(|_| "x".into()), OptionalComputed, true),
    ] {
        assert_eq!(attribute.constraint, constraint);
        assert_eq!(attribute.is_computed(), computed, "{constraint:?}");
    }
}

#[test]
fn only_known_values_are_compared_for_equivalence() {
    let unknown = RawValue::UNKNOWN;
    let text = RawValue::from("x");
    let attribute = Attribute::string("a").equivalent(|a, b| {
        assert!(!a.is_unknown() && !b.is_unknown());
        true
    });
    assert!(attribute.same(&text, &"y".into()));
    assert!(attribute.same(&text, &RawValue::Null));
    for (a, b) in [(&unknown, &text), (&text, &unknown), (&unknown, &unknown)] {
        assert!(!attribute.same(a, b));
    }
    let plain = Attribute::string("a");
    assert!(plain.same(&text, &text) && !plain.same(&text, &"y".into()));
}

#[test]
fn the_description_says_that_a_change_replaces_the_object() {
    let attribute = Attribute::string("a").doc("Text.");
    assert_eq!(attribute.full_description("backup").content, "Text.");
    assert_eq!(
        attribute.requires_replace().full_description("backup").content,
        "Text. Changing this creates a new backup."
    );
}

#[test]
fn a_type_is_shown_as_the_protocol_writes_it() {
    let inner = || attributes([Attribute::bool("b"), Attribute::string("a")]);
    let strings = || Box::new(AttributeType::String);
    let object = AttributeType::Object([("a".to_owned(), AttributeType::Bool)].into());
    for (ty, text) in [
        (AttributeType::String, r#""string""#),
        (AttributeType::Number, r#""number""#),
        (AttributeType::Bool, r#""bool""#),
        (AttributeType::Any, r#""dynamic""#),
        (AttributeType::List(strings()), r#"["list","string"]"#),
        (AttributeType::Set(strings()), r#"["set","string"]"#),
        (AttributeType::Map(strings()), r#"["map","string"]"#),
        (AttributeType::Tuple(vec![AttributeType::Bool]), r#"["tuple",["bool"]]"#),
        (object, r#"["object",{"a":"bool"}]"#),
        (
            AttributeType::AttributeSingle(inner()),
            r#"["object",{"a":"string","b":"bool"}]"#,
        ),
        (
            AttributeType::AttributeList(inner()),
            r#"["list",["object",{"a":"string","b":"bool"}]]"#,
        ),
        (
            AttributeType::AttributeSet(inner()),
            r#"["set",["object",{"a":"string","b":"bool"}]]"#,
        ),
        (
            AttributeType::AttributeMap(inner()),
            r#"["map",["object",{"a":"string","b":"bool"}]]"#,
        ),
    ] {
        assert_eq!(ty.to_string(), text);
    }
}
