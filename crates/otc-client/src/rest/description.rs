//! The rule for empty descriptions.

/// Returns the description, or `None` if it is empty: the service answers `--`, an empty text or null for one that was not given.
pub fn non_empty_description(description: Option<&str>) -> Option<&str> {
    description.filter(|text| !matches!(text.trim(), "" | "--"))
}
