//! The rules by which Terraform judges a provider, checked here first, where the message can name the attribute and what was
//! made is kept.
//!
//! A plan may set only what the configuration leaves to the provider; an applied value is the planned one wherever the plan
//! knew it; after apply everything is known. Values do not appear in the messages: they may be secret.

mod applied;
mod equal;
mod planned;
mod read;

pub use applied::enforce_plan;
pub use planned::check_planned;
pub use read::{check_data, clean_read};

use crate::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

fn bug(diags: &mut Diagnostics, summary: &str, what: &str, path: AttributePath) {
    diags.add_attribute_error(
        summary.to_owned(),
        format!("{path}: {what}. This is a bug of the provider; please report it."),
        path,
    );
}

/// Makes what is unknown null, and tells whether there was any.
fn clear_unknown(value: &mut RawValue) -> bool {
    match value {
        RawValue::Unknown(_) => {
            *value = RawValue::Null;
            true
        }
        RawValue::List(elements) => elements.iter_mut().fold(false, |found, e| clear_unknown(e) | found),
        RawValue::Map(elements) => elements.values_mut().fold(false, |found, e| clear_unknown(e) | found),
        RawValue::Typed(_, inner) => clear_unknown(inner),
        _ => false,
    }
}
