//! Encoding of values: values survive a round trip, and no input crashes the decoder.

use std::collections::BTreeMap;

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    strategy::Union,
};
use terraform_plugin::{
    AttributeType, Number, RawValue, Refinement,
    protocol6::{
        codec::{from_json, from_msgpack, from_stored_json, to_answer, to_msgpack},
        types::{parse_type, type_json},
    },
};

/// Types, nested a few levels deep.
fn types() -> impl Strategy<Value = AttributeType> {
    let leaf = prop_oneof![
        Just(AttributeType::String),
        Just(AttributeType::Number),
        Just(AttributeType::Bool),
        Just(AttributeType::Any),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| AttributeType::List(Box::new(ty))),
            inner.clone().prop_map(|ty| AttributeType::Set(Box::new(ty))),
            inner.clone().prop_map(|ty| AttributeType::Map(Box::new(ty))),
            vec(inner.clone(), 0..4).prop_map(AttributeType::Tuple),
            btree_map("[a-z_]{1,6}", inner, 0..4).prop_map(AttributeType::Object),
        ]
    })
}

/// Numbers in the form in which they are encoded.
fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::Int),
        (0_u64..u64::MAX / 2).prop_map(|n| Number::Unsigned(n + (1 << 63))),
        any::<f64>()
            .prop_filter("a whole double is encoded as an integer", |n| n.is_infinite()
                || n.fract() != 0.0 && !n.is_nan())
            .prop_map(Number::Float),
        Just(Number::Float(f64::INFINITY)),
        Just(Number::Float(f64::NEG_INFINITY)),
        "-?[1-9][0-9]{20,60}(\\.[0-9]{1,40})?".prop_map(Number::Decimal),
        "-?0\\.[0-9]{1,40}[1-9]".prop_map(Number::Decimal),
    ]
}

/// Null and both kinds of unknown values, besides `known`.
fn with_unknown(known: impl Strategy<Value = RawValue> + 'static) -> BoxedStrategy<RawValue> {
    prop_oneof![
        8 => known,
        1 => Just(RawValue::Null),
        1 => Just(RawValue::UNKNOWN),
        1 => vec(any::<u8>(), 0..20).prop_map(|bytes| RawValue::Unknown(Some(Refinement(bytes)))),
    ]
    .boxed()
}

/// Values of type `ty`.
fn values(ty: &AttributeType) -> BoxedStrategy<RawValue> {
    match ty {
        AttributeType::String => with_unknown(any::<String>().prop_map(RawValue::String)),
        AttributeType::Number => with_unknown(numbers().prop_map(RawValue::Number)),
        AttributeType::Bool => with_unknown(any::<bool>().prop_map(RawValue::Bool)),
        AttributeType::List(inner) | AttributeType::Set(inner) => {
            with_unknown(vec(values(inner), 0..5).prop_map(RawValue::List))
        }
        AttributeType::Map(inner) => {
            with_unknown(btree_map(any::<String>(), values(inner), 0..4).prop_map(RawValue::Map))
        }
        AttributeType::Tuple(types) => {
            with_unknown(types.iter().map(values).collect::<Vec<_>>().prop_map(RawValue::List))
        }
        AttributeType::Object(types) => {
            let names: Vec<String> = types.keys().cloned().collect();
            let elements: Vec<_> = names.iter().map(|name| values(&types[name])).collect();
            with_unknown(
                elements.prop_map(move |elements| RawValue::Map(names.iter().cloned().zip(elements).collect())),
            )
        }
        AttributeType::Any => {
            let choices = [
                AttributeType::String,
                AttributeType::Number,
                AttributeType::List(Box::new(AttributeType::Bool)),
                AttributeType::Tuple(std::vec![AttributeType::String, AttributeType::Any]),
            ];
            // One level of nested dynamic values is enough.
            let inner = choices.map(|ty| {
                let values = match &ty {
                    AttributeType::Tuple(_) => Just(RawValue::List(std::vec!["x".into(), RawValue::Null])).boxed(),
                    ty => values(ty),
                };
                values.prop_map(move |value| RawValue::Typed(Box::new(ty.clone()), Box::new(value)))
            });
            with_unknown(Union::new(inner))
        }
        _ => unreachable!("these tests do not generate it"),
    }
}

fn typed_values() -> impl Strategy<Value = (AttributeType, RawValue)> {
    types().prop_flat_map(|ty| values(&ty).prop_map(move |value| (ty.clone(), value)))
}

/// Returns `true` if both are the same value, in whatever form their numbers are.
fn same(a: &RawValue, b: &RawValue) -> bool {
    match (a, b) {
        (RawValue::Number(a), RawValue::Number(b)) => a.is_same(b),
        (RawValue::List(a), RawValue::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (RawValue::Map(a), RawValue::Map(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same(a, b))
        }
        (RawValue::Typed(ty, a), RawValue::Typed(other, b)) => ty == other && same(a, b),
        _ => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_survives_a_round_trip((ty, value) in typed_values()) {
        let bytes = to_msgpack(&value, &ty).unwrap();
        let back = from_msgpack(&bytes, &ty).unwrap();
        prop_assert_eq!(&back, &value);
        prop_assert_eq!(to_msgpack(&back, &ty).unwrap(), bytes);
    }

    #[test]
    fn responses_have_the_same_numbers_as_digits((ty, value) in typed_values()) {
        let bytes = to_answer(&value, &ty).unwrap();
        let back = from_msgpack(&bytes, &ty).unwrap();
        prop_assert!(same(&back, &value), "{:?}", back);
        prop_assert_eq!(to_answer(&back, &ty).unwrap(), bytes);
    }

    #[test]
    fn a_type_survives_a_round_trip(ty in types()) {
        prop_assert_eq!(parse_type(&type_json(&ty)).unwrap(), ty);
    }

    #[test]
    fn truncated_values_are_errors((ty, value) in typed_values(), at in any::<prop::sample::Index>()) {
        let bytes = to_msgpack(&value, &ty).unwrap();
        let cut = at.index(bytes.len());
        prop_assert!(from_msgpack(&bytes[..cut], &ty).is_err());
    }

    #[test]
    fn no_bytes_crash_the_decoder(ty in types(), bytes in vec(any::<u8>(), 0..200)) {
        // The result is an error or a value, in bounded time.
        let _ = from_msgpack(&bytes, &ty);
        let _ = from_json(&bytes, &ty);
        let _ = from_stored_json(&bytes, &ty);
        let _ = parse_type(&bytes);
    }

    #[test]
    fn damaged_values_do_not_crash_the_decoder((ty, value) in typed_values(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = to_msgpack(&value, &ty).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = from_msgpack(&bytes, &ty);
    }

    #[test]
    fn json_numbers_keep_their_digits(digits in "-?(0|[1-9][0-9]{0,60})(\\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?") {
        let value = from_json(digits.as_bytes(), &AttributeType::Number).unwrap();
        let RawValue::Number(number) = value else { panic!("no number") };
        prop_assert!(number.is_same(&Number::Decimal(digits)));
    }
}

#[test]
fn numbers_are_encoded_as_terraform_does() {
    let written = |number| to_msgpack(&RawValue::Number(number), &AttributeType::Number).unwrap();
    assert_eq!(written(Number::Int(5)), [0x05]);
    assert_eq!(written(Number::Int(-1)), [0xff]);
    assert_eq!(written(Number::Int(128)), [0xcc, 0x80]);
    assert_eq!(written(Number::Float(5.0)), [0x05]);
    assert_eq!(
        written(Number::Float(1e18)),
        written(Number::Int(1_000_000_000_000_000_000))
    );
    assert_eq!(written(Number::Float(0.5)), [0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(written(Number::Decimal("0.1".to_owned())), *b"\xa30.1");
    assert!(to_msgpack(&RawValue::Number(Number::Float(f64::NAN)), &AttributeType::Number).is_err());
}

#[test]
fn numbers_in_responses_are_encoded_as_in_a_state_file() {
    let written = |number| to_answer(&RawValue::Number(number), &AttributeType::Number).unwrap();
    assert_eq!(written(Number::Int(-50)), *b"\xa3-50");
    assert_eq!(written(Number::Unsigned(u64::MAX)), *b"\xb418446744073709551615");
    assert_eq!(written(Number::Float(1.5)), *b"\xa31.5");
    assert_eq!(written(Number::Decimal("0.1".to_owned())), *b"\xa30.1");
    // The double nearest to 0.1 is not 0.1.
    assert_eq!(written(Number::Float(0.1))[0], 0xcb);
}

#[test]
fn unknown_values_are_extensions() {
    assert_eq!(
        to_msgpack(&RawValue::UNKNOWN, &AttributeType::String).unwrap(),
        [0xd4, 0x00, 0x00]
    );
    // Terraform's refinement "not null".
    let refined = [0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2];
    let value = from_msgpack(&refined, &AttributeType::String).unwrap();
    assert_eq!(value, RawValue::Unknown(Some(Refinement(std::vec![0x81, 0x01, 0xc2]))));
    assert_eq!(to_msgpack(&value, &AttributeType::String).unwrap(), refined);
}

#[test]
fn false_lengths_allocate_no_memory() {
    let strings = || Box::new(AttributeType::String);
    let object = AttributeType::Object(BTreeMap::from([("a".to_owned(), AttributeType::String)]));
    for (ty, bytes) in [
        (AttributeType::List(strings()), &b"\xdd\xff\xff\xff\xff"[..]),
        (AttributeType::Map(strings()), b"\xdf\xff\xff\xff\xff"),
        (object, b"\xdf\xff\xff\xff\xff\xa1a"),
        (AttributeType::String, b"\xdb\xff\xff\xff\xffx"),
        (AttributeType::String, b"\xc9\xff\xff\xff\xff\x0c"),
        (AttributeType::Any, b"\x92\xc6\xff\xff\xff\xff"),
    ] {
        assert!(from_msgpack(bytes, &ty).is_err(), "{bytes:x?}");
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let mut ty = AttributeType::String;
    for _ in 0..1000 {
        ty = AttributeType::List(Box::new(ty));
    }
    assert!(from_msgpack(&[0x91; 1000], &ty).is_err());
    let json = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    assert!(from_json(json.as_bytes(), &ty).is_err());
}

#[test]
fn an_error_has_the_path_of_the_value() {
    let ty = AttributeType::Object(BTreeMap::from([(
        "list".to_owned(),
        AttributeType::List(Box::new(AttributeType::Bool)),
    )]));
    let value = RawValue::Map(BTreeMap::from([("list".to_owned(), std::vec!["x"].into())]));
    let error = to_msgpack(&value, &ty).unwrap_err().to_string();
    assert!(error.starts_with("list.0: "), "{error}");
    let more = RawValue::Map(BTreeMap::from([("other".to_owned(), RawValue::Null)]));
    assert!(to_msgpack(&more, &ty).unwrap_err().to_string().contains("other"));
}
