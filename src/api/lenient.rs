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
pub(super) fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_string(Value::deserialize(deserializer)?))
}

/// An ID: it must be there, as text or number, and not be empty.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) if !text.trim().is_empty() => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("the ID is no text")),
    }
}

/// Text where an empty text, blanks and `"--"` mean that there is none.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_string(Value::deserialize(deserializer)?).filter(|text| !matches!(text.trim(), "" | "--")))
}

/// A whole number; also as text, and a fraction is cut off.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
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
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite()))
}

/// A boolean; also as text in any case, or as 0 and 1.
pub(super) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
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
pub(super) fn json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Ok(match unwrap_text(Value::deserialize(deserializer)?) {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        value => Some(value),
    })
}

/// An object of type `T`, also as JSON text; anything else is none.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(match unwrap_text(Value::deserialize(deserializer)?) {
        value @ Value::Object(_) => serde_json::from_value(value).ok(),
        _ => None,
    })
}

/// A list of `T`, also as JSON text or a lone object; elements that cannot be read are left out.
pub(super) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
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
pub(super) fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
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

#[cfg(test)]
mod tests {
    use super::super::{Checkpoint, CheckpointItem, Policy, Quota, Restore};
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq, Default, Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "integer")]
        integer: Option<i64>,
        #[serde(default, deserialize_with = "number")]
        number: Option<f64>,
        #[serde(default, deserialize_with = "boolean")]
        boolean: Option<bool>,
        #[serde(default, deserialize_with = "json")]
        json: Option<Value>,
        #[serde(default, deserialize_with = "object")]
        object: Option<Box<Sample>>,
        #[serde(default, deserialize_with = "list")]
        list: Vec<Sample>,
        #[serde(default, deserialize_with = "tags")]
        tags: Option<BTreeMap<String, String>>,
    }

    fn read(body: &str) -> Sample {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn neighbouring_types_are_understood() {
        assert_eq!(read(r#"{"text":7}"#).text.as_deref(), Some("7"));
        assert_eq!(read(r#"{"text":"--"}"#).text, None);
        assert_eq!(read(r#"{"text":" "}"#).text, None);
        assert_eq!(read(r#"{"integer":"-1"}"#).integer, Some(-1));
        assert_eq!(read(r#"{"integer":" 20 "}"#).integer, Some(20));
        assert_eq!(read(r#"{"integer":20.9}"#).integer, Some(20));
        assert_eq!(read(r#"{"integer":1e300}"#).integer, None);
        assert_eq!(read(r#"{"integer":""}"#).integer, None);
        assert_eq!(read(r#"{"number":"7.5"}"#).number, Some(7.5));
        assert_eq!(read(r#"{"number":"NaN"}"#).number, None);
        assert_eq!(read(r#"{"boolean":"False"}"#).boolean, Some(false));
        assert_eq!(read(r#"{"boolean":"TRUE"}"#).boolean, Some(true));
        assert_eq!(read(r#"{"boolean":1}"#).boolean, Some(true));
        assert_eq!(read(r#"{"boolean":"maybe"}"#).boolean, None);
        assert_eq!(read(r#"{"json":"{\"a\":1}"}"#).json, Some(serde_json::json!({"a": 1})));
        assert_eq!(read(r#"{"json":"{}"}"#).json, Some(serde_json::json!({})));
        assert_eq!(read(r#"{"json":"{broken"}"#).json, Some(serde_json::json!("{broken")));
        assert_eq!(read(r#"{"json":""}"#).json, None);
        assert_eq!(read(r#"{"object":"{\"integer\":3}"}"#).object.unwrap().integer, Some(3));
        assert_eq!(read(r#"{"object":[]}"#).object, None);
        assert_eq!(read(r#"{"list":"[{\"integer\":3}]"}"#).list.len(), 1);
        assert_eq!(read(r#"{"list":[{"integer":1},7,null,"{}"]}"#).list.len(), 2);
        assert_eq!(read(r#"{"list":{"integer":1}}"#).list.len(), 1);
        assert_eq!(
            read(r#"{"tags":[{"key":"a","value":1},{"key":"b"},{"value":"x"},"c=d"]}"#)
                .tags
                .unwrap(),
            BTreeMap::from([
                ("a".to_owned(), "1".to_owned()),
                ("b".to_owned(), String::new()),
                ("c".to_owned(), "d".to_owned())
            ])
        );
        assert_eq!(read(r#"{"tags":null}"#).tags, None);
        let nothing =
            r#"{"text":null,"integer":null,"number":{},"boolean":[],"json":null,"object":1,"list":2,"tags":3,"new":4}"#;
        assert_eq!(read(nothing), Sample::default());
    }

    /// Any JSON at all, with the names that the service uses.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "(--|True|\\{\\}|\\[1\\]|-1|[a-z\"\\{]{0,6})".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 6, |inner| {
            let name = prop_oneof![
                Just("id"),
                Just("status"),
                Just("tags"),
                Just("key"),
                Just("value"),
                Just("extend_info"),
                Just("volume_backups"),
                Just("fail_code"),
                Just("Code"),
                Just("backup_data"),
                Just("protection_plan"),
                Just("resources"),
                Just("extra_info"),
                Just("scheduled_operations"),
                Just("operation_definition"),
                Just("trigger"),
                Just("properties"),
                Just("pattern"),
                Just("max_backups"),
                Just("os_images_data"),
                Just("progress"),
                Just("average_speed"),
                Just("checkpoint_id"),
                Just("created_at"),
            ];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(name.prop_map(str::to_owned), inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_read_or_refused(value in any_json()) {
            let text = value.to_string();
            let _ = serde_json::from_str::<CheckpointItem>(&text);
            let _ = serde_json::from_str::<Checkpoint>(&text);
            let _ = serde_json::from_str::<Policy>(&text);
            let _ = serde_json::from_str::<Restore>(&text);
            let _ = serde_json::from_str::<Quota>(&text);
        }

        #[test]
        fn an_item_needs_nothing_but_its_id(mut value in any_json()) {
            if let Some(members) = value.as_object_mut() {
                members.insert("id".to_owned(), Value::from("item-1"));
                let item: CheckpointItem = serde_json::from_value(value.clone()).unwrap();
                prop_assert_eq!(item.id, "item-1");
                let checkpoint: Checkpoint = serde_json::from_value(value.clone()).unwrap();
                prop_assert_eq!(checkpoint.id, "item-1");
                let policy: Policy = serde_json::from_value(value).unwrap();
                prop_assert_eq!(policy.id, "item-1");
            }
        }
    }
}
