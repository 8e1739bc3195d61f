//! A raw value as a field of a model. What serde cannot express is passed as a newtype with a tag.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeTuple},
};

use crate::{Number, RawValue, Refinement, protocol6::types};

/// Name of the newtype that passes a tagged value through serde.
pub(super) const TAGGED: &str = "$terraform_plugin::RawValue";

/// Tag of an unknown value. `tf_provider::value::Value` writes and expects an unknown value with the same tag.
pub(super) const UNKNOWN: i8 = 0;
/// Tag of a value with its type, under an attribute of the type `dynamic`.
pub(super) const TYPED: i8 = 1;
/// Tag of a number in decimal digits.
pub(super) const DECIMAL: i8 = 2;

impl Serialize for RawValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(Number::Int(value)) => serializer.serialize_i64(*value),
            Self::Number(Number::Unsigned(value)) => serializer.serialize_u64(*value),
            Self::String(text) => serializer.serialize_str(text),
            Self::List(elements) => serializer.collect_seq(elements),
            Self::Map(elements) => {
                let mut map = serializer.serialize_map(Some(elements.len()))?;
                for (name, element) in elements {
                    map.serialize_entry(name, element)?;
                }
                map.end()
            }
            // A raw value keeps a double as it is. A double in a field of a model becomes an integer when it is whole.
            Self::Number(Number::Float(_) | Number::Decimal(_)) | Self::Unknown(_) | Self::Typed(..) => {
                serializer.serialize_newtype_struct(TAGGED, &Tagged(self))
            }
        }
    }
}

struct Tagged<'a>(&'a RawValue);

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(3)?;
        match self.0 {
            RawValue::Unknown(refinement) => {
                tuple.serialize_element(&UNKNOWN)?;
                tuple.serialize_element(&refinement.as_ref().map(|refinement| &refinement.0))?;
            }
            RawValue::Typed(attr_type, value) => {
                tuple.serialize_element(&TYPED)?;
                let json = String::from_utf8(types::type_json(attr_type)).map_err(serde::ser::Error::custom)?;
                tuple.serialize_element(&json)?;
                tuple.serialize_element(value)?;
            }
            RawValue::Number(Number::Decimal(digits)) => {
                tuple.serialize_element(&DECIMAL)?;
                tuple.serialize_element(digits)?;
            }
            RawValue::Number(Number::Float(value)) => {
                tuple.serialize_element(&DECIMAL)?;
                tuple.serialize_element(&value.to_bits())?;
            }
            _ => return Err(serde::ser::Error::custom("this value needs no tag")),
        }
        tuple.end()
    }
}

/// Returns the value of a tag and its content.
pub(super) fn untag(parts: Vec<RawValue>) -> Result<RawValue, super::error::ModelError> {
    let mut parts = parts.into_iter();
    let tag = parts.next().and_then(|tag| tag.as_i64());
    let first = parts.next().unwrap_or_default();
    match (tag, first) {
        (Some(tag), RawValue::Null) if tag == i64::from(UNKNOWN) => Ok(RawValue::UNKNOWN),
        (Some(tag), RawValue::List(bytes)) if tag == i64::from(UNKNOWN) => {
            let bytes: Vec<u8> = bytes
                .iter()
                .filter_map(|byte| u8::try_from(byte.as_i64()?).ok())
                .collect();
            Ok(RawValue::Unknown((!bytes.is_empty()).then_some(Refinement(bytes))))
        }
        (Some(tag), RawValue::String(json)) if tag == i64::from(TYPED) => {
            let attr_type = types::parse_type(json.as_bytes()).map_err(super::error::ModelError::new)?;
            Ok(RawValue::Typed(
                Box::new(attr_type),
                Box::new(parts.next().unwrap_or_default()),
            ))
        }
        (Some(tag), RawValue::String(digits)) if tag == i64::from(DECIMAL) => {
            Ok(RawValue::Number(Number::Decimal(digits)))
        }
        (Some(tag), RawValue::Number(bits)) if tag == i64::from(DECIMAL) => match bits {
            Number::Int(bits) => Ok(RawValue::Number(Number::Float(f64::from_bits(bits.cast_unsigned())))),
            Number::Unsigned(bits) => Ok(RawValue::Number(Number::Float(f64::from_bits(bits)))),
            _ => Err(super::error::ModelError::new("a number of an unknown kind")),
        },
        _ => Err(super::error::ModelError::new("a value has an unknown tag")),
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of any type")
    }

    fn visit_unit<E: de::Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<RawValue, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<RawValue, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<RawValue, E> {
        Ok(RawValue::Number(
            i64::try_from(value).map_or(Number::Unsigned(value), Number::Int),
        ))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<RawValue, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawValue, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<RawValue, E> {
        Ok(text.into())
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<RawValue, E> {
        Ok(RawValue::List(
            bytes.iter().map(|byte| i64::from(*byte).into()).collect(),
        ))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<RawValue, A::Error> {
        let mut list = Vec::with_capacity(elements.size_hint().unwrap_or_default().min(1024));
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(RawValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawValue, A::Error> {
        let mut map = std::collections::BTreeMap::new();
        while let Some((name, value)) = entries.next_entry()? {
            map.insert(name, value);
        }
        Ok(RawValue::Map(map))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawValue, D::Error> {
        match RawValue::deserialize(deserializer)? {
            RawValue::List(parts) => untag(parts).map_err(de::Error::custom),
            _ => Err(de::Error::custom("a value has no tag")),
        }
    }
}
