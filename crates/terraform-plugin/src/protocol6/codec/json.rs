//! Decodes values from JSON: stored states, and values of requests that Terraform sends as JSON.
//!
//! It parses one level after the other from the text, so that numbers keep every digit.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::value::RawValue as RawJson;

use crate::{
    AttributeType, Number, RawValue,
    protocol6::types::{parse_type, plain},
};

use super::{CodecError, MAX_DEPTH};

/// Decodes a value of type `ty`. Missing attributes are null; attributes that the type does not have are an error.
///
/// # Errors
/// [`CodecError`] if the value does not match the type.
pub fn from_json(json: &[u8], ty: &AttributeType) -> Result<RawValue, CodecError> {
    Reader { skips_unknown: false }.read(parse(json)?, ty, 0)
}

/// Decodes a stored state of type `ty`. Missing attributes are null; attributes that the type does not have are dropped,
/// because an earlier build with the same schema version had them.
///
/// # Errors
/// [`CodecError`] if the value does not match the type.
pub fn from_stored_json(json: &[u8], ty: &AttributeType) -> Result<RawValue, CodecError> {
    Reader { skips_unknown: true }.read(parse(json)?, ty, 0)
}

fn parse<'j, T: Deserialize<'j>>(json: &'j [u8]) -> Result<T, CodecError> {
    serde_json::from_slice(json).map_err(|error| unquoted(&error))
}

fn level<'j, T: Deserialize<'j>>(json: &'j RawJson) -> Result<T, CodecError> {
    serde_json::from_str(json.get()).map_err(|error| unquoted(&error))
}

/// Converts an error of a JSON parser, without the value at fault, which may be sensitive.
fn unquoted(error: &serde_json::Error) -> CodecError {
    let place = format!("at line {}, column {}", error.line(), error.column());
    CodecError::new(match error.classify() {
        serde_json::error::Category::Data => format!("a value does not have the expected type {place}"),
        _ => format!("invalid JSON {place}"),
    })
}

/// A string; borrowed if it has no escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Text<'j>(#[serde(borrow)] Cow<'j, str>);

type Object<'j> = BTreeMap<Text<'j>, &'j RawJson>;

struct Reader {
    skips_unknown: bool,
}

impl Reader {
    fn read(&self, json: &RawJson, ty: &AttributeType, depth: usize) -> Result<RawValue, CodecError> {
        if depth > MAX_DEPTH {
            return Err(CodecError::new("nested too deeply"));
        }
        if json.get() == "null" {
            return Ok(RawValue::Null);
        }
        match ty {
            AttributeType::Bool => read_bool(json).map(RawValue::Bool),
            AttributeType::String => read_text(json).map(RawValue::String),
            AttributeType::Number => read_number(json).map(RawValue::Number),
            AttributeType::List(inner) | AttributeType::Set(inner) => {
                let elements: Vec<&RawJson> = level(json)?;
                let elements = elements.into_iter().enumerate();
                elements
                    .map(|(at, element)| {
                        self.read(element, inner, depth + 1)
                            .map_err(|error| error.within(&at.to_string()))
                    })
                    .collect::<Result<_, _>>()
                    .map(RawValue::List)
            }
            AttributeType::Tuple(types) => {
                let elements: Vec<&RawJson> = level(json)?;
                if elements.len() != types.len() {
                    return Err(CodecError::new("a tuple has another length than its type"));
                }
                let elements = elements.into_iter().zip(types);
                elements
                    .map(|(element, inner)| self.read(element, inner, depth + 1))
                    .collect::<Result<_, _>>()
                    .map(RawValue::List)
            }
            AttributeType::Map(inner) => {
                let elements: Object<'_> = level(json)?;
                let elements = elements.into_iter();
                elements
                    .map(|(Text(key), element)| {
                        let value = self
                            .read(element, inner, depth + 1)
                            .map_err(|error| error.within(&key))?;
                        Ok((key.into_owned(), value))
                    })
                    .collect::<Result<_, CodecError>>()
                    .map(RawValue::Map)
            }
            AttributeType::Object(types) => self.read_object(json, types, depth),
            AttributeType::Any => self.read_dynamic(json, depth),
            nested => self.read(json, &plain(nested), depth),
        }
    }

    fn read_object(
        &self,
        json: &RawJson,
        types: &BTreeMap<String, AttributeType>,
        depth: usize,
    ) -> Result<RawValue, CodecError> {
        let elements: Object<'_> = level(json)?;
        let mut values: BTreeMap<String, RawValue> = types.keys().map(|name| (name.clone(), RawValue::Null)).collect();
        for (Text(name), element) in elements {
            match types.get(name.as_ref()) {
                Some(inner) => {
                    let value = self
                        .read(element, inner, depth + 1)
                        .map_err(|error| error.within(&name))?;
                    values.insert(name.into_owned(), value);
                }
                None if self.skips_unknown => {}
                None => return Err(CodecError::new(format!("there is no attribute {name:?}"))),
            }
        }
        Ok(RawValue::Map(values))
    }

    fn read_dynamic(&self, json: &RawJson, depth: usize) -> Result<RawValue, CodecError> {
        let pair: Object<'_> = level(json)?;
        let part = |name| pair.get(&Text(Cow::Borrowed(name)));
        match (part("type"), part("value")) {
            (Some(ty), Some(value)) if pair.len() == 2 => {
                let inner = parse_type(ty.get().as_bytes())?;
                let value = self.read(value, &inner, depth + 1)?;
                Ok(RawValue::Typed(Box::new(inner), Box::new(value)))
            }
            _ => Err(CodecError::new("a dynamic value is not a pair of type and value")),
        }
    }
}

fn is_text(json: &RawJson) -> bool {
    json.get().starts_with('"')
}

fn is_compound(json: &RawJson) -> bool {
    json.get().starts_with(['[', '{'])
}

/// Reads a bool, also from a string: older versions of Terraform stored bools and numbers as strings.
fn read_bool(json: &RawJson) -> Result<bool, CodecError> {
    match json.get() {
        "true" | "\"true\"" => Ok(true),
        "false" | "\"false\"" => Ok(false),
        _ => Err(CodecError::new("not a bool")),
    }
}

fn read_text(json: &RawJson) -> Result<String, CodecError> {
    if is_text(json) {
        level::<Text<'_>>(json).map(|Text(text)| text.into_owned())
    } else if is_compound(json) {
        Err(CodecError::new("not a string"))
    } else {
        Ok(json.get().to_owned())
    }
}

fn read_number(json: &RawJson) -> Result<Number, CodecError> {
    let digits = if is_text(json) {
        read_text(json)?
    } else {
        json.get().to_owned()
    };
    Number::parse(&digits).ok_or_else(|| CodecError::new("not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> RawValue {
        from_json(text.as_bytes(), &AttributeType::Number).unwrap()
    }

    #[test]
    fn numbers_keep_every_digit() {
        let digits = "123456789012345678901234567890.123456789";
        assert_eq!(number(digits), RawValue::Number(Number::Decimal(digits.to_owned())));
        assert_eq!(number("12"), 12.into());
        assert_eq!(number("\"12\""), 12.into());
        assert_eq!(number("1e400"), RawValue::Number(Number::Decimal("1e400".to_owned())));
    }

    #[test]
    fn undeclared_attributes_are_dropped_from_stored_states_only() {
        let ty = AttributeType::Object(BTreeMap::from([("a".to_owned(), AttributeType::String)]));
        let json = br#"{"a":"x\n","gone":[1,{}]}"#;
        assert!(from_json(json, &ty).is_err());
        let value = from_stored_json(json, &ty).unwrap();
        assert_eq!(value.get("a").as_str(), Some("x\n"));
        assert_eq!(value.as_map().map(BTreeMap::len), Some(1));
        assert!(from_stored_json(b"{}", &ty).unwrap().get("a").is_null());
    }

    #[test]
    fn dynamic_values_have_their_own_type() {
        let json = br#"{"type":["list","number"],"value":[1,2.5]}"#;
        let RawValue::Typed(ty, value) = from_json(json, &AttributeType::Any).unwrap() else {
            panic!("no type");
        };
        assert_eq!(*ty, AttributeType::List(Box::new(AttributeType::Number)));
        assert_eq!(value.as_list().map(<[_]>::len), Some(2));
        assert!(from_json(b"null", &AttributeType::Any).unwrap().is_null());
    }

    #[test]
    fn an_error_has_the_position_and_not_the_value() {
        let map = AttributeType::Map(Box::new(AttributeType::String));
        for (json, ty) in [
            (&b"\"LEAK\""[..], &map),
            (b"{\"a\": LEAK}", &map),
            (b"\"LEAK\"", &AttributeType::Number),
        ] {
            let error = from_json(json, ty).unwrap_err().to_string();
            assert!(!error.contains("LEAK"), "{error}");
        }
        let error = from_json(b"\"LEAK\"", &map).unwrap_err().to_string();
        assert!(error.contains("column"), "{error}");
    }

    #[test]
    fn a_value_of_another_type_is_an_error() {
        let cases: [(&[u8], AttributeType); 8] = [
            (b"", AttributeType::String),
            (b"{", AttributeType::String),
            (b"[1]", AttributeType::String),
            (b"1", AttributeType::Bool),
            (b"\"x\"", AttributeType::Number),
            (b"{}", AttributeType::List(Box::new(AttributeType::String))),
            (b"[1]", AttributeType::Tuple(vec![])),
            (b"{\"type\":\"string\"}", AttributeType::Any),
        ];
        for (json, ty) in cases {
            assert!(
                from_json(json, &ty).is_err(),
                "{} as {ty}",
                String::from_utf8_lossy(json)
            );
        }
    }
}
