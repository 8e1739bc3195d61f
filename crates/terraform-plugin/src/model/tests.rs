use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::*;
use crate::{AttributeType, Number, Refinement, Value};

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Inner {
    id: Value<String>,
    size: Value<i64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Model {
    text: Value<String>,
    flag: Value<bool>,
    number: Value<i64>,
    fraction: Value<f64>,
    object: Value<Inner>,
    list: Value<Vec<Inner>>,
    texts: Value<Vec<Value<String>>>,
    map: Value<BTreeMap<String, Value<String>>>,
    any: RawValue,
    #[serde(flatten)]
    part: Part,
}

/// Attributes that several models have in common.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Part {
    part_text: Value<String>,
    part_fraction: Value<f64>,
    part_list: Value<Vec<Inner>>,
}

fn value<T: std::fmt::Debug + Clone>(known: impl Strategy<Value = T> + 'static) -> impl Strategy<Value = Value<T>> {
    prop_oneof![Just(Value::Null), Just(Value::Unknown), known.prop_map(Value::Value),]
}

fn inner() -> impl Strategy<Value = Inner> {
    (value(".{0,4}"), value(any::<i64>())).prop_map(|(id, size)| Inner { id, size })
}

fn raw() -> impl Strategy<Value = RawValue> {
    let leaf = prop_oneof![
        Just(RawValue::Null),
        Just(RawValue::UNKNOWN),
        prop::collection::vec(any::<u8>(), 1..8).prop_map(|bytes| RawValue::Unknown(Some(Refinement(bytes)))),
        any::<bool>().prop_map(RawValue::Bool),
        any::<i64>().prop_map(RawValue::from),
        (i64::MAX as u64 + 1..=u64::MAX).prop_map(|value| RawValue::Number(Number::Unsigned(value))),
        (-1e20..1e20).prop_map(|value: f64| RawValue::Number(Number::Float(value))),
        "[1-9][0-9]{20,30}".prop_map(|digits| RawValue::Number(Number::Decimal(digits))),
        ".{0,8}".prop_map(RawValue::String),
    ];
    leaf.prop_recursive(4, 32, 4, |element| {
        prop_oneof![
            prop::collection::vec(element.clone(), 0..4).prop_map(RawValue::List),
            prop::collection::btree_map(".{0,4}", element.clone(), 0..4).prop_map(RawValue::Map),
            element.prop_map(|value| RawValue::Typed(
                Box::new(AttributeType::List(Box::new(AttributeType::Any))),
                Box::new(value)
            )),
        ]
    })
}

proptest! {
    #[test]
    fn a_model_survives_the_way_there_and_back(
        (text, flag, number, fraction) in (value(".{0,8}"), value(any::<bool>()), value(any::<i64>()), value(-1e6..1e6)),
        object in value(inner()),
        list in value(prop::collection::vec(inner(), 0..3)),
        texts in value(prop::collection::vec(value(".{0,3}"), 0..3)),
        map in value(prop::collection::btree_map(".{0,3}", value(".{0,3}"), 0..3)),
        (part_text, part_fraction) in (value(".{0,4}"), value(-1e6..1e6)),
        part_list in value(prop::collection::vec(inner(), 0..3)),
        any in raw(),
    ) {
        let part = Part { part_text, part_fraction, part_list };
        let model = Model { text, flag, number, fraction, object, list, texts, map, any, part };
        let raw = to_raw(&model).unwrap();
        prop_assert_eq!(from_raw::<Model>(&raw).unwrap(), model);
    }

    #[test]
    fn a_raw_value_survives_in_a_model(raw in raw()) {
        prop_assert_eq!(&from_raw::<RawValue>(&raw).unwrap(), &raw);
        prop_assert_eq!(&to_raw(&raw).unwrap(), &raw);
    }
}

#[test]
fn unknown_values_are_unknown_in_both_forms() {
    let raw = to_raw(&Model {
        text: Value::Unknown,
        ..Model::default()
    })
    .unwrap();
    assert_eq!(raw.get("text"), &RawValue::UNKNOWN);
    assert_eq!(raw.get("flag"), &RawValue::Null);
    let refined = RawValue::Map(BTreeMap::from([(
        "text".to_owned(),
        RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2]))),
    )]));
    assert_eq!(from_raw::<Model>(&refined).unwrap().text, Value::Unknown);
}

#[test]
fn a_value_of_another_type_is_an_error() {
    let wrong = RawValue::Map(BTreeMap::from([("number".to_owned(), RawValue::from("text"))]));
    assert!(from_raw::<Model>(&wrong).is_err());
}

#[test]
fn whole_fractions_are_written_as_integers() {
    let model = Model {
        fraction: Value::Value(20.0),
        ..Model::default()
    };
    assert_eq!(to_raw(&model).unwrap().get("fraction"), &RawValue::from(20));
}

#[test]
fn an_enum_with_data_is_an_error() {
    #[derive(Serialize)]
    enum Choice {
        One,
        Two(i64),
    }
    assert_eq!(to_raw(&Choice::One).unwrap(), RawValue::from("One"));
    assert!(to_raw(&Choice::Two(1)).is_err());
}
