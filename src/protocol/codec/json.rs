//! JSON to values: a state as it was stored, and configuration where Terraform sends it so.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::{
    framework::{AttributeType, Dynamic, Number},
    protocol::types::{parse_type, plain},
};

use super::{CodecError, MAX_DEPTH};

/// Reads a value of type `ty`. Attributes that the type does not have are an error, missing ones are null.
///
/// # Errors
/// [`CodecError`] when it does not fit.
pub fn from_json(json: &Json, ty: &AttributeType) -> Result<Dynamic, CodecError> {
    read(json, ty, 0)
}

fn read(json: &Json, ty: &AttributeType, depth: usize) -> Result<Dynamic, CodecError> {
    if depth > MAX_DEPTH {
        return Err(CodecError::new("nested too deeply"));
    }
    match (json, ty) {
        (Json::Null, _) => Ok(Dynamic::Null),
        (Json::Bool(value), AttributeType::Bool) => Ok(Dynamic::Bool(*value)),
        (Json::String(text), AttributeType::Bool) if text == "true" || text == "false" => {
            Ok(Dynamic::Bool(text == "true"))
        }
        (Json::String(text), AttributeType::String) => Ok(Dynamic::String(text.clone())),
        (Json::Bool(value), AttributeType::String) => Ok(Dynamic::String(value.to_string())),
        (Json::Number(value), AttributeType::String) => Ok(Dynamic::String(value.to_string())),
        (Json::Number(value), AttributeType::Number) => Ok(Dynamic::Number(number(value))),
        (Json::String(text), AttributeType::Number) => text
            .parse::<i64>()
            .map(Number::Int)
            .or_else(|_| text.parse::<f64>().map(|_| Number::Decimal(text.clone())))
            .map(Dynamic::Number)
            .map_err(|_| CodecError::new("no number")),
        (Json::Array(elements), AttributeType::List(inner) | AttributeType::Set(inner)) => elements
            .iter()
            .enumerate()
            .map(|(at, element)| read(element, inner, depth + 1).map_err(|e| e.within(&at.to_string())))
            .collect::<Result<_, _>>()
            .map(Dynamic::List),
        (Json::Array(elements), AttributeType::Tuple(types)) if elements.len() == types.len() => elements
            .iter()
            .zip(types)
            .map(|(element, inner)| read(element, inner, depth + 1))
            .collect::<Result<_, _>>()
            .map(Dynamic::List),
        (Json::Object(elements), AttributeType::Map(inner)) => elements
            .iter()
            .map(|(key, element)| Ok((key.clone(), read(element, inner, depth + 1).map_err(|e| e.within(key))?)))
            .collect::<Result<_, CodecError>>()
            .map(Dynamic::Map),
        (Json::Object(elements), AttributeType::Object(types)) => {
            if let Some(extra) = elements.keys().find(|name| !types.contains_key(*name)) {
                return Err(CodecError::new(format!("{extra:?} is no attribute")));
            }
            let mut values = BTreeMap::new();
            for (name, inner) in types {
                let element = elements.get(name).unwrap_or(&Json::Null);
                values.insert(
                    name.clone(),
                    read(element, inner, depth + 1).map_err(|e| e.within(name))?,
                );
            }
            Ok(Dynamic::Map(values))
        }
        (Json::Object(pair), AttributeType::Any) => match (pair.get("type"), pair.get("value")) {
            (Some(ty), Some(value)) if pair.len() == 2 => {
                let inner = parse_type(ty.to_string().as_bytes())?;
                let value = read(value, &inner, depth + 1)?;
                Ok(Dynamic::Typed(Box::new(inner), Box::new(value)))
            }
            _ => Err(CodecError::new("a dynamic value is no pair of type and value")),
        },
        (
            json,
            AttributeType::AttributeSingle(_)
            | AttributeType::AttributeList(_)
            | AttributeType::AttributeSet(_)
            | AttributeType::AttributeMap(_),
        ) => read(json, &plain(ty), depth + 1),
        (_, ty) => Err(CodecError::new(format!("the value is not of the type {ty}"))),
    }
}

fn number(value: &serde_json::Number) -> Number {
    if let Some(whole) = value.as_i64() {
        Number::Int(whole)
    } else if let Some(whole) = value.as_u64() {
        Number::Unsigned(whole)
    } else {
        value
            .as_f64()
            .map_or_else(|| Number::Decimal(value.to_string()), Number::Float)
    }
}
