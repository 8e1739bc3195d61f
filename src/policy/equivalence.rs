//! Values that mean the same to the service.

use otc_client::csbs::non_empty_description;
use terraform_plugin::RawValue;

/// Whether two descriptions are the same; there are several forms of none.
#[must_use]
pub fn no_description(a: &RawValue, b: &RawValue) -> bool {
    non_empty_description(a.as_str()) == non_empty_description(b.as_str())
}

/// Whether two maps are the same; null and an empty map are.
#[must_use]
pub fn empty_map(a: &RawValue, b: &RawValue) -> bool {
    let is_empty = |map: &RawValue| map.is_null() || map.as_map().is_some_and(|map| map.is_empty());
    a == b || (is_empty(a) && is_empty(b))
}

/// Whether two flags are the same; null is false.
#[must_use]
pub fn unset_flag(a: &RawValue, b: &RawValue) -> bool {
    a.as_bool().unwrap_or(false) == b.as_bool().unwrap_or(false)
}
