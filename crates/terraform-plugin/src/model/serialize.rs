//! A serde serializer whose output is a raw value.

use std::{collections::BTreeMap, fmt::Display};

use serde::{Serialize, ser};

use crate::{Number, RawValue};

use super::{ModelError, raw};

/// Name of the newtype by which `tf_provider::value::Value` writes an unknown value.
const UNKNOWN_VALUE: &str = "_ExtStruct";

impl ser::Error for ModelError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}

/// Makes a raw value of anything.
pub(super) struct RawSerializer;

/// Collects the elements of a list or the entries of a map.
pub(super) struct Collected {
    list: Vec<RawValue>,
    map: BTreeMap<String, RawValue>,
    key: Option<String>,
    variant: Option<&'static str>,
}

impl Collected {
    fn new(variant: Option<&'static str>) -> Self {
        Self {
            list: Vec::new(),
            map: BTreeMap::new(),
            key: None,
            variant,
        }
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.list.push(value.serialize(RawSerializer)?);
        Ok(())
    }

    fn insert<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), ModelError> {
        self.map.insert(name.to_owned(), value.serialize(RawSerializer)?);
        Ok(())
    }

    fn list(self) -> RawValue {
        of_variant(self.variant, RawValue::List(self.list))
    }

    fn map(self) -> RawValue {
        of_variant(self.variant, RawValue::Map(self.map))
    }
}

fn of_variant(variant: Option<&'static str>, value: RawValue) -> RawValue {
    match variant {
        Some(name) => RawValue::Map(BTreeMap::from([(name.to_owned(), value)])),
        None => value,
    }
}

/// Whole numbers as integers, so that a state that was stored and read again is the same.
fn number(value: f64) -> RawValue {
    #[allow(clippy::cast_possible_truncation)]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        RawValue::from(value as i64)
    } else if value.is_finite() {
        value.into()
    } else {
        RawValue::Null
    }
}

impl ser::Serializer for RawSerializer {
    type Ok = RawValue;
    type Error = ModelError;
    type SerializeSeq = Collected;
    type SerializeTuple = Collected;
    type SerializeTupleStruct = Collected;
    type SerializeTupleVariant = Collected;
    type SerializeMap = Collected;
    type SerializeStruct = Collected;
    type SerializeStructVariant = Collected;

    fn serialize_bool(self, value: bool) -> Result<RawValue, ModelError> {
        Ok(value.into())
    }

    fn serialize_i8(self, value: i8) -> Result<RawValue, ModelError> {
        Ok(i64::from(value).into())
    }

    fn serialize_i16(self, value: i16) -> Result<RawValue, ModelError> {
        Ok(i64::from(value).into())
    }

    fn serialize_i32(self, value: i32) -> Result<RawValue, ModelError> {
        Ok(i64::from(value).into())
    }

    fn serialize_i64(self, value: i64) -> Result<RawValue, ModelError> {
        Ok(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<RawValue, ModelError> {
        Ok(i64::from(value).into())
    }

    fn serialize_u16(self, value: u16) -> Result<RawValue, ModelError> {
        Ok(i64::from(value).into())
    }

    fn serialize_u32(self, value: u32) -> Result<RawValue, ModelError> {
        Ok(i64::from(value).into())
    }

    fn serialize_u64(self, value: u64) -> Result<RawValue, ModelError> {
        Ok(RawValue::Number(
            i64::try_from(value).map_or(Number::Unsigned(value), Number::Int),
        ))
    }

    fn serialize_f32(self, value: f32) -> Result<RawValue, ModelError> {
        Ok(number(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Result<RawValue, ModelError> {
        Ok(number(value))
    }

    fn serialize_char(self, value: char) -> Result<RawValue, ModelError> {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> Result<RawValue, ModelError> {
        Ok(value.into())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<RawValue, ModelError> {
        Ok(RawValue::List(
            bytes.iter().map(|byte| i64::from(*byte).into()).collect(),
        ))
    }

    fn serialize_none(self) -> Result<RawValue, ModelError> {
        Ok(RawValue::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<RawValue, ModelError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<RawValue, ModelError> {
        Ok(RawValue::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<RawValue, ModelError> {
        Ok(RawValue::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<RawValue, ModelError> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<RawValue, ModelError> {
        let inner = value.serialize(self)?;
        match (name, inner) {
            (raw::TAGGED | UNKNOWN_VALUE, RawValue::List(parts)) => raw::untag(parts),
            (_, inner) => Ok(inner),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<RawValue, ModelError> {
        Ok(of_variant(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Collected, ModelError> {
        Ok(Collected::new(None))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Collected, ModelError> {
        Ok(Collected::new(None))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Collected, ModelError> {
        Ok(Collected::new(None))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Collected, ModelError> {
        Ok(Collected::new(Some(variant)))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Collected, ModelError> {
        Ok(Collected::new(None))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Collected, ModelError> {
        Ok(Collected::new(None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Collected, ModelError> {
        Ok(Collected::new(Some(variant)))
    }
}

impl ser::SerializeSeq for Collected {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.push(value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(self.list())
    }
}

impl ser::SerializeTuple for Collected {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.push(value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(self.list())
    }
}

impl ser::SerializeTupleStruct for Collected {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.push(value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(self.list())
    }
}

impl ser::SerializeTupleVariant for Collected {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.push(value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(self.list())
    }
}

impl ser::SerializeMap for Collected {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ModelError> {
        match key.serialize(RawSerializer)? {
            RawValue::String(key) => {
                self.key = Some(key);
                Ok(())
            }
            _ => Err(ModelError::new("the keys of a map are not text")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        let key = self.key.take().unwrap_or_default();
        self.insert(&key, value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(self.map())
    }
}

impl ser::SerializeStruct for Collected {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), ModelError> {
        self.insert(name, value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(self.map())
    }
}

impl ser::SerializeStructVariant for Collected {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), ModelError> {
        self.insert(name, value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(self.map())
    }
}
