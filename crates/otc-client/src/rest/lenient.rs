//! Readers for fields that may be missing, null, or of a neighbouring type.
//!
//! The services answer numbers as strings, booleans as `"False"`, objects as JSON text, and `"--"` for an empty description. A
//! field that cannot be read counts as missing, so that it does not spoil the whole answer. The functions are used as
//! `#[serde(default, deserialize_with = "…")]`.
//!
//! Unknown members are skipped without being built, and the size of the others is limited: at most [`MAX_ELEMENTS`] elements of a
//! list, and 10,000 values in a member of free form. A larger answer is an error that names the limit.

mod free;
mod meter;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

pub(crate) use meter::measured;

use super::description::non_empty_description;
use crate::http::{is_limit_error, limit_error};

/// Number of elements that a list inside an answer may have. Real ones have some hundred at most: the disks of a server, the
/// servers of a policy, the values of a tag in a project.
pub(crate) const MAX_ELEMENTS: usize = 20_000;

/// Length of the longest ID, in bytes.
const MAX_ID_LENGTH: usize = 255;

/// Memory of a text without its bytes, and of a tag without its two texts, in bytes.
const TEXT: usize = 16;
const TAG: usize = 96;

/// Ignores the error of `result`, unless it is about a limit.
fn unless_limit<T, E: Error>(result: Result<T, serde_json::Error>) -> Result<Option<T>, E> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_limit_error(&error) => Err(E::custom(error)),
        Err(_) => Ok(None),
    }
}

/// Text; a number or boolean is read as its text, an object or list as its JSON, an empty text as it is.
pub(crate) fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_string(value(deserializer)?).inspect(keep))
}

/// An ID: required, a text or number, neither empty nor longer than 255 bytes.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = match value(deserializer)? {
        Value::String(text) if !text.trim().is_empty() => text,
        Value::Number(number) => number.to_string(),
        _ => return Err(D::Error::custom("the ID is no text")),
    };
    if id.len() > MAX_ID_LENGTH {
        return Err(limit_error(format_args!("an ID is longer than {MAX_ID_LENGTH} bytes")));
    }
    keep(&id);
    Ok(id)
}

/// Text; an empty one, blanks and `"--"` are none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(to_string(value(deserializer)?)
        .filter(|text| non_empty_description(Some(text)).is_some())
        .inspect(keep))
}

/// A description; an empty one if the service answers null, `""` or `"--"`.
pub(crate) fn description<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(text(deserializer)?.unwrap_or_default()))
}

/// The IDs of images, as a list of IDs or of objects with `image_id`.
pub(crate) fn image_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let images: Vec<Json> = list(deserializer)?;
    Ok(images
        .into_iter()
        .filter_map(|Json(image)| match image {
            Value::String(id) => Some(id),
            Value::Object(members) => members.get("image_id").and_then(Value::as_str).map(str::to_owned),
            _ => None,
        })
        .filter(|id| !id.is_empty())
        .collect())
}

/// An integer, also as text; a fraction is cut off.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match value(deserializer)? {
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

/// A finite number, also as text.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match value(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite()))
}

/// A boolean, also as text in any case, or as 0 and 1.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match value(deserializer)? {
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

/// Any JSON of at most 10,000 values. A text with a JSON object or list is read as that; an empty text is none.
pub(crate) fn json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    let (value, bytes) = free::value(deserializer)?;
    let (value, bytes) = match &value {
        Value::String(text) if holds_json(text) => match unless_limit::<_, D::Error>(free_value_of(text))? {
            Some(inner) => inner,
            None => (value, bytes),
        },
        _ => (value, bytes),
    };
    Ok(match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        value => {
            meter::add(bytes);
            Some(value)
        }
    })
}

/// Any JSON of at most 10,000 values, as an element of a list.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (value, bytes) = free::value(deserializer)?;
        meter::add(bytes);
        Ok(Self(value))
    }
}

/// An object of type `T`, also as JSON text; anything else is none. Members that `T` does not know are skipped.
pub(crate) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = unwrap_raw(Box::<RawValue>::deserialize(deserializer)?);
    if raw.get().starts_with('{') {
        unless_limit(serde_json::from_str(raw.get()))
    } else {
        Ok(None)
    }
}

/// A list of `T`, also as JSON text or a single object; elements that cannot be read are left out.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(list_if_any(deserializer)?.unwrap_or_default())
}

/// An element of a [`list`] in which elements that cannot be read count: they are `None`.
#[derive(Debug)]
pub(crate) struct Element<T>(pub(crate) Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(unless_limit(serde_json::from_str(raw.get()))?))
    }
}

/// The same, but `null` and an empty text are no list.
pub(crate) fn list_if_any<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let raw = unwrap_raw(Box::<RawValue>::deserialize(deserializer)?);
    if raw.get() == "null" || text_of(&raw).is_some_and(|text| text.trim().is_empty()) {
        return Ok(None);
    }
    let mut values = Vec::new();
    match raw.get().as_bytes().first() {
        Some(b'[') => {
            for element in elements(raw.get().as_bytes()).map_err(D::Error::custom)? {
                let inner = match text_of(element).filter(|text| holds_json(text)) {
                    Some(text) => unless_limit::<_, D::Error>(serde_json::from_str(&text))?,
                    None => None,
                };
                values.extend(match inner {
                    Some(value) => Some(value),
                    None => unless_limit::<_, D::Error>(serde_json::from_str(element.get()))?,
                });
            }
            values.shrink_to_fit();
            meter::add(values.len() * size_of::<T>());
        }
        Some(b'{') => values.extend(unless_limit::<_, D::Error>(serde_json::from_str(raw.get()))?),
        _ => {}
    }
    Ok(Some(values))
}

/// The elements of the JSON list `text`, each as text.
///
/// # Errors
/// If it is not a list, or has more than [`MAX_ELEMENTS`] elements.
pub(crate) fn elements(text: &[u8]) -> Result<Vec<&RawValue>, serde_json::Error> {
    struct Elements;

    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de RawValue>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = seq.next_element()? {
                if elements.len() == MAX_ELEMENTS {
                    return Err(limit_error(format_args!(
                        "a list has more than {MAX_ELEMENTS} elements"
                    )));
                }
                elements.push(element);
            }
            Ok(elements)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let elements = deserializer.deserialize_seq(Elements)?;
    deserializer.end()?;
    Ok(elements)
}

/// Tags, as a list of `{key, value}`, of `"key=value"`, or as an object; a tag without a value has an empty one.
pub(crate) fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let value = value(deserializer)?;
    let value = match &value {
        Value::String(text) if holds_json(text) => match unless_limit::<_, D::Error>(free_value_of(text))? {
            Some((inner, _)) => inner,
            None => value,
        },
        _ => value,
    };
    let tags: BTreeMap<String, String> = match value {
        Value::Array(values) => {
            let count = values.len();
            let tags: BTreeMap<_, _> = values.into_iter().filter_map(tag).collect();
            // If no tag can be read, the tags are unknown, which is not the same as none.
            if tags.is_empty() && count > 0 {
                return Ok(None);
            }
            tags
        }
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, to_string(value).unwrap_or_default()))
            .collect(),
        _ => return Ok(None),
    };
    meter::add(tags.iter().map(|(key, value)| key.len() + value.len() + TAG).sum());
    Ok(Some(tags))
}

fn tag(value: Value) -> Option<(String, String)> {
    match value {
        Value::Object(mut members) => {
            let key = members.remove("key")?;
            let key = (!key.is_array() && !key.is_object()).then(|| to_string(key))??;
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

/// A value of any form. The caller does not keep it, so its memory is not counted.
pub(crate) fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    free::value(deserializer).map(|(value, _)| value)
}

fn free_value_of(text: &str) -> Result<(Value, usize), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = free::value(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

fn holds_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The text of `raw`, if it is a text.
fn text_of(raw: &RawValue) -> Option<String> {
    raw.get()
        .starts_with('"')
        .then(|| serde_json::from_str(raw.get()).ok())
        .flatten()
}

/// The JSON inside a JSON text; `raw` as it is if there is none.
fn unwrap_raw(raw: Box<RawValue>) -> Box<RawValue> {
    match text_of(&raw).filter(|text| holds_json(text)) {
        Some(text) => serde_json::from_str(&text).unwrap_or(raw),
        None => raw,
    }
}

#[allow(clippy::ptr_arg, reason = "it is used with Option<String>::inspect")]
fn keep(text: &String) {
    meter::add(text.len() + TEXT);
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
    use super::*;
    use crate::{
        cbr,
        csbs::{Checkpoint, CheckpointItem, Policy, Quota, Restore},
    };
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
        assert_eq!(read(r#"{"tags":[]}"#).tags, Some(BTreeMap::new()));
        assert_eq!(read(r#"{"tags":[{"key":[17],"value":[17]}]}"#).tags, None);
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
                Just("billing"),
                Just("children"),
                Just("vault"),
                Just("skipped_resources"),
                Just("error_info"),
                Just("common"),
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
            let _ = serde_json::from_str::<cbr::Backup>(&text);
            let _ = serde_json::from_str::<cbr::Vault>(&text);
            let _ = serde_json::from_str::<cbr::Checkpoint>(&text);
            let _ = serde_json::from_str::<cbr::Task>(&text);
        }

        #[test]
        fn an_item_needs_only_its_id(mut value in any_json()) {
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
