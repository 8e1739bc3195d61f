//! Validation of the list of operations, and of what concerns several attributes of one.

use std::collections::BTreeSet;

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

use super::{OperationModel, retention};

/// Validates the list of operations.
pub fn operations(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    let Some(elements) = value.as_list() else { return };
    if elements.is_empty() {
        diags.add_attribute_error(
            "No scheduled operation",
            "The service needs one. To keep a policy that does not run on schedule, set `enabled = false` in its operation.",
            path.clone(),
        );
    }
    let mut names = BTreeSet::new();
    for (index, operation) in OperationModel::from_elements(elements).iter().enumerate() {
        let path = path.clone().index(i64::try_from(index).unwrap_or(i64::MAX));
        if elements[index].is_null() {
            diags.add_attribute_error(
                "The scheduled operation is null",
                "Remove it from the list.",
                path.clone(),
            );
        }
        retention::validate(operation, &path, diags);
        if operation.timezone.is_null() && operation.has_calendar_counts() {
            diags.add_attribute_error(
                "The time zone is missing",
                "The numbers of daily, weekly, monthly and yearly backups need `timezone`, such as \"UTC+08:00\".",
                path.clone().attribute("timezone"),
            );
        }
        if let Some(name) = operation.name.as_ref_option()
            && !names.insert(name.clone())
        {
            diags.add_attribute_error(
                "Duplicate operation name",
                "Each scheduled operation of a policy needs a name of its own.",
                path.attribute("name"),
            );
        }
    }
}

/// Validates a time zone: an offset such as `UTC+08:00`.
pub fn time_zone(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    if let Some(text) = value.as_str()
        && !is_time_zone(text)
    {
        diags.add_attribute_error(
            "The time zone is not valid",
            "It must be of the form \"UTC+08:00\".",
            path.clone(),
        );
    }
}

fn is_time_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix("UTC").and_then(|rest| rest.strip_prefix(['+', '-'])) else {
        return false;
    };
    let number = |digits: &str| -> Option<u8> {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        two.then(|| digits.parse().ok()).flatten()
    };
    offset.split_once(':').is_some_and(|(hours, minutes)| {
        number(hours).is_some_and(|hours| hours <= 14) && number(minutes).is_some_and(|minutes| minutes < 60)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_an_offset() {
        for zone in ["UTC+08:00", "UTC-03:30", "UTC+00:00", "UTC+14:00"] {
            assert!(is_time_zone(zone), "{zone}");
        }
        for wrong in [
            "",
            "UTC",
            "UTC+8",
            "UTC+8:00",
            "UTC+15:00",
            "UTC+08:60",
            "CET",
            "UTC08:00",
            "UTC+0a:00",
        ] {
            assert!(!is_time_zone(wrong), "{wrong}");
        }
    }
}
