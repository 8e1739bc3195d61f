//! What the service accepts, read from its reference, independently of what any client believes.

use serde_json::{Map, Value};

use crate::reply::Reply;

/// Result of a check.
pub(crate) type Checked<T> = Result<T, Reply>;

fn word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

/// A member that may be missing or null.
pub(crate) fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A text that may be missing.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Checked<Option<&'a str>> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Reply::parameter(format!("{name} must be a string"))),
    }
}

/// A text that must be there.
pub(crate) fn required_text<'a>(object: &'a Value, name: &str) -> Checked<&'a str> {
    text(object, name)?
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Reply::parameter(format!("{name} is required")))
}

/// A boolean that may be missing. Text is refused.
pub(crate) fn boolean(object: &Value, name: &str) -> Checked<Option<bool>> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(Reply::parameter(format!("{name} must be a boolean"))),
    }
}

/// An object that may be missing.
pub(crate) fn object<'a>(value: &'a Value, name: &str) -> Checked<Option<&'a Map<String, Value>>> {
    match member(value, name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Reply::parameter(format!("{name} must be an object"))),
    }
}

/// A list that may be missing.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> Checked<Option<&'a Vec<Value>>> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(_) => Err(Reply::parameter(format!("{name} must be a list"))),
    }
}

/// 1 to 255 of letters, digits, `_`, `-`.
pub(crate) fn name(text: &str, what: &str) -> Checked<()> {
    if text.is_empty() || text.chars().count() > 255 || !text.chars().all(word) {
        return Err(Reply::parameter(format!(
            "{what} must be 1 to 255 letters, digits, '_' or '-'"
        )));
    }
    Ok(())
}

/// 0 to 255 characters without `<` and `>`.
pub(crate) fn description(text: &str) -> Checked<()> {
    if text.chars().count() > 255 || text.contains(['<', '>']) {
        return Err(Reply::parameter(
            "description must be at most 255 characters without '<' and '>'",
        ));
    }
    Ok(())
}

/// One tag; blanks around both parts are cut off.
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

/// The key of a tag.
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

/// A list of tags: not empty, at most ten, keys unique.
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

/// A whole number within bounds that may be missing.
pub(crate) fn whole(object: &Value, name: &str, least: i64, most: i64) -> Checked<Option<i64>> {
    let Some(value) = member(object, name) else {
        return Ok(None);
    };
    value
        .as_i64()
        .filter(|number| (least..=most).contains(number))
        .map(Some)
        .ok_or_else(|| Reply::parameter(format!("{name} must be a whole number from {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_descriptions_have_their_limits() {
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
