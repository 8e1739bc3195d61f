//! Checks of values in requests, written after the API reference and independently of any client.

use serde_json::{Map, Value};

use crate::reply::Reply;

/// Result of a check.
pub(crate) type Checked<T> = Result<T, Reply>;

fn word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

/// Returns a member unless it is missing or null.
pub(crate) fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// Reads an optional string.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Checked<Option<&'a str>> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Reply::parameter(format!("{name} must be a string"))),
    }
}

/// Reads a required string.
pub(crate) fn required_text<'a>(object: &'a Value, name: &str) -> Checked<&'a str> {
    text(object, name)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Reply::parameter(format!("{name} is required")))
}

/// Reads an optional boolean; strings are refused.
pub(crate) fn boolean(object: &Value, name: &str) -> Checked<Option<bool>> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(Reply::parameter(format!("{name} must be a boolean"))),
    }
}

/// Reads an optional object.
pub(crate) fn object<'a>(value: &'a Value, name: &str) -> Checked<Option<&'a Map<String, Value>>> {
    match member(value, name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Reply::parameter(format!("{name} must be an object"))),
    }
}

/// Reads an optional list.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> Checked<Option<&'a Vec<Value>>> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(_) => Err(Reply::parameter(format!("{name} must be a list"))),
    }
}

/// Checks a name: 1 to 255 letters, digits, `_` or `-`.
pub(crate) fn name(text: &str, what: &str) -> Checked<()> {
    if text.is_empty() || text.chars().count() > 255 || !text.chars().all(word) {
        return Err(Reply::parameter(format!(
            "{what} must be 1 to 255 letters, digits, '_' or '-'"
        )));
    }
    Ok(())
}

/// Checks a description: 0 to 255 characters without `<` and `>`.
pub(crate) fn description(text: &str) -> Checked<()> {
    if text.chars().count() > 255 || text.contains(['<', '>']) {
        return Err(Reply::parameter(
            "description must be at most 255 characters without '<' and '>'",
        ));
    }
    Ok(())
}

/// Reads a tag, and trims key and value.
pub(crate) fn tag(tag: &Value) -> Checked<(String, String)> {
    let key = tag_key(tag)?;
    let value = match member(tag, "value") {
        Some(Value::String(value)) => value.trim().to_owned(),
        _ => return Err(Reply::parameter("value of a tag must be a string")),
    };
    if value.chars().count() > 43 || !value.chars().all(word) {
        return Err(Reply::parameter(
            "value of a tag must be 0 to 43 letters, digits, '_' or '-'",
        ));
    }
    Ok((key, value))
}

/// Reads the key of a tag.
pub(crate) fn tag_key(tag: &Value) -> Checked<String> {
    let Some(Value::String(key)) = member(tag, "key") else {
        return Err(Reply::parameter("key of a tag must be a string"));
    };
    let key = key.trim();
    if key.is_empty() || key.chars().count() > 36 || !key.chars().all(word) {
        return Err(Reply::parameter(
            "key of a tag must be 1 to 36 letters, digits, '_' or '-'",
        ));
    }
    Ok(key.to_owned())
}

/// Reads a list of 1 to 10 tags with unique keys.
pub(crate) fn tags(list: &[Value]) -> Checked<Vec<(String, String)>> {
    if list.is_empty() {
        return Err(Reply::parameter("tags must not be empty"));
    }
    if list.len() > 10 {
        return Err(Reply::csbs("CSBS.7000", "The number of tags exceeds the limit of 10."));
    }
    let mut tags: Vec<(String, String)> = Vec::with_capacity(list.len());
    for entry in list {
        let (key, value) = tag(entry)?;
        if tags.iter().any(|(known, _)| *known == key) {
            return Err(Reply::parameter(format!("tag key {key} occurs more than once")));
        }
        tags.push((key, value));
    }
    Ok(tags)
}

/// Reads an optional integer within bounds.
pub(crate) fn whole(object: &Value, name: &str, least: i64, most: i64) -> Checked<Option<i64>> {
    let Some(value) = member(object, name) else {
        return Ok(None);
    };
    value
        .as_i64()
        .filter(|number| (least..=most).contains(number))
        .map(Some)
        .ok_or_else(|| Reply::parameter(format!("{name} must be an integer from {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_descriptions_have_limits() {
        assert!(name("a-B_9", "name").is_ok());
        assert!(name(&"n".repeat(255), "name").is_ok());
        for wrong in ["", "with blank", "dot.", "ü", &"n".repeat(256)] {
            assert!(name(wrong, "name").is_err(), "{wrong}");
        }
        assert!(description("").is_ok());
        assert!(description(&"ü".repeat(255)).is_ok());
        assert!(description("<").is_err());
        assert!(description(&"d".repeat(256)).is_err());
    }

    #[test]
    fn tags_are_trimmed_and_bounded() {
        assert_eq!(
            tags(&[json!({"key": " a ", "value": " 1 "})]).unwrap(),
            [("a".to_owned(), "1".to_owned())]
        );
        let many: Vec<_> = (0..11).map(|n| json!({"key": format!("k{n}"), "value": ""})).collect();
        assert!(tags(&many[..10]).is_ok());
        let crate::reply::Payload::Json(body) = tags(&many).unwrap_err().body else {
            panic!("no JSON");
        };
        assert_eq!(body["error_code"], "CSBS.7000");
        for wrong in [
            json!([]),
            json!([{"key": "a", "value": "1"}, {"key": "a ", "value": "2"}]),
            json!([{"key": "", "value": "1"}]),
            json!([{"key": "k".repeat(37), "value": "1"}]),
            json!([{"key": "a", "value": "v".repeat(44)}]),
            json!([{"key": "a b", "value": ""}]),
            json!([{"key": "a"}]),
            json!([{"key": "a", "value": 1}]),
        ] {
            assert!(tags(wrong.as_array().unwrap()).is_err(), "{wrong}");
        }
    }
}
