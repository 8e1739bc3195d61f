//! The encoding of single values, byte by byte. `tests/protocol/values.rs` has the properties that hold for all values.

use std::collections::BTreeMap;

use super::*;
use crate::{Attribute, Number, Refinement, schema::attributes};

fn object(pairs: &[(&str, RawValue)]) -> RawValue {
    RawValue::Map(
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    )
}

fn object_type(pairs: &[(&str, AttributeType)]) -> AttributeType {
    AttributeType::Object(
        pairs
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    )
}

fn list_of(ty: AttributeType) -> AttributeType {
    AttributeType::List(Box::new(ty))
}

/// Returns one type of every kind.
fn types() -> Vec<AttributeType> {
    let strings = || Box::new(AttributeType::String);
    let nested = || attributes([Attribute::string("a")]);
    vec![
        AttributeType::String,
        AttributeType::Number,
        AttributeType::Bool,
        AttributeType::Any,
        AttributeType::List(strings()),
        AttributeType::Set(strings()),
        AttributeType::Map(strings()),
        AttributeType::Tuple(vec![AttributeType::String]),
        object_type(&[("a", AttributeType::String)]),
        AttributeType::AttributeSingle(nested()),
        AttributeType::AttributeList(nested()),
        AttributeType::AttributeSet(nested()),
        AttributeType::AttributeMap(nested()),
    ]
}

#[test]
fn a_value_of_a_request_is_in_messagepack_or_json_and_absent_if_both_are_empty() {
    let decoded = |msgpack: &[u8], json: &[u8]| {
        let value = DynamicValue {
            msgpack: msgpack.to_vec(),
            json: json.to_vec(),
        };
        decode(Some(&value), &AttributeType::String).unwrap()
    };
    assert_eq!(decoded(b"\xa1m", b""), "m".into());
    assert_eq!(decoded(b"", b"\"j\""), "j".into());
    assert_eq!(decoded(b"\xa1m", b"\"j\""), "m".into());
    assert_eq!(decoded(b"", b""), RawValue::Null);
    assert_eq!(decode(None, &AttributeType::String), Ok(RawValue::Null));
}

#[test]
fn null_is_not_unknown_whatever_the_type() {
    for ty in types() {
        assert_eq!(from_msgpack(b"\xc0", &ty), Ok(RawValue::Null), "{ty}");
        assert_eq!(from_msgpack(b"\xd4\x00\x00", &ty), Ok(RawValue::UNKNOWN), "{ty}");
        assert_eq!(from_json(b"null", &ty), Ok(RawValue::Null), "{ty}");
        for encoded in [to_msgpack, to_answer] {
            assert_eq!(encoded(&RawValue::Null, &ty).unwrap(), b"\xc0", "{ty}");
            assert_eq!(encoded(&RawValue::UNKNOWN, &ty).unwrap(), b"\xd4\x00\x00", "{ty}");
        }
    }
}

#[test]
fn an_extension_of_any_size_is_an_unknown_value() {
    let refined = |payload: &[u8]| RawValue::Unknown(Some(Refinement(payload.to_vec())));
    let cases: [(&[u8], RawValue); 9] = [
        (b"\xd4\x0cx", refined(b"x")),
        (b"\xd5\x0cxy", refined(b"xy")),
        (b"\xd6\x0cwxyz", refined(b"wxyz")),
        (b"\xd7\x0c12345678", refined(b"12345678")),
        (b"\xd8\x0c1234567812345678", refined(b"1234567812345678")),
        (b"\xc7\x03\x0cxyz", refined(b"xyz")),
        (b"\xc8\x00\x03\x0cxyz", refined(b"xyz")),
        (b"\xc9\x00\x00\x00\x03\x0cxyz", refined(b"xyz")),
        // Another extension has no refinement.
        (b"\xc7\x03\x05xyz", RawValue::UNKNOWN),
    ];
    for (bytes, value) in cases {
        assert_eq!(from_msgpack(bytes, &AttributeType::String), Ok(value), "{bytes:x?}");
    }
}

#[test]
fn every_form_of_a_number_is_read_exactly() {
    let decimal = |text: &str| Number::Decimal(text.to_owned());
    let cases: [(&[u8], Number); 18] = [
        (b"\x05", Number::Int(5)),
        (b"\xff", Number::Int(-1)),
        (b"\xcc\xff", Number::Int(255)),
        (b"\xcd\x01\x00", Number::Int(256)),
        (b"\xce\x00\x01\x00\x00", Number::Int(65536)),
        (b"\xcf\x00\x00\x00\x01\x00\x00\x00\x00", Number::Int(1 << 32)),
        (b"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", Number::Int(i64::MAX)),
        (b"\xcf\x80\x00\x00\x00\x00\x00\x00\x00", Number::Unsigned(1 << 63)),
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", Number::Unsigned(u64::MAX)),
        (b"\xd0\x80", Number::Int(-128)),
        (b"\xd1\x80\x00", Number::Int(-32768)),
        (b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", Number::Int(i64::MIN)),
        (b"\xca\x3f\x00\x00\x00", Number::Float(0.5)),
        (b"\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", Number::Float(0.5)),
        (b"\xa30.1", decimal("0.1")),
        (b"\xd9\x030.1", decimal("0.1")),
        (b"\xda\x00\x030.1", decimal("0.1")),
        (b"\xdb\x00\x00\x00\x030.1", decimal("0.1")),
    ];
    for (bytes, number) in cases {
        let value = from_msgpack(bytes, &AttributeType::Number);
        assert_eq!(value, Ok(RawValue::Number(number)), "{bytes:x?}");
    }
    assert!(from_msgpack(b"\xa1x", &AttributeType::Number).is_err());
}

#[test]
fn a_whole_double_is_written_as_an_integer_if_it_fits() {
    let written = |value: f64| to_msgpack(&value.into(), &AttributeType::Number).unwrap();
    assert_eq!(written(-5.0), b"\xfb");
    assert_eq!(written(-9_223_372_036_854_775_808.0), b"\xd3\x80\0\0\0\0\0\0\0");
    assert_eq!(written(9_223_372_036_854_775_808.0)[0], 0xcb);
    assert_eq!(written(f64::INFINITY)[0], 0xcb);
}

#[test]
fn an_object_is_written_with_every_attribute_in_the_order_of_their_names() {
    let ty = object_type(&[
        ("b", AttributeType::String),
        ("a", AttributeType::Bool),
        ("c", AttributeType::Bool),
    ]);
    let value = object(&[("b", "x".into()), ("a", true.into())]);
    let bytes = b"\x83\xa1a\xc3\xa1b\xa1x\xa1c\xc0";
    assert_eq!(to_msgpack(&value, &ty).unwrap(), bytes);
    let full = object(&[("a", true.into()), ("b", "x".into()), ("c", RawValue::Null)]);
    assert_eq!(from_msgpack(bytes, &ty), Ok(full.clone()));
    // A client may leave attributes out, and may not send others.
    assert_eq!(from_msgpack(b"\x82\xa1a\xc3\xa1b\xa1x", &ty), Ok(full));
    let empty = object(&[("a", RawValue::Null), ("b", RawValue::Null), ("c", RawValue::Null)]);
    assert_eq!(from_msgpack(b"\x80", &ty), Ok(empty.clone()));
    assert_eq!(from_json(b"{}", &ty), Ok(empty.clone()));
    assert_eq!(from_stored_json(b"{}", &ty), Ok(empty));
    let error = from_msgpack(b"\x81\xa1d\xc3", &ty).unwrap_err().to_string();
    assert_eq!(error, "there is no attribute \"d\"");
}

#[test]
fn nested_attributes_are_encoded_as_objects() {
    let nested = || attributes([Attribute::string("name"), Attribute::bool("on")]);
    let element = object(&[("name", "x".into()), ("on", true.into())]);
    let bytes = b"\x82\xa4name\xa1x\xa2on\xc3".to_vec();
    let json = r#"{"name":"x","on":true}"#;
    let list = RawValue::List(vec![element.clone()]);
    let map = object(&[("k", element.clone())]);
    for (ty, value, msgpack, json) in [
        (
            AttributeType::AttributeSingle(nested()),
            element,
            bytes.clone(),
            json.to_owned(),
        ),
        (
            AttributeType::AttributeList(nested()),
            list.clone(),
            [b"\x91".to_vec(), bytes.clone()].concat(),
            format!("[{json}]"),
        ),
        (
            AttributeType::AttributeSet(nested()),
            list,
            [b"\x91".to_vec(), bytes.clone()].concat(),
            format!("[{json}]"),
        ),
        (
            AttributeType::AttributeMap(nested()),
            map,
            [b"\x81\xa1k".to_vec(), bytes].concat(),
            format!("{{\"k\":{json}}}"),
        ),
    ] {
        assert_eq!(to_msgpack(&value, &ty).unwrap(), msgpack, "{ty}");
        assert_eq!(from_msgpack(&msgpack, &ty), Ok(value.clone()), "{ty}");
        assert_eq!(from_json(json.as_bytes(), &ty), Ok(value), "{ty}");
    }
}

#[test]
fn a_tuple_has_as_many_elements_as_its_type() {
    let ty = AttributeType::Tuple(vec![AttributeType::Bool, AttributeType::String]);
    let right: RawValue = RawValue::List(vec![true.into(), "x".into()]);
    assert_eq!(to_msgpack(&right, &ty).unwrap(), b"\x92\xc3\xa1x");
    assert_eq!(from_msgpack(b"\x92\xc3\xa1x", &ty), Ok(right.clone()));
    assert_eq!(from_json(b"[true,\"x\"]", &ty), Ok(right));
    for elements in [vec![], vec![true.into()], vec![true.into(), "x".into(), "x".into()]] {
        assert!(to_msgpack(&RawValue::List(elements), &ty).is_err());
    }
    for bytes in [&b"\x90"[..], b"\x91\xc3", b"\x93\xc3\xa1x\xa1x"] {
        assert!(from_msgpack(bytes, &ty).is_err(), "{bytes:x?}");
    }
    for json in [&b"[]"[..], b"[true]", b"[true,\"x\",\"x\"]"] {
        assert!(from_json(json, &ty).is_err());
    }
}

#[test]
fn the_type_of_a_dynamic_value_is_sent_with_it() {
    let written = |value: RawValue| to_msgpack(&value, &AttributeType::Any).unwrap();
    let typed = |ty, value| RawValue::Typed(Box::new(ty), Box::new(value));
    assert_eq!(
        written(typed(AttributeType::Bool, true.into())),
        b"\x92\xc4\x06\"bool\"\xc3"
    );
    assert_eq!(written("x".into()), b"\x92\xc4\x08\"string\"\xa1x");
    assert_eq!(written(5.into()), b"\x92\xc4\x08\"number\"\x05");
    assert_eq!(
        written(RawValue::List(vec!["x".into(), RawValue::Null])),
        b"\x92\xc4\x1e[\"tuple\",[\"string\",\"dynamic\"]]\x92\xa1x\xc0"
    );
    assert_eq!(
        written(object(&[("a", true.into())])),
        b"\x92\xc4\x17[\"object\",{\"a\":\"bool\"}]\x81\xa1a\xc3"
    );
    // The type arrives as bytes or as text.
    for bytes in [&b"\x92\xc4\x06\"bool\"\xc3"[..], b"\x92\xa6\"bool\"\xc3"] {
        let value = from_msgpack(bytes, &AttributeType::Any);
        assert_eq!(value, Ok(typed(AttributeType::Bool, true.into())));
    }
    for bytes in [
        &b"\x91\xc4\x06\"bool\""[..],
        b"\x93\xc4\x06\"bool\"\xc3\xc3",
        b"\x92\xc4\x04bool\xc3",
    ] {
        assert!(from_msgpack(bytes, &AttributeType::Any).is_err(), "{bytes:x?}");
    }
    for json in [
        &br#"{"type":"bool","value":true,"more":1}"#[..],
        br#"{"type":"bool"}"#,
        br#"{"value":true}"#,
        br#"{"type":"bool","other":true}"#,
    ] {
        assert!(from_json(json, &AttributeType::Any).is_err());
    }
}

#[test]
fn stored_strings_numbers_and_bools_may_have_the_type_of_an_older_terraform() {
    let read = |json: &str, ty| from_json(json.as_bytes(), &ty);
    assert_eq!(read("true", AttributeType::Bool), Ok(true.into()));
    assert_eq!(read("\"true\"", AttributeType::Bool), Ok(true.into()));
    assert_eq!(read("false", AttributeType::Bool), Ok(false.into()));
    assert_eq!(read("\"false\"", AttributeType::Bool), Ok(false.into()));
    assert_eq!(read("1.50", AttributeType::String), Ok("1.50".into()));
    assert_eq!(read("true", AttributeType::String), Ok("true".into()));
    assert_eq!(read("\"1\"", AttributeType::Number), Ok(1.into()));
    for (json, ty) in [
        ("1", AttributeType::Bool),
        ("\"yes\"", AttributeType::Bool),
        ("[]", AttributeType::String),
        ("{}", AttributeType::String),
        ("true", AttributeType::Number),
    ] {
        assert!(read(json, ty.clone()).is_err(), "{json} as {ty}");
    }
}

#[test]
fn an_error_says_whether_the_json_is_invalid_or_of_another_type() {
    let error = |json: &str| {
        let ty = list_of(AttributeType::String);
        from_json(json.as_bytes(), &ty).unwrap_err().to_string()
    };
    assert_eq!(error("[1,"), "invalid JSON at line 1, column 3");
    assert!(error("{}").starts_with("a value does not have the expected type at line 1, column "));
}

#[test]
fn bytes_of_another_type_are_an_error_and_not_a_value() {
    let cases: [(&[u8], AttributeType); 11] = [
        (b"", AttributeType::String),
        (b"\xa1\xff", AttributeType::String),
        (b"\x05", AttributeType::String),
        (b"\xc3", AttributeType::Number),
        (b"\x01", AttributeType::Bool),
        (b"\xa4true", AttributeType::Bool),
        (b"\x81\xa1a\xa1x", list_of(AttributeType::String)),
        (b"\x91\xa1x", AttributeType::Map(Box::new(AttributeType::String))),
        (b"\x90", object_type(&[])),
        (b"\xa1x", AttributeType::Any),
        (b"\xa1x\xc0", AttributeType::String),
    ];
    for (bytes, ty) in cases {
        assert!(from_msgpack(bytes, &ty).is_err(), "{bytes:x?} as {ty}");
    }
    let values: [(RawValue, AttributeType); 6] = [
        ("x".into(), AttributeType::Number),
        (5.into(), AttributeType::String),
        ("true".into(), AttributeType::Bool),
        (object(&[]), list_of(AttributeType::String)),
        (RawValue::List(vec![]), object_type(&[])),
        (
            object(&[("b", "x".into())]),
            object_type(&[("a", AttributeType::String)]),
        ),
    ];
    for (value, ty) in values {
        assert!(to_msgpack(&value, &ty).is_err(), "{value:?} as {ty}");
    }
}

#[test]
fn an_error_has_the_path_of_the_value_in_every_format() {
    let ty = object_type(&[("map", AttributeType::Map(Box::new(list_of(AttributeType::Bool))))]);
    let value = object(&[("map", object(&[("k", vec!["x"].into())]))]);
    for error in [
        to_msgpack(&value, &ty).unwrap_err(),
        from_msgpack(b"\x81\xa3map\x81\xa1k\x91\xa1x", &ty).unwrap_err(),
        from_json(br#"{"map":{"k":["x"]}}"#, &ty).unwrap_err(),
    ] {
        assert!(error.to_string().starts_with("map.k.0: "), "{error}");
    }
}

/// A value in all its forms, to which levels of nesting can be added.
struct Nested {
    ty: AttributeType,
    value: RawValue,
    msgpack: Vec<u8>,
    json: String,
}

impl Nested {
    fn leaf() -> Self {
        Self {
            ty: AttributeType::Bool,
            value: true.into(),
            msgpack: b"\xc3".to_vec(),
            json: "true".to_owned(),
        }
    }

    /// Adds a level.
    fn inside(self, kind: &str) -> Self {
        let Self {
            ty,
            value,
            msgpack,
            json,
        } = self;
        let key = || "k".to_owned();
        let (list, map) = (
            RawValue::List(vec![value.clone()]),
            RawValue::Map([(key(), value.clone())].into()),
        );
        let with = |prefix: &[u8]| [prefix, &msgpack].concat();
        let (array, object) = (format!("[{json}]"), format!("{{\"k\":{json}}}"));
        let (ty, value, msgpack, json) = match kind {
            "list" => (AttributeType::List(Box::new(ty)), list, with(b"\x91"), array),
            "set" => (AttributeType::Set(Box::new(ty)), list, with(b"\x91"), array),
            "tuple" => (AttributeType::Tuple(vec![ty]), list, with(b"\x91"), array),
            "map" => (AttributeType::Map(Box::new(ty)), map, with(b"\x81\xa1k"), object),
            "object" => (
                AttributeType::Object(BTreeMap::from([(key(), ty)])),
                map,
                with(b"\x81\xa1k"),
                object,
            ),
            _ => {
                let name = ty.to_string();
                let mut prefix = b"\x92\xc4".to_vec();
                prefix.push(u8::try_from(name.len()).unwrap());
                prefix.extend_from_slice(name.as_bytes());
                (
                    AttributeType::Any,
                    RawValue::Typed(Box::new(ty), Box::new(value)),
                    with(&prefix),
                    format!("{{\"type\":{name},\"value\":{json}}}"),
                )
            }
        };
        Self {
            ty,
            value,
            msgpack,
            json,
        }
    }

    fn levels(kind: &str, levels: usize) -> Self {
        (0..levels).fold(Self::leaf(), |inner, _| inner.inside(kind))
    }
}

#[test]
fn a_value_may_be_nested_as_deeply_as_the_limit_and_not_deeper() {
    for kind in ["list", "set", "tuple", "map", "object", "dynamic"] {
        let deepest = Nested::levels(kind, MAX_DEPTH);
        let json = deepest.json.as_bytes();
        assert_eq!(
            to_msgpack(&deepest.value, &deepest.ty).unwrap(),
            deepest.msgpack,
            "{kind}"
        );
        assert_eq!(
            from_msgpack(&deepest.msgpack, &deepest.ty).unwrap(),
            deepest.value,
            "{kind}"
        );
        assert_eq!(from_json(json, &deepest.ty).unwrap(), deepest.value, "{kind}");

        let deeper = Nested::levels(kind, MAX_DEPTH + 1);
        let json = deeper.json.as_bytes();
        for error in [
            to_msgpack(&deeper.value, &deeper.ty).unwrap_err(),
            from_msgpack(&deeper.msgpack, &deeper.ty).unwrap_err(),
            from_json(json, &deeper.ty).unwrap_err(),
            from_stored_json(json, &deeper.ty).unwrap_err(),
        ] {
            assert!(error.to_string().ends_with("nested too deeply"), "{kind}: {error}");
        }
    }
}

#[test]
fn a_value_without_a_type_that_is_nested_too_deeply_is_refused() {
    for kind in ["list", "map"] {
        // The pair of type and value is one more level.
        let deepest = Nested::levels(kind, MAX_DEPTH - 1).value;
        assert!(to_msgpack(&deepest, &AttributeType::Any).is_ok(), "{kind}");
        let deeper = Nested::levels(kind, MAX_DEPTH).value;
        assert!(to_msgpack(&deeper, &AttributeType::Any).is_err(), "{kind}");
        // Without a limit, it would exhaust the stack. Dropping it would, too.
        let level = |inner: RawValue| match kind {
            "list" => RawValue::List(vec![inner]),
            _ => RawValue::Map([("k".to_owned(), inner)].into()),
        };
        let endless = (0..20_000).fold(RawValue::Null, |inner, _| level(inner));
        let endless: &RawValue = Box::leak(Box::new(endless));
        assert!(to_msgpack(endless, &AttributeType::Any).is_err(), "{kind}");
    }
}
