//! Reads bodies of requests. The structures of the handlers are the documented members.

use serde::de::DeserializeOwned;

use super::refusal::parameter;
use crate::{call::Call, check::Checked, state::State};

/// Reads the body of a call.
///
/// # Errors
/// `BackupService.9900` if it is not JSON, if a member has a wrong type or, in strict mode, if a member is not documented.
pub(super) fn read<T: DeserializeOwned>(state: &State, call: &Call) -> Checked<T> {
    let is_json = call
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    if !is_json {
        return Err(parameter("Content-Type must be application/json"));
    }
    let mut unknown = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(&call.body);
    let body = serde_ignored::deserialize(&mut json, |path| unknown.push(path.to_string()))
        .map_err(|error| parameter(error.to_string()))?;
    json.end().map_err(|error| parameter(error.to_string()))?;
    match unknown.first() {
        Some(member) if state.config.strict => Err(parameter(format!("unknown member {member}"))),
        _ => Ok(body),
    }
}

/// Checks a name: 1 to 64 letters, digits, `_` or `-`.
pub(super) fn check_name(name: &str) -> Checked<()> {
    let valid = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    if name.is_empty() || name.chars().count() > 64 || !name.chars().all(valid) {
        return Err(parameter("name must be 1 to 64 letters, digits, '_' or '-'"));
    }
    Ok(())
}

/// Checks that an ID in a body has the form of a UUID.
pub(super) fn check_id(id: &str, member: &str) -> Checked<()> {
    if is_uuid(id) {
        Ok(())
    } else {
        Err(parameter(format!("{member} must be a UUID")))
    }
}

/// Returns `true` for a UUID with hyphens.
pub(super) fn is_uuid(id: &str) -> bool {
    id.len() == 36 && uuid::Uuid::parse_str(id).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_64_characters_at_most() {
        assert!(check_name("a-B_9").is_ok());
        assert!(check_name(&"n".repeat(64)).is_ok());
        for wrong in ["", "with blank", "dot.", "ü", &"n".repeat(65)] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_are_uuids_with_hyphens() {
        assert!(is_uuid("00000000-0000-0000-0000-000000000001"));
        assert!(!is_uuid("00000000000000000000000000000001"));
        assert!(!is_uuid("new"));
    }
}
