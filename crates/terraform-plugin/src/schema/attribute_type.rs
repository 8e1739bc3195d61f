//! Types of attributes.

use std::{collections::BTreeMap, fmt};

use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};

use super::Attributes;

/// Type of an attribute or a value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum AttributeType {
    /// String.
    String,
    /// Number of any size.
    Number,
    /// Bool.
    Bool,
    /// List: ordered elements of one type.
    List(Box<AttributeType>),
    /// Set: unordered, distinct elements of one type.
    Set(Box<AttributeType>),
    /// Map: elements of one type, by key.
    Map(Box<AttributeType>),
    /// Object: named attributes, each with its own type.
    Object(BTreeMap<String, AttributeType>),
    /// Tuple: ordered elements, each with its own type.
    Tuple(Vec<AttributeType>),
    /// Nested object whose attributes have a schema.
    AttributeSingle(Attributes),
    /// List of nested objects.
    AttributeList(Attributes),
    /// Set of nested objects.
    AttributeSet(Attributes),
    /// Map of nested objects.
    AttributeMap(Attributes),
    /// Any type, which is sent with the value. Terraform calls it `dynamic`.
    #[default]
    Any,
}

/// Serializes to the JSON form of the protocol: `"string"`, `["list", "string"]`, `["object", {"a": "bool"}]`. Nested objects with
/// a schema have the form of objects.
impl Serialize for AttributeType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let collection = |kind: &str, attributes: &Attributes, serializer: S| {
            (kind, ("object", AttributeTypes(attributes))).serialize(serializer)
        };
        match self {
            Self::String => serializer.serialize_str("string"),
            Self::Number => serializer.serialize_str("number"),
            Self::Bool => serializer.serialize_str("bool"),
            Self::Any => serializer.serialize_str("dynamic"),
            Self::List(element) => ("list", element).serialize(serializer),
            Self::Set(element) => ("set", element).serialize(serializer),
            Self::Map(element) => ("map", element).serialize(serializer),
            Self::Object(attributes) => ("object", attributes).serialize(serializer),
            Self::Tuple(elements) => ("tuple", elements).serialize(serializer),
            Self::AttributeSingle(attributes) => ("object", AttributeTypes(attributes)).serialize(serializer),
            Self::AttributeList(attributes) => collection("list", attributes, serializer),
            Self::AttributeSet(attributes) => collection("set", attributes, serializer),
            Self::AttributeMap(attributes) => collection("map", attributes, serializer),
        }
    }
}

struct AttributeTypes<'a>(&'a Attributes);

impl Serialize for AttributeTypes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, attribute) in self.0 {
            map.serialize_entry(name, &attribute.attr_type)?;
        }
        map.end()
    }
}

/// Displays the JSON form.
impl fmt::Display for AttributeType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
