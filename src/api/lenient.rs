//! Readers for fields that may be missing, null, or of a neighbouring type.
//!
//! The service answers numbers as strings, booleans as `"False"`, objects as JSON text, and `"--"` for an empty
//! description. What cannot be read at all counts as not given: one odd field must not cost the whole answer.
//! All of them are used as `#[serde(default, deserialize_with = "…")]`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Text; a number or boolean is taken as its text, an object or list as its JSON, an empty text as it is.
pub fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_string(Value::deserialize(deserializer)?))
}

/// Text where an empty text, blanks and `"--"` mean that there is none.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_string(Value::deserialize(deserializer)?).filter(|text| !matches!(text.trim(), "" | "--")))
}

/// A whole number; also as text, and a fraction is cut off.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => {
            let text = text.trim();
            text.parse::<i64>()
                .ok()
                .or_else(|| text.parse::<f64>().ok().and_then(whole))
        }
        _ => None,
    })
}

/// A finite number; also as text.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite()))
}

/// A boolean; also as text in any case, or as 0 and 1.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(value) => Some(value),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        _ => None,
    })
}

/// Any JSON; a text that holds a JSON object or list is read as that, an empty text is none.
pub fn json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Ok(match unwrap_text(Value::deserialize(deserializer)?) {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        value => Some(value),
    })
}

/// An object of type `T`, also as JSON text; anything else is none.
pub fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(match unwrap_text(Value::deserialize(deserializer)?) {
        value @ Value::Object(_) => serde_json::from_value(value).ok(),
        _ => None,
    })
}

/// A list of `T`, also as JSON text or a lone object; elements that cannot be read are left out.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(match unwrap_text(Value::deserialize(deserializer)?) {
        Value::Array(values) => values
            .into_iter()
            .filter_map(|value| serde_json::from_value(unwrap_text(value)).ok())
            .collect(),
        value @ Value::Object(_) => serde_json::from_value(value).into_iter().collect(),
        _ => Vec::new(),
    })
}

/// Tags, as a list of `{key, value}`, of `"key=value"`, or as an object; a tag without a value has an empty one.
pub fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    Ok(match unwrap_text(Value::deserialize(deserializer)?) {
        Value::Array(values) => Some(values.into_iter().filter_map(tag).collect()),
        Value::Object(members) => Some(
            members
                .into_iter()
                .map(|(key, value)| (key, to_string(value).unwrap_or_default()))
                .collect(),
        ),
        _ => None,
    })
}

fn tag(value: Value) -> Option<(String, String)> {
    match value {
        Value::Object(mut members) => {
            let key = to_string(members.remove("key")?)?;
            let value = members.remove("value").and_then(to_string).unwrap_or_default();
            Some((key, value))
        }
        Value::String(text) => {
            let (key, value) = text.split_once('=').unwrap_or((&text, ""));
            Some((key.to_owned(), value.to_owned()))
        }
        _ => None,
    }
}

fn unwrap_text(value: Value) -> Value {
    if let Value::String(text) = &value
        && text.trim_start().starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str(text)
    {
        return inner;
    }
    value
}

fn to_string(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn whole(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    (number.is_finite() && number.abs() <= LIMIT).then_some(number as i64)
}
