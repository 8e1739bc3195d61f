//! Different values of an argument that mean the same to the service.

use otc_client::csbs::non_empty_description;
use terraform_plugin::RawValue;

/// Compares descriptions. Null, an empty text and `--` mean that there is none.
#[must_use]
pub fn descriptions(a: &RawValue, b: &RawValue) -> bool {
    non_empty_description(a.as_str()) == non_empty_description(b.as_str())
}

/// Compares maps. Null and an empty map are equivalent.
#[must_use]
pub fn maps(a: &RawValue, b: &RawValue) -> bool {
    let is_empty = |map: &RawValue| map.is_null() || map.as_map().is_some_and(|map| map.is_empty());
    a == b || (is_empty(a) && is_empty(b))
}

/// Compares flags. Null and `false` are equivalent.
#[must_use]
pub fn flags(a: &RawValue, b: &RawValue) -> bool {
    a.as_bool().unwrap_or(false) == b.as_bool().unwrap_or(false)
}

/// Compares sets. Null and an empty set are equivalent, and the order of the elements has no meaning.
#[must_use]
#[allow(dead_code, reason = "for csbs_vault_backup")]
pub fn sets(a: &RawValue, b: &RawValue) -> bool {
    fn elements(set: &RawValue) -> Option<&[RawValue]> {
        if set.is_null() { Some(&[]) } else { set.as_list() }
    }
    match (elements(a), elements(b)) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().all(|element| b.contains(element)),
        _ => a == b,
    }
}
