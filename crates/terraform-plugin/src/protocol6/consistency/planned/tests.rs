use super::*;
use crate::{Number, schema::attributes};

fn inner() -> Attributes {
    attributes([Attribute::string("name").required(), Attribute::string("id").computed()])
}

fn schema() -> Schema {
    let block = Block {
        attributes: inner(),
        ..Block::default()
    };
    let blocks = [
        ("single_block", NestedBlock::Single(block.clone())),
        ("group_block", NestedBlock::Group(block.clone())),
        ("optional_block", NestedBlock::Optional(block.clone())),
        ("set_block", NestedBlock::Set(block.clone())),
        ("map_block", NestedBlock::Map(block.clone())),
    ];
    let schema = Schema::new("")
        .attributes([
            Attribute::string("text"),
            Attribute::number("number"),
            Attribute::string("id").computed(),
            Attribute::string("either").optional_computed(),
            Attribute::string("secret").write_only(),
            Attribute::object("single", inner()),
            Attribute::list_of_objects("list", inner()),
            Attribute::set_of_objects("set", inner()),
            Attribute::new("map", AttributeType::AttributeMap(inner())),
        ])
        .block("block", NestedBlock::List(block));
    let add = |schema: Schema, (name, nested): (&str, NestedBlock)| schema.block(name, nested);
    blocks.into_iter().fold(schema, add)
}

fn object(pairs: &[(&str, RawValue)]) -> RawValue {
    RawValue::Map(
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    )
}

/// Returns the paths of the reported problems.
fn wrong(prior: &RawValue, config: &[(&str, RawValue)], planned: &[(&str, RawValue)]) -> Vec<String> {
    let mut diags = Diagnostics::default();
    check_planned(&schema(), prior, &object(config), &object(planned), &mut diags);
    diags.errors.iter().map(|diag| diag.attribute.to_string()).collect()
}

#[test]
fn the_provider_may_choose_computed_values() {
    let planned = [("id", RawValue::UNKNOWN), ("either", "x".into())];
    assert!(wrong(&RawValue::Null, &[], &planned).is_empty());
}

#[test]
fn the_provider_may_not_choose_configured_values() {
    assert_eq!(
        wrong(&RawValue::Null, &[("text", "a".into())], &[("text", "b".into())]).len(),
        1
    );
    assert_eq!(
        wrong(
            &RawValue::Null,
            &[("either", "a".into())],
            &[("either", RawValue::UNKNOWN)]
        )
        .len(),
        1
    );
    assert_eq!(wrong(&RawValue::Null, &[], &[("text", "b".into())]).len(), 1);
    assert_eq!(
        wrong(&RawValue::Null, &[("text", RawValue::UNKNOWN)], &[("text", "b".into())]).len(),
        1
    );
}

#[test]
fn a_plan_may_keep_the_prior_value_of_a_configured_attribute() {
    let prior = object(&[("text", "a".into())]);
    assert!(wrong(&prior, &[("text", "A".into())], &[("text", "a".into())]).is_empty());
    assert_eq!(wrong(&prior, &[], &[("text", "a".into())]).len(), 1);
}

#[test]
fn numbers_are_compared_by_value() {
    let number = |number| [("number", RawValue::Number(number))];
    let config = number(Number::Decimal("2.50".to_owned()));
    assert!(wrong(&RawValue::Null, &config, &number(Number::Float(2.5))).is_empty());
    let tenth = number(Number::Decimal("0.1".to_owned()));
    assert_eq!(wrong(&RawValue::Null, &tenth, &number(Number::Float(0.1))).len(), 1);
}

#[test]
fn write_only_values_are_planned_as_null() {
    assert!(wrong(&RawValue::Null, &[("secret", "x".into())], &[]).is_empty());
}

#[test]
fn nested_attributes_and_blocks_are_compared() {
    for name in ["list", "set", "block"] {
        let config = [(name, RawValue::List(vec![object(&[("name", "a".into())])]))];
        let fine = [(
            name,
            RawValue::List(vec![object(&[("name", "a".into()), ("id", RawValue::UNKNOWN)])]),
        )];
        assert!(wrong(&RawValue::Null, &config, &fine).is_empty(), "{name}");
        let other = [(
            name,
            RawValue::List(vec![object(&[("name", "b".into()), ("id", RawValue::UNKNOWN)])]),
        )];
        assert_eq!(wrong(&RawValue::Null, &config, &other).len(), 1, "{name}");
        let none = [(name, RawValue::List(vec![]))];
        assert_eq!(wrong(&RawValue::Null, &config, &none).len(), 1, "{name}");
    }
}

#[test]
fn a_set_may_be_reordered() {
    let element = |name: &str| object(&[("name", name.into())]);
    let filled = |name: &str| object(&[("name", name.into()), ("id", RawValue::UNKNOWN)]);
    let config = [("set", RawValue::List(vec![element("a"), element("b")]))];
    let planned = [("set", RawValue::List(vec![filled("b"), filled("a")]))];
    assert!(wrong(&RawValue::Null, &config, &planned).is_empty());
    let twice = [("set", RawValue::List(vec![filled("a"), filled("a")]))];
    assert_eq!(wrong(&RawValue::Null, &config, &twice).len(), 1, "each has its own");
}

#[test]
fn a_map_has_the_configured_keys() {
    let entry = |key: &str| [("map", object(&[(key, object(&[("name", "a".into())]))]))];
    assert!(wrong(&RawValue::Null, &entry("k"), &entry("k")).is_empty());
    assert_eq!(wrong(&RawValue::Null, &entry("k"), &entry("l")).len(), 1);
}

fn list_with(element: RawValue) -> RawValue {
    RawValue::List(vec![element])
}

fn map_with(element: RawValue) -> RawValue {
    object(&[("k", element)])
}

/// Puts an object into a container, such as a list.
type Contain = fn(RawValue) -> RawValue;

/// The attributes and blocks with nested objects, each with the function that puts an object into it, and an empty value.
fn containers() -> [(&'static str, Contain, RawValue); 10] {
    let (list, map) = (|| RawValue::List(vec![]), || object(&[]));
    let same: Contain = |element| element;
    [
        ("single", same, object(&[])),
        ("list", list_with, list()),
        ("set", list_with, list()),
        ("map", map_with, map()),
        ("single_block", same, object(&[])),
        ("group_block", same, object(&[])),
        ("block", list_with, list()),
        ("optional_block", list_with, list()),
        ("set_block", list_with, list()),
        ("map_block", map_with, map()),
    ]
}

/// Returns the number of problems of one attribute or block.
fn problems(name: &str, config: &RawValue, planned: &RawValue) -> usize {
    wrong(&RawValue::Null, &[(name, config.clone())], &[(name, planned.clone())]).len()
}

#[test]
fn the_provider_may_choose_the_computed_values_of_nested_objects_only() {
    let configured = object(&[("name", "a".into())]);
    for (name, contain, _) in containers() {
        for id in [RawValue::UNKNOWN, "1".into(), RawValue::Null] {
            let planned = object(&[("name", "a".into()), ("id", id)]);
            assert_eq!(
                problems(name, &contain(configured.clone()), &contain(planned)),
                0,
                "{name}"
            );
        }
        for other in ["b".into(), RawValue::UNKNOWN, RawValue::Null] {
            let planned = object(&[("name", other), ("id", "1".into())]);
            assert_eq!(
                problems(name, &contain(configured.clone()), &contain(planned)),
                1,
                "{name}"
            );
        }
    }
}

#[test]
fn a_nested_object_is_planned_exactly_if_it_is_configured() {
    // Without a configured value, so that only its presence can be wrong.
    let element = object(&[("name", RawValue::Null), ("id", "1".into())]);
    let (null, unknown) = (RawValue::Null, RawValue::UNKNOWN);
    for (name, contain, empty) in containers() {
        let value = contain(element.clone());
        for same in [&null, &unknown, &empty, &value] {
            assert_eq!(problems(name, same, same), 0, "{name}");
        }
        if name.ends_with("block") {
            continue;
        }
        for (config, planned) in [
            (&null, &value),
            (&null, &empty),
            (&null, &unknown),
            (&unknown, &value),
            (&unknown, &empty),
            (&unknown, &null),
            (&value, &null),
            (&value, &unknown),
            (&empty, &null),
            (&empty, &unknown),
        ] {
            assert_eq!(problems(name, config, planned), 1, "{name}: {config:?}, {planned:?}");
        }
    }
    for name in ["single_block", "group_block"] {
        for (config, planned) in [(&null, &element), (&element, &null), (&unknown, &element)] {
            assert_eq!(problems(name, config, planned), 1, "{name}: {config:?}, {planned:?}");
        }
    }
}

#[test]
fn an_element_is_planned_exactly_if_it_is_configured() {
    let known = object(&[("name", RawValue::Null), ("id", "1".into())]);
    let configured = object(&[("name", "a".into())]);
    let planned = object(&[("name", "a".into()), ("id", "1".into())]);
    let (null, unknown) = (RawValue::Null, RawValue::UNKNOWN);
    // The first elements differ in a computed value, so that the elements have to be compared one by one.
    let problems = |name: &str, in_config: &RawValue, in_plan: &RawValue| {
        let (config, planned) = if name.starts_with("map") {
            let both = |first: &RawValue, second: &RawValue| object(&[("k", first.clone()), ("l", second.clone())]);
            (both(&configured, in_config), both(&planned, in_plan))
        } else {
            let both = |first: &RawValue, second: &RawValue| RawValue::List(vec![first.clone(), second.clone()]);
            (both(&configured, in_config), both(&planned, in_plan))
        };
        problems(name, &config, &planned)
    };
    for name in ["list", "set", "map", "block", "set_block", "map_block"] {
        for same in [&null, &unknown] {
            assert_eq!(problems(name, same, same), 0, "{name}: {same:?}");
        }
        for (config, planned) in [(&null, &known), (&known, &null), (&unknown, &known), (&null, &unknown)] {
            assert_eq!(problems(name, config, planned), 1, "{name}: {config:?}, {planned:?}");
        }
    }
}

#[test]
fn an_unknown_number_of_blocks_is_compared_once_it_is_known() {
    for (name, contain, empty) in containers() {
        if !name.ends_with("block") || ["single_block", "group_block"].contains(&name) {
            continue;
        }
        let planned = contain(object(&[("name", "a".into())]));
        for planned in [&planned, &empty, &RawValue::UNKNOWN] {
            assert_eq!(problems(name, &RawValue::UNKNOWN, planned), 0, "{name}");
        }
        assert_eq!(problems(name, &empty, &planned), 1, "{name}");
        assert_eq!(problems(name, &planned, &empty), 1, "{name}");
    }
}

#[test]
fn a_problem_has_the_path_of_the_value() {
    let configured = |name: &str| object(&[("name", name.into())]);
    for (name, contain, path) in [
        ("single", (|element| element) as Contain, "single.name"),
        ("list", list_with, "list[0].name"),
        ("single_block", |element| element, "single_block.name"),
        ("block", list_with, "block[0].name"),
        // Elements of a set have no path.
        ("set", list_with, "set"),
        ("set_block", list_with, "set_block"),
    ] {
        let (config, planned) = (contain(configured("a")), contain(configured("b")));
        assert_eq!(wrong(&RawValue::Null, &[(name, config)], &[(name, planned)]), [path]);
    }
}
