//! The rule for empty descriptions.

/// The description, or `None` where there is none: the service answers `--`, an empty text or null for one that was not given.
#[must_use]
pub fn non_empty_description(description: Option<&str>) -> Option<&str> {
    description.filter(|text| !matches!(text.trim(), "" | "--"))
}
