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
    Schema::new("")
        .attributes([
            Attribute::string("text"),
            Attribute::number("number"),
            Attribute::string("id").computed(),
            Attribute::string("either").optional_computed(),
            Attribute::string("secret").write_only(),
            Attribute::list_of_objects("list", inner()),
            Attribute::set_of_objects("set", inner()),
            Attribute::new("map", AttributeType::AttributeMap(inner())),
        ])
        .block("block", NestedBlock::List(block))
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
}

#[test]
fn a_map_has_the_configured_keys() {
    let entry = |key: &str| [("map", object(&[(key, object(&[("name", "a".into())]))]))];
    assert!(wrong(&RawValue::Null, &entry("k"), &entry("k")).is_empty());
    assert_eq!(wrong(&RawValue::Null, &entry("k"), &entry("l")).len(), 1);
}
