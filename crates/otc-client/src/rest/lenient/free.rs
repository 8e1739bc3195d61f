//! JSON of any form, up to a size far above that of real answers.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::http::limit_error;

/// Number of values (numbers, texts, lists, objects) that a member of free form, such as `extra_info`, may have. The largest known
/// answers have some hundred.
const MAX_VALUES: usize = 10_000;

/// Memory of a value, of a list that is not empty, and of an object that is not empty, in bytes.
const PLAIN: usize = 64;
const LIST: usize = 128;
const OBJECT: usize = 640;

/// Reads a value of any form, and returns its approximate memory in bytes, too.
pub(crate) fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(Value, usize), D::Error> {
    let mut cost = Cost::default();
    let value = Free(&mut cost).deserialize(deserializer)?;
    Ok((value, cost.bytes))
}

#[derive(Default)]
struct Cost {
    values: usize,
    bytes: usize,
}

impl Cost {
    fn add<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        self.values += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.values > MAX_VALUES {
            return Err(limit_error(format_args!(
                "a member holds more than {MAX_VALUES} values"
            )));
        }
        Ok(())
    }
}

struct Free<'c>(&'c mut Cost);

impl<'de> DeserializeSeed<'de> for Free<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Free<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.0.add(PLAIN)?;
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.0.add(PLAIN)?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.0.add(PLAIN)?;
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.0.add(PLAIN)?;
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.0.add(PLAIN)?;
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.0.add(PLAIN + value.len())?;
        Ok(Value::from(value))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.0.add(PLAIN + value.len())?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.0.add(LIST)?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(Free(&mut *self.0))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.0.add(OBJECT)?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            self.0.bytes = self.0.bytes.saturating_add(name.len());
            let value = map.next_value_seed(Free(&mut *self.0))?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}
