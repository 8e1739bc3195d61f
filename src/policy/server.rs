//! The servers of a policy: whether two say the same.

use serde_json::Value;

use otc_client::csbs::SERVER_TYPE;
use terraform_plugin::RawValue;

/// The name that a server gets when none is configured.
#[must_use]
pub fn default_name(id: &RawValue) -> RawValue {
    match id.as_str() {
        Some(id) => format!("resource_{id}").into(),
        None => RawValue::UNKNOWN,
    }
}

/// The additional information; none where it says nothing.
#[must_use]
pub fn extra_info(server: &RawValue) -> Option<Value> {
    let value: Value = serde_json::from_str(server.get("extra_info").as_str()?).ok()?;
    let nothing = match &value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    (!nothing).then_some(value)
}

/// Whether `wanted` asks for nothing that `there` is not. A name that is not configured is whatever there is.
#[must_use]
pub fn satisfied(wanted: &RawValue, there: &RawValue) -> bool {
    let kind = |server: &RawValue| server.get("type").as_str().unwrap_or(SERVER_TYPE).to_owned();
    let name = wanted.get("name");
    wanted.is_wholly_known()
        && wanted.get("id") == there.get("id")
        && kind(wanted) == kind(there)
        && (name.is_null() || name == there.get("name"))
        && extra_info(wanted) == extra_info(there)
}

/// The one with the same ID.
#[must_use]
pub fn find<'a>(server: &RawValue, there: &'a [RawValue]) -> Option<&'a RawValue> {
    let id = server.get("id").as_str()?;
    there.iter().find(|other| other.get("id").as_str() == Some(id))
}
