//! A serde deserializer whose input is a raw value.

use std::fmt::Display;

use serde::{
    de::{self, Deserializer, IntoDeserializer, Visitor, value::MapDeserializer, value::SeqDeserializer},
    forward_to_deserialize_any,
};

use crate::{Number, RawValue, protocol6::types};

use super::{error::ModelError, raw};

impl de::Error for ModelError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl<'de> IntoDeserializer<'de, ModelError> for &'de RawValue {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de RawValue {
    type Error = ModelError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ModelError> {
        match self {
            RawValue::Null => visitor.visit_unit(),
            RawValue::Bool(value) => visitor.visit_bool(*value),
            RawValue::Number(Number::Int(value)) => visitor.visit_i64(*value),
            RawValue::Number(Number::Unsigned(value)) => visitor.visit_u64(*value),
            RawValue::Number(Number::Float(value)) => visitor.visit_f64(*value),
            RawValue::String(text) => visitor.visit_borrowed_str(text),
            RawValue::List(elements) => visitor.visit_seq(SeqDeserializer::new(elements.iter())),
            RawValue::Map(elements) => visitor.visit_map(MapDeserializer::new(
                elements.iter().map(|(name, value)| (name.as_str(), value)),
            )),
            RawValue::Unknown(_) | RawValue::Number(Number::Decimal(_)) | RawValue::Typed(..) => {
                visitor.visit_newtype_struct(Tagged(self))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ModelError> {
        match self {
            RawValue::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ModelError> {
        match self {
            RawValue::Unknown(_) => visitor.visit_newtype_struct(Tagged(self)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ModelError> {
        match self {
            RawValue::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(ModelError::new("an enum is not a string")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The tag of a value and its content.
struct Tagged<'de>(&'de RawValue);

impl<'de> Deserializer<'de> for Tagged<'de> {
    type Error = ModelError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ModelError> {
        let parts = match self.0 {
            RawValue::Unknown(refinement) => {
                let bytes = refinement.as_ref().map(|refinement| refinement.0.as_slice());
                vec![Part::Tag(raw::UNKNOWN), Part::Bytes(bytes.unwrap_or_default())]
            }
            RawValue::Typed(attr_type, value) => {
                let json = String::from_utf8(types::type_json(attr_type)).map_err(ModelError::new)?;
                vec![Part::Tag(raw::TYPED), Part::Text(json), Part::Value(value)]
            }
            RawValue::Number(Number::Decimal(digits)) => {
                vec![Part::Tag(raw::DECIMAL), Part::Text(digits.clone())]
            }
            _ => return Err(ModelError::new("a value has no tag")),
        };
        visitor.visit_seq(SeqDeserializer::new(parts.into_iter()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

enum Part<'de> {
    Tag(i8),
    Text(String),
    Bytes(&'de [u8]),
    Value(&'de RawValue),
}

impl<'de> IntoDeserializer<'de, ModelError> for Part<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Part<'de> {
    type Error = ModelError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ModelError> {
        match self {
            Self::Tag(tag) => visitor.visit_i8(tag),
            Self::Text(text) => visitor.visit_string(text),
            Self::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Self::Value(value) => value.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
