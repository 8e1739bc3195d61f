//! Conversions between the service's JSON and the values of a model.

use otc_client::csbs::parse_time;
use terraform_plugin::{Number, RawValue, Value};

/// A text; null where the service leaves it out or empty.
#[must_use]
pub fn text(text: Option<&str>) -> Value<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned).into()
}

/// A time in RFC 3339, UTC; a time of an unknown form is kept as it is.
#[must_use]
pub fn time(text: Option<&str>) -> Value<String> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| parse_time(text).map_or_else(|| text.to_owned(), |time| time.to_string()))
        .into()
}

/// JSON as text; a member that is a text already is kept as it is.
#[must_use]
pub fn json_text(value: Option<&serde_json::Value>) -> Value<String> {
    match value {
        None | Some(serde_json::Value::Null) => Value::Null,
        Some(serde_json::Value::String(text)) => Value::Value(text.clone()),
        Some(value) => Value::Value(value.to_string()),
    }
}

/// A value of any type as JSON; null and unknown values are null.
#[must_use]
pub fn json(value: &RawValue) -> serde_json::Value {
    match value {
        RawValue::Null | RawValue::Unknown(_) => serde_json::Value::Null,
        RawValue::Bool(value) => (*value).into(),
        RawValue::Number(Number::Int(value)) => (*value).into(),
        RawValue::Number(Number::Unsigned(value)) => (*value).into(),
        RawValue::Number(Number::Float(value)) => (*value).into(),
        // JSON readers commonly take numbers as doubles; more digits than a double holds would be lost there anyway.
        RawValue::Number(Number::Decimal(digits)) => digits.parse::<f64>().map_or(serde_json::Value::Null, Into::into),
        RawValue::String(text) => text.clone().into(),
        RawValue::List(elements) => elements.iter().map(json).collect(),
        RawValue::Map(elements) => elements
            .iter()
            .map(|(name, value)| (name.clone(), json(value)))
            .collect(),
        RawValue::Typed(_, value) => json(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_zone() {
        let known = |text: &str| Value::Value(text.to_owned());
        assert_eq!(
            time(Some("2017-04-18T01:21:52.701973")),
            known("2017-04-18T01:21:52.701973Z")
        );
        assert_eq!(time(Some("soon")), known("soon"));
        assert_eq!(time(Some("")), Value::Null);
        assert_eq!(time(None), Value::Null);
    }

    #[test]
    fn json_is_kept_as_text() {
        let known = |text: &str| Value::Value(text.to_owned());
        assert_eq!(json_text(Some(&serde_json::json!({"a": 1}))), known(r#"{"a":1}"#));
        assert_eq!(json_text(Some(&serde_json::json!("{}"))), known("{}"));
        assert_eq!(json_text(Some(&serde_json::Value::Null)), Value::Null);
    }
}
