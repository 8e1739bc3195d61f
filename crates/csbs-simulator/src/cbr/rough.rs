//! Makes responses rough, within what clients of the real service have seen.

use serde_json::{Map, Value, json};

use crate::random::pick;

/// Changes an object: null members may be missing, numbers may be strings, and there are unknown members. `id` selects the form.
pub(super) fn roughen(value: &mut Value, id: &str) {
    change(value, pick(id, "numbers", 2) == 1, pick(id, "nulls", 2) == 1);
    if let Value::Object(object) = value {
        object.insert("enterprise_project_id".to_owned(), enterprise_project(id));
        object.insert("version".to_owned(), json!(0));
        object.insert("x_unknown".to_owned(), json!({"nested": [null, 1]}));
    }
}

fn enterprise_project(id: &str) -> Value {
    match pick(id, "enterprise_project_id", 2) {
        0 => json!(0),
        _ => json!("0"),
    }
}

fn change(value: &mut Value, numbers_as_text: bool, without_nulls: bool) {
    match value {
        Value::Number(number) if numbers_as_text => *value = json!(number.to_string()),
        Value::Array(list) => list
            .iter_mut()
            .for_each(|value| change(value, numbers_as_text, without_nulls)),
        Value::Object(object) => {
            if without_nulls {
                remove_nulls(object);
            }
            object
                .values_mut()
                .for_each(|value| change(value, numbers_as_text, without_nulls));
        }
        _ => {}
    }
}

fn remove_nulls(object: &mut Map<String, Value>) {
    object.retain(|_, value| !value.is_null());
}
