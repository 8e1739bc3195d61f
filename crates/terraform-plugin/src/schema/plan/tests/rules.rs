//! The rules in the documentation of [`Schema::plan`], each for an attribute at the top level and inside nested objects.

use super::*;

const NULL: RawValue = RawValue::Null;
const UNKNOWN: RawValue = RawValue::UNKNOWN;

/// Plans a schema as Terraform asks for it: it proposes the prior value of a computed attribute that is not configured.
fn plan(schema: &Schema, prior: Option<&RawValue>, config: &RawValue) -> Planned {
    let mut proposed_state = config.clone();
    for (name, attribute) in &schema.block.attributes {
        if config.get(name).is_null() && attribute.is_computed() {
            proposed_state.set(name, prior.map_or(NULL, |prior| prior.get(name).clone()));
        }
    }
    schema.plan(&Plan {
        prior_state: prior.cloned(),
        proposed_state,
        config: config.clone(),
        prior_private: b"private".to_vec(),
        prior_identity: prior.map(|_| object(&[("id", "1".into())])),
        ..Plan::default()
    })
}

fn optional() -> Attribute {
    Attribute::string("a")
}

fn required() -> Attribute {
    Attribute::string("a").required()
}

fn computed() -> Attribute {
    Attribute::string("a").computed()
}

fn optional_computed() -> Attribute {
    Attribute::string("a").optional_computed()
}

fn with_default() -> Attribute {
    Attribute::string("a").default("default")
}

fn with_initial_value() -> Attribute {
    Attribute::string("a").initial_value(|object| {
        let other = object.get("other").as_str().unwrap_or_default();
        format!("initial of {other}").into()
    })
}

/// A rule for one attribute: its prior value (`None` in a create), its configured value, and its planned value.
type Rule = (&'static str, fn() -> Attribute, Option<RawValue>, RawValue, RawValue);

fn rules() -> Vec<Rule> {
    let (old, new) = (|| RawValue::from("old"), || RawValue::from("new"));
    let initial = || RawValue::from("initial of x");
    vec![
        ("optional, created without a value", optional, None, NULL, NULL),
        ("optional, created with a value", optional, None, new(), new()),
        (
            "optional, created with an unknown value",
            optional,
            None,
            UNKNOWN,
            UNKNOWN,
        ),
        ("optional, added", optional, Some(NULL), new(), new()),
        ("optional, changed", optional, Some(old()), new(), new()),
        (
            "optional, changed to an unknown value",
            optional,
            Some(old()),
            UNKNOWN,
            UNKNOWN,
        ),
        ("optional, removed", optional, Some(old()), NULL, NULL),
        ("required, created", required, None, new(), new()),
        ("required, changed", required, Some(old()), new(), new()),
        ("computed, created", computed, None, NULL, UNKNOWN),
        ("computed, updated", computed, Some(old()), NULL, old()),
        ("computed, updated without a value", computed, Some(NULL), NULL, NULL),
        (
            "optional and computed, created without a value",
            optional_computed,
            None,
            NULL,
            UNKNOWN,
        ),
        (
            "optional and computed, created with a value",
            optional_computed,
            None,
            new(),
            new(),
        ),
        (
            "optional and computed, removed",
            optional_computed,
            Some(old()),
            NULL,
            old(),
        ),
        (
            "optional and computed, changed",
            optional_computed,
            Some(old()),
            new(),
            new(),
        ),
        (
            "optional and computed, unknown",
            optional_computed,
            Some(old()),
            UNKNOWN,
            UNKNOWN,
        ),
        (
            "default, created without a value",
            with_default,
            None,
            NULL,
            "default".into(),
        ),
        ("default, created with a value", with_default, None, new(), new()),
        ("default, removed", with_default, Some(old()), NULL, "default".into()),
        (
            "default, added to a state without a value",
            with_default,
            Some(NULL),
            NULL,
            "default".into(),
        ),
        (
            "default, changed to an unknown value",
            with_default,
            Some(old()),
            UNKNOWN,
            UNKNOWN,
        ),
        (
            "initial value, created without a value",
            with_initial_value,
            None,
            NULL,
            initial(),
        ),
        (
            "initial value, created with a value",
            with_initial_value,
            None,
            new(),
            new(),
        ),
        ("initial value, updated", with_initial_value, Some(old()), NULL, old()),
        (
            "initial value, updated without a value",
            with_initial_value,
            Some(NULL),
            NULL,
            initial(),
        ),
    ]
}

fn with_other(attribute: Attribute) -> [Attribute; 2] {
    [attribute, Attribute::string("other")]
}

fn object_with(value: &RawValue) -> RawValue {
    object(&[("a", value.clone()), ("other", "x".into())])
}

#[test]
fn an_attribute_is_planned_by_its_rule() {
    for (rule, attribute, prior, config, expected) in rules() {
        let schema = Schema::new("").attributes(with_other(attribute()));
        let prior = prior.as_ref().map(object_with);
        let planned = plan(&schema, prior.as_ref(), &object_with(&config));
        assert_eq!(planned.state, object_with(&expected), "{rule}");
    }
}

#[test]
fn an_attribute_of_a_nested_object_is_planned_by_the_same_rule() {
    type Container = (AttributeType, fn(RawValue) -> RawValue);
    for (rule, attribute, prior, config, expected) in rules() {
        let inner = || attributes(with_other(attribute()));
        let containers: [Container; 3] = [
            (AttributeType::AttributeSingle(inner()), |value| value),
            (AttributeType::AttributeList(inner()), |value| list(&[value])),
            (AttributeType::AttributeMap(inner()), |value| object(&[("key", value)])),
        ];
        for (ty, contains) in containers {
            let schema = Schema::new("").attributes([Attribute::new("nested", ty.clone())]);
            let state = |value: &RawValue| object(&[("nested", contains(object_with(value)))]);
            let prior = prior.as_ref().map(state);
            let planned = plan(&schema, prior.as_ref(), &state(&config));
            assert_eq!(planned.state, state(&expected), "{rule} in {ty}");
        }
    }
}

#[test]
fn a_second_plan_after_apply_is_the_state_for_every_rule() {
    for (rule, attribute, _, config, expected) in rules() {
        if expected.is_unknown() {
            continue;
        }
        let schema = Schema::new("").attributes(with_other(attribute().requires_replace()));
        let state = object_with(&expected);
        let planned = plan(&schema, Some(&state), &object_with(&config));
        assert_eq!(planned.state, state, "{rule}");
        assert_eq!(replaced(&planned), Vec::<String>::new(), "{rule}");
    }
}

#[test]
fn private_data_and_identity_belong_to_the_object_and_not_to_its_replacement() {
    let schema = Schema::new("").attributes([optional()]);
    let config = object(&[("a", "x".into())]);
    let updated = plan(&schema, Some(&config), &config);
    assert_eq!(updated.private, b"private");
    assert_eq!(updated.identity, Some(object(&[("id", "1".into())])));
    let created = plan(&schema, None, &config);
    assert_eq!((created.private, created.identity), (Vec::new(), None));
}

#[test]
fn only_a_change_of_an_existing_object_requires_replacement() {
    let same_letters = |a: &RawValue, b: &RawValue| lower_case(a) == lower_case(b);
    let equivalent = || optional().equivalent(same_letters);
    let cases: [(&str, Attribute, Option<RawValue>, RawValue, bool); 11] = [
        ("created", optional(), None, "x".into(), false),
        ("unchanged", optional(), Some("x".into()), "x".into(), false),
        ("changed", optional(), Some("x".into()), "y".into(), true),
        ("added", optional(), Some(NULL), "x".into(), true),
        ("removed", optional(), Some("x".into()), NULL, true),
        ("unknown", optional(), Some("x".into()), UNKNOWN, true),
        ("equivalent", equivalent(), Some("x".into()), "X".into(), false),
        ("not equivalent", equivalent(), Some("x".into()), "y".into(), true),
        (
            "unknown instead of equivalent",
            equivalent(),
            Some("x".into()),
            UNKNOWN,
            true,
        ),
        ("back to the default", with_default(), Some("x".into()), NULL, true),
        ("computed and unchanged", computed(), Some("x".into()), NULL, false),
    ];
    for (case, attribute, prior, config, expected) in cases {
        let schema = Schema::new("").attributes([attribute.requires_replace()]);
        let prior = prior.map(|prior| object(&[("a", prior)]));
        let planned = plan(&schema, prior.as_ref(), &object(&[("a", config)]));
        assert_eq!(replaced(&planned), if expected { &["a"][..] } else { &[] }, "{case}");
    }
}

#[test]
fn a_condition_decides_by_the_change_and_the_private_data() {
    let grows = |change: &Change<'_>| {
        assert_eq!(change.private, b"private");
        change.planned.as_i64() > change.prior.as_i64()
    };
    let schema = Schema::new("").attributes([Attribute::number("size").requires_replace_if(grows)]);
    let state = |size: i64| object(&[("size", size.into())]);
    assert_eq!(replaced(&plan(&schema, Some(&state(1)), &state(2))), ["size"]);
    assert_eq!(
        replaced(&plan(&schema, Some(&state(2)), &state(1))),
        Vec::<String>::new()
    );
}

#[test]
fn a_value_that_depends_on_another_is_unknown_exactly_when_the_other_changes() {
    let same_letters = |a: &RawValue, b: &RawValue| lower_case(a) == lower_case(b);
    let schema = |dependent: Attribute| {
        Schema::new("").attributes([
            Attribute::string("input").equivalent(same_letters),
            Attribute::string("second"),
            Attribute::string("unrelated"),
            dependent.changes_with(&["input", "second"]),
        ])
    };
    let state = |input: RawValue, second: RawValue, unrelated: RawValue, a: RawValue| {
        object(&[("input", input), ("second", second), ("unrelated", unrelated), ("a", a)])
    };
    let prior = state("x".into(), NULL, "u".into(), "old".into());
    let cases: [(&str, RawValue, RawValue); 7] = [
        ("nothing", state("x".into(), NULL, "u".into(), NULL), "old".into()),
        (
            "an unrelated attribute",
            state("x".into(), NULL, "v".into(), NULL),
            "old".into(),
        ),
        (
            "to an equivalent value",
            state("X".into(), NULL, "u".into(), NULL),
            "old".into(),
        ),
        ("the input", state("y".into(), NULL, "u".into(), NULL), UNKNOWN),
        (
            "the input, to an unknown value",
            state(UNKNOWN, NULL, "u".into(), NULL),
            UNKNOWN,
        ),
        (
            "the second input",
            state("x".into(), "s".into(), "u".into(), NULL),
            UNKNOWN,
        ),
        ("the input is removed", state(NULL, NULL, "u".into(), NULL), UNKNOWN),
    ];
    for (changed, config, expected) in cases {
        // A value that never changes by itself depends on the input all the same.
        for dependent in [computed(), optional_computed(), computed().use_state_for_unknown()] {
            let planned = plan(&schema(dependent), Some(&prior), &config);
            assert_eq!(planned.state.get("a"), &expected, "changed: {changed}");
        }
    }
    let configured = state("y".into(), NULL, "u".into(), "configured".into());
    let planned = plan(&schema(optional_computed()), Some(&prior), &configured);
    assert_eq!(planned.state.get("a"), &"configured".into());
}

/// An element with a configured name and a computed ID.
fn named(name: &str, id: RawValue) -> RawValue {
    object(&[("name", name.into()), ("id", id)])
}

fn named_attributes() -> Attributes {
    attributes([Attribute::string("name").required(), Attribute::string("id").computed()])
}

/// Plans one attribute that contains nested objects.
fn planned_nested(attribute: &Attribute, prior: RawValue, config: RawValue) -> RawValue {
    let schema = Schema::new("").attributes([attribute.clone()]);
    let state = |value| object(&[("nested", value)]);
    plan(&schema, Some(&state(prior)), &state(config))
        .state
        .get("nested")
        .clone()
}

#[test]
fn elements_of_a_list_continue_the_prior_ones_at_their_positions() {
    let nested = Attribute::list_of_objects("nested", named_attributes());
    let prior = || list(&[named("a", "1".into()), named("b", "2".into())]);
    let longer = list(&[named("a", NULL), named("c", NULL), named("d", NULL)]);
    assert_eq!(
        planned_nested(&nested, prior(), longer),
        list(&[named("a", "1".into()), named("c", "2".into()), named("d", UNKNOWN)])
    );
    let shorter = list(&[named("b", NULL)]);
    assert_eq!(
        planned_nested(&nested, prior(), shorter),
        list(&[named("b", "1".into())])
    );
    assert_eq!(
        planned_nested(&nested, NULL, list(&[named("a", NULL)])),
        list(&[named("a", UNKNOWN)])
    );
    assert_eq!(planned_nested(&nested, prior(), NULL), NULL);
}

#[test]
fn elements_of_a_map_continue_the_prior_ones_with_their_keys() {
    let nested = Attribute::new("nested", AttributeType::AttributeMap(named_attributes()));
    let prior = object(&[("k", named("a", "1".into())), ("gone", named("b", "2".into()))]);
    let config = object(&[("k", named("c", NULL)), ("new", named("a", NULL))]);
    assert_eq!(
        planned_nested(&nested, prior, config),
        object(&[("k", named("c", "1".into())), ("new", named("a", UNKNOWN))])
    );
}

#[test]
fn elements_of_a_set_continue_the_prior_ones_with_their_configured_values() {
    let nested = Attribute::set_of_objects("nested", named_attributes());
    let prior = list(&[named("a", "1".into()), named("b", "2".into())]);
    let config = list(&[named("c", NULL), named("b", NULL)]);
    assert_eq!(
        planned_nested(&nested, prior, config),
        list(&[named("c", UNKNOWN), named("b", "2".into())])
    );
}

#[test]
fn a_nested_object_continues_the_prior_one() {
    let nested = Attribute::object("nested", named_attributes());
    assert_eq!(
        planned_nested(&nested, named("a", "1".into()), named("b", NULL)),
        named("b", "1".into())
    );
    assert_eq!(planned_nested(&nested, NULL, named("b", NULL)), named("b", UNKNOWN));
    assert_eq!(planned_nested(&nested, named("a", "1".into()), NULL), NULL);
    assert_eq!(
        planned_nested(&nested.computed(), named("a", "1".into()), NULL),
        named("a", "1".into())
    );
}

#[test]
fn an_element_without_a_prior_one_is_new() {
    let prior = || list(&[named("a", "1".into())]);
    let config = || list(&[named("a", NULL)]);
    for matches in [vec![], vec![None], vec![Some(7)]] {
        let nested =
            Attribute::list_of_objects("nested", named_attributes()).match_elements(move |_, _| matches.clone());
        assert_eq!(planned_nested(&nested, prior(), config()), list(&[named("a", UNKNOWN)]));
    }
}

#[test]
fn null_and_unknown_elements_are_planned_as_they_are() {
    for nested in [
        Attribute::list_of_objects("nested", named_attributes()),
        Attribute::set_of_objects("nested", named_attributes()),
    ] {
        let config = list(&[NULL, UNKNOWN]);
        let prior = list(&[named("a", "1".into()), named("b", "2".into())]);
        assert_eq!(planned_nested(&nested, prior, config.clone()), config);
    }
}

#[test]
fn blocks_are_planned_as_they_are_configured() {
    let schema = Schema::new("").attributes([optional()]);
    let state = |block: &str| object(&[("a", NULL), ("block", list(&[object(&[("name", block.into())])]))]);
    assert_eq!(plan(&schema, Some(&state("old")), &state("new")).state, state("new"));
}

#[test]
fn everything_changes_in_a_create() {
    let schema = Schema::new("").attributes([optional()]);
    let request = Plan {
        config: object(&[("a", NULL)]),
        proposed_state: object(&[("a", NULL)]),
        ..Plan::default()
    };
    let mut planned = schema.plan(&request);
    assert!(planned.changes(&request, "a"));
    // There is no prior value to keep.
    planned.state.set("a", "x");
    planned.keep_prior(&request, "a");
    assert_eq!(planned.state.get("a"), &"x".into());
}
