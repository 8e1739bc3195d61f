use super::*;
use crate::{Refinement, schema::attributes};

mod rules;

fn object(values: &[(&str, RawValue)]) -> RawValue {
    RawValue::Map(values.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
}

fn list(elements: &[RawValue]) -> RawValue {
    RawValue::List(elements.to_vec())
}

fn schema() -> Schema {
    let inner = || {
        attributes([
            Attribute::string("key").required(),
            Attribute::bool("on").default(true),
            Attribute::string("id").computed(),
        ])
    };
    Schema::new("").attributes([
        Attribute::string("name").required().requires_replace(),
        Attribute::string("description")
            .default("")
            .equivalent(|a, b| a.as_str().unwrap_or_default().trim() == b.as_str().unwrap_or_default().trim())
            .requires_replace(),
        Attribute::string("note"),
        Attribute::string("updated_at").computed().changes_with(&["note"]),
        Attribute::string("size").requires_replace_if(|change| change.private == b"strict"),
        Attribute::list_of_objects("list", inner()),
        Attribute::set_of_objects("set", inner()),
        Attribute::list_of_objects("matched", matched_element()).match_elements(match_by_key),
        Attribute::set_of_objects("matched_set", matched_element()).match_elements(match_by_key),
    ])
}

fn matched_element() -> Attributes {
    attributes([
        Attribute::string("key").required(),
        Attribute::string("text").equivalent(|a, b| lower_case(a) == lower_case(b)),
        Attribute::string("label").initial_value(|element| element.get("key").clone()),
        Attribute::string("id").computed(),
    ])
}

fn lower_case(value: &RawValue) -> Option<String> {
    value.as_str().map(str::to_lowercase)
}

fn match_by_key(config: &[RawValue], prior: &[RawValue]) -> Vec<Option<usize>> {
    let index = |element: &RawValue| prior.iter().position(|prior| prior.get("key") == element.get("key"));
    config.iter().map(index).collect()
}

fn matched(key: &str, text: &str, label: RawValue, id: RawValue) -> RawValue {
    object(&[("key", key.into()), ("text", text.into()), ("label", label), ("id", id)])
}

fn config(values: &[(&str, RawValue)]) -> RawValue {
    let names = schema().block.attributes.into_keys();
    let mut config = RawValue::Map(names.map(|name| (name, RawValue::Null)).collect());
    config.set("name", "a");
    for (name, value) in values {
        config.set(name, value.clone());
    }
    config
}

fn element(key: &str, on: RawValue, id: RawValue) -> RawValue {
    object(&[("key", key.into()), ("on", on), ("id", id)])
}

fn plan(prior: Option<&RawValue>, config: &RawValue) -> Planned {
    plan_with(prior, config, b"")
}

fn plan_with(prior: Option<&RawValue>, config: &RawValue, private: &[u8]) -> Planned {
    schema().plan(&Plan {
        prior_state: prior.cloned(),
        proposed_state: config.clone(),
        config: config.clone(),
        prior_private: private.to_vec(),
        ..Plan::default()
    })
}

fn replaced(planned: &Planned) -> Vec<String> {
    planned.requires_replace.iter().map(ToString::to_string).collect()
}

#[test]
fn a_create_plans_configured_values_and_defaults() {
    let state = plan(
        None,
        &config(&[("list", list(&[element("k", RawValue::Null, RawValue::Null)]))]),
    )
    .state;
    assert_eq!(state.get("description").as_str(), Some(""));
    assert!(state.get("updated_at").is_unknown());
    assert!(state.get("note").is_null());
    assert_eq!(
        state.get("list"),
        &list(&[element("k", true.into(), RawValue::UNKNOWN)])
    );
}

#[test]
fn a_second_plan_changes_nothing() {
    let prior = config(&[
        ("description", "".into()),
        ("updated_at", "now".into()),
        ("list", list(&[element("k", true.into(), "1".into())])),
        (
            "set",
            list(&[
                element("a", true.into(), "2".into()),
                element("b", false.into(), "3".into()),
            ]),
        ),
    ]);
    let config = config(&[
        ("list", list(&[element("k", RawValue::Null, RawValue::Null)])),
        (
            "set",
            list(&[
                element("b", false.into(), RawValue::Null),
                element("a", RawValue::Null, RawValue::Null),
            ]),
        ),
    ]);
    let planned = plan(Some(&prior), &config);
    assert_eq!(replaced(&planned), Vec::<String>::new());
    let mut expected = prior.clone();
    expected.set(
        "set",
        list(&[
            element("b", false.into(), "3".into()),
            element("a", true.into(), "2".into()),
        ]),
    );
    assert_eq!(planned.state, expected);
}

#[test]
fn an_equivalent_value_keeps_the_prior_one_and_replaces_nothing() {
    let prior = config(&[("description", " text".into()), ("updated_at", "now".into())]);
    let planned = plan(Some(&prior), &config(&[("description", "text ".into())]));
    assert_eq!(planned.state, prior);
    assert_eq!(replaced(&planned), Vec::<String>::new());
}

#[test]
fn a_null_prior_value_does_not_replace_an_equivalent_configured_one() {
    let prior = config(&[("updated_at", "now".into())]);
    let planned = plan(Some(&prior), &config(&[("description", " ".into())]));
    assert_eq!(planned.state.get("description").as_str(), Some(" "));
    assert_eq!(replaced(&planned), Vec::<String>::new());
}

#[test]
fn a_change_requires_replacement_if_the_attribute_does() {
    let prior = config(&[("description", "".into()), ("updated_at", "now".into())]);
    for (name, value, private, expected) in [
        ("name", RawValue::from("b"), "", &["name"][..]),
        ("name", RawValue::UNKNOWN, "", &["name"]),
        ("description", "text".into(), "", &["description"]),
        ("note", "text".into(), "", &[]),
        ("size", "1".into(), "", &[]),
        ("size", "1".into(), "strict", &["size"]),
    ] {
        let planned = plan_with(Some(&prior), &config(&[(name, value)]), private.as_bytes());
        assert_eq!(replaced(&planned), expected, "{name}");
        assert_eq!(planned.private, private.as_bytes());
    }
}

#[test]
fn an_attribute_that_changes_with_another_is_known_after_apply() {
    let prior = config(&[("description", "".into()), ("updated_at", "now".into())]);
    let planned = plan(Some(&prior), &config(&[("note", "text".into())]));
    assert!(planned.state.get("updated_at").is_unknown());
    assert_eq!(plan(Some(&prior), &config(&[])).state, prior);
}

#[test]
fn an_equivalent_value_is_not_kept_where_nothing_is_configured_or_computed() {
    let schema = Schema::new("").attributes([Attribute::map_of_strings("triggers").equivalent(|_, _| true)]);
    let empty = object(&[("triggers", RawValue::Map(Default::default()))]);
    let planned = schema.plan(&Plan {
        prior_state: Some(empty.clone()),
        proposed_state: empty,
        config: object(&[("triggers", RawValue::Null)]),
        ..Plan::default()
    });
    assert!(planned.state.get("triggers").is_null());
}

#[test]
fn an_update_can_make_computed_values_unknown() {
    let schema = Schema::new("").attributes([
        Attribute::string("status").computed(),
        Attribute::string("id").computed().use_non_null_state_for_unknown(),
        Attribute::string("region").computed().use_non_null_state_for_unknown(),
        Attribute::string("plan").computed().use_state_for_unknown(),
        Attribute::string("name").optional_computed(),
        Attribute::string("mode").optional_computed(),
        Attribute::string("type").optional_computed(),
        Attribute::string("note"),
    ]);
    let prior = object(&[
        ("status", "running".into()),
        ("id", "1".into()),
        ("region", RawValue::Null),
        ("plan", RawValue::Null),
        ("name", RawValue::Null),
        ("mode", "full".into()),
        ("type", RawValue::Null),
        ("note", RawValue::Null),
    ]);
    let request = Plan {
        proposed_state: prior.clone(),
        prior_state: Some(prior),
        config: object(&[("type", "server".into())]),
        ..Plan::default()
    };
    let mut planned = schema.plan(&request);
    schema.make_computed_unknown(&request, &mut planned);
    let unknown: Vec<_> = (planned.state.as_map().unwrap().iter())
        .filter(|(_, value)| value.is_unknown())
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(unknown, ["name", "region", "status"]);
    assert_eq!(planned.state.get("id").as_str(), Some("1"));
    assert!(planned.changes(&request, "status") && !planned.changes(&request, "id"));
}

#[test]
fn a_prior_value_that_is_kept_needs_no_replacement() {
    let prior = config(&[("updated_at", "now".into())]);
    let request = Plan {
        prior_state: Some(prior.clone()),
        config: config(&[("name", "b".into())]),
        proposed_state: prior.clone(),
        ..Plan::default()
    };
    let mut planned = schema().plan(&request);
    assert_eq!(replaced(&planned), ["name"]);
    planned.keep_prior(&request, "name");
    assert_eq!(replaced(&planned), Vec::<String>::new());
    assert_eq!(planned.state.get("name").as_str(), Some("a"));
}

#[test]
fn unknown_values_keep_their_refinement() {
    let refined = RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2])));
    for name in ["name", "description", "note", "list", "set"] {
        let config = config(&[(name, refined.clone())]);
        assert_eq!(plan(None, &config).state.get(name), &refined, "{name}");
        assert_eq!(plan(Some(&config), &config).state.get(name), &refined, "{name}");
    }
}

#[test]
fn matched_elements_keep_their_computed_values_wherever_they_are() {
    let prior = config(&[
        ("description", "".into()),
        ("updated_at", "now".into()),
        ("matched", list(&[matched("a", "x", "label".into(), "1".into())])),
    ]);
    let null = || RawValue::Null;
    let inserted = config(&[(
        "matched",
        list(&[matched("b", "y", null(), null()), matched("a", "X", null(), null())]),
    )]);
    let planned = plan(Some(&prior), &inserted).state;
    assert_eq!(
        planned.get("matched"),
        &list(&[
            matched("b", "y", "b".into(), RawValue::UNKNOWN),
            // An equivalent value is kept only at its own path.
            matched("a", "X", "label".into(), "1".into()),
        ])
    );
    let same_place = config(&[("matched", list(&[matched("a", "X", null(), null())]))]);
    assert_eq!(plan(Some(&prior), &same_place).state, prior);
}

#[test]
fn elements_of_a_set_are_planned_as_configured() {
    let prior = config(&[
        ("updated_at", "now".into()),
        ("matched_set", list(&[matched("a", "x", "label".into(), "1".into())])),
    ]);
    let config = config(&[(
        "matched_set",
        list(&[matched("a", "X", RawValue::Null, RawValue::Null)]),
    )]);
    assert_eq!(
        plan(Some(&prior), &config).state.get("matched_set"),
        &list(&[matched("a", "X", "label".into(), "1".into())])
    );
}

#[test]
fn an_equivalent_default_keeps_the_prior_value() {
    let prior = config(&[("description", " ".into()), ("updated_at", "now".into())]);
    let planned = plan(Some(&prior), &config(&[]));
    assert_eq!(planned.state.get("description").as_str(), Some(" "));
    assert_eq!(replaced(&planned), Vec::<String>::new());
}

#[test]
fn attributes_of_a_nested_object_and_of_a_map_are_planned_as_those_of_a_list() {
    let inner = || attributes([Attribute::string("key"), Attribute::bool("on").default(true)]);
    let schema = Schema::new("").attributes([
        Attribute::new("single", AttributeType::AttributeSingle(inner())),
        Attribute::new("map", AttributeType::AttributeMap(inner())),
    ]);
    let configured = || object(&[("key", "k".into()), ("on", RawValue::Null)]);
    let config = object(&[("single", configured()), ("map", object(&[("a", configured())]))]);
    let planned = schema.plan(&Plan {
        proposed_state: config.clone(),
        config,
        ..Plan::default()
    });
    assert_eq!(planned.state.get("single").get("on"), &true.into());
    assert_eq!(planned.state.get("map").get("a").get("on"), &true.into());
}
