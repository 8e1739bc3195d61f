//! The trigger pattern of an operation.

use otc_client::csbs::pattern::{self, Schedule};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

/// Whether two patterns run at the same times.
#[must_use]
pub fn same(a: &RawValue, b: &RawValue) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => pattern::same(a, b),
        _ => false,
    }
}

/// Reports a pattern that the service refuses.
pub fn validate(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    if let Some(text) = value.as_str()
        && let Err(error) = Schedule::parse(text)
    {
        diags.add_attribute_error(
            "The trigger pattern is not valid",
            format!(
                "The service does not accept this pattern: {error}. The function provider::csbs::trigger_pattern writes a \
                 valid one."
            ),
            path.clone(),
        );
    }
}
