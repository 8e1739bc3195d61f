//! A serde serializer whose output is a raw value.

use std::{collections::BTreeMap, fmt::Display};

use serde::{
    Serialize,
    ser::{self, Impossible},
};

use crate::{Number, RawValue};

use super::{error::ModelError, raw};

/// Name of the newtype as which `tf_provider::value::Value` serializes an unknown value.
const UNKNOWN_VALUE: &str = "_ExtStruct";

impl ser::Error for ModelError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}

/// Serializes a model to a raw value.
pub(super) struct RawSerializer;

/// Collects the elements of a list.
#[derive(Default)]
pub(super) struct Elements(Vec<RawValue>);

impl Elements {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.0.push(value.serialize(RawSerializer)?);
        Ok(())
    }
}

/// Collects the entries of a map or the attributes of an object.
#[derive(Default)]
pub(super) struct Entries {
    map: BTreeMap<String, RawValue>,
    key: String,
}

impl Entries {
    fn insert<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), ModelError> {
        self.map.insert(name, value.serialize(RawSerializer)?);
        Ok(())
    }
}

/// Returns the error for enums with data and tuple structs, which no Terraform type corresponds to.
fn no_terraform_type<T>(name: &str) -> Result<T, ModelError> {
    Err(ModelError::new(format!("{name} corresponds to no Terraform type")))
}

impl ser::Serializer for RawSerializer {
    type Ok = RawValue;
    type Error = ModelError;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Impossible<RawValue, ModelError>;
    type SerializeTupleVariant = Impossible<RawValue, ModelError>;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Impossible<RawValue, ModelError>;

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
        Ok(RawValue::from_double(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Result<RawValue, ModelError> {
        Ok(RawValue::from_double(value))
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
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<RawValue, ModelError> {
        no_terraform_type(name)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Elements, ModelError> {
        Ok(Elements::default())
    }

    fn serialize_tuple(self, _length: usize) -> Result<Elements, ModelError> {
        Ok(Elements::default())
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, ModelError> {
        no_terraform_type(name)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, ModelError> {
        no_terraform_type(name)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries, ModelError> {
        Ok(Entries::default())
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Entries, ModelError> {
        Ok(Entries::default())
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, ModelError> {
        no_terraform_type(name)
    }
}

impl ser::SerializeSeq for Elements {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.push(value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(RawValue::List(self.0))
    }
}

impl ser::SerializeTuple for Elements {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        self.push(value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(RawValue::List(self.0))
    }
}

impl ser::SerializeMap for Entries {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ModelError> {
        match key.serialize(RawSerializer)? {
            RawValue::String(key) => {
                self.key = key;
                Ok(())
            }
            _ => Err(ModelError::new("the keys of a map are not strings")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ModelError> {
        let key = std::mem::take(&mut self.key);
        self.insert(key, value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(RawValue::Map(self.map))
    }
}

impl ser::SerializeStruct for Entries {
    type Ok = RawValue;
    type Error = ModelError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), ModelError> {
        self.insert(name.to_owned(), value)
    }

    fn end(self) -> Result<RawValue, ModelError> {
        Ok(RawValue::Map(self.map))
    }
}
