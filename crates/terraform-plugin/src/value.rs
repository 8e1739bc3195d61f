//! Values of any type: null, unknown or known.

use std::collections::BTreeMap;

use super::{AttributeType, Number};

/// Refinement of an unknown value, such as "not null" or a prefix: the MessagePack bytes in which Terraform sent it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refinement(pub Vec<u8>);

/// A value of any Terraform type.
///
/// A list, set or tuple is a [`RawValue::List`]; a map, object or block is a [`RawValue::Map`].
#[derive(Debug, Clone, PartialEq, Default)]
pub enum RawValue {
    /// Null: no value.
    #[default]
    Null,
    /// A value that will be known after apply, with its refinement if it has one.
    Unknown(Option<Refinement>),
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// The elements of a list, set or tuple.
    List(Vec<RawValue>),
    /// The elements of a map or the attributes of an object.
    Map(BTreeMap<String, RawValue>),
    /// A value of an attribute of the type `dynamic`, with its actual type.
    Typed(Box<AttributeType>, Box<RawValue>),
}

impl RawValue {
    /// An unknown value without a refinement.
    pub const UNKNOWN: Self = Self::Unknown(None);

    /// Converts a double: to an integer if it is whole, so that a state is the same after it was stored and read again; to null
    /// if it is not finite.
    #[must_use]
    pub fn from_double(value: f64) -> Self {
        #[allow(clippy::cast_possible_truncation)]
        if value.fract() == 0.0 && value.abs() < 9e15 {
            Self::from(value as i64)
        } else if value.is_finite() {
            value.into()
        } else {
            Self::Null
        }
    }

    /// Returns `true` if this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns `true` if this value itself is unknown. A list with an unknown element is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Returns `true` if neither this value nor any value inside it is unknown.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Typed(_, value) => value.is_wholly_known(),
            _ => true,
        }
    }

    /// Returns the attribute or map element of that name; null if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &Self {
        match self {
            Self::Map(elements) => elements.get(name).unwrap_or(&Self::Null),
            _ => &Self::Null,
        }
    }

    /// Sets an attribute or map element. Does nothing if this is neither an object nor a map.
    pub fn set(&mut self, name: &str, value: impl Into<Self>) {
        if let Self::Map(elements) = self {
            elements.insert(name.to_owned(), value.into());
        }
    }

    /// Returns the text of a known string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of a known bool.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the value of a known integer.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(Number::Int(value)) => Some(*value),
            _ => None,
        }
    }

    /// Returns the elements of a known list, set or tuple.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// Returns the elements of a known map or object.
    #[must_use]
    pub fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(elements) => Some(elements),
            _ => None,
        }
    }
}

impl From<&str> for RawValue {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<String> for RawValue {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

impl From<bool> for RawValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for RawValue {
    fn from(value: i64) -> Self {
        Self::Number(Number::Int(value))
    }
}

impl From<f64> for RawValue {
    fn from(value: f64) -> Self {
        Self::Number(Number::Float(value))
    }
}

impl<T: Into<Self>> From<Option<T>> for RawValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for RawValue {
    fn from(value: Vec<T>) -> Self {
        Self::List(value.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>> From<BTreeMap<String, T>> for RawValue {
    fn from(value: BTreeMap<String, T>) -> Self {
        let mut map = BTreeMap::new();
        // Not `collect`, whose sort would be compiled again for every type.
        for (name, element) in value {
            map.insert(name, element.into());
        }
        Self::Map(map)
    }
}
