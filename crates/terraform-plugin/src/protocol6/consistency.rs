//! Terraform's rules for plans and states. They are checked here before Terraform checks them, because here the message can name
//! the attribute, and created objects stay in the state.
//!
//! A plan may change only what the configuration leaves to the provider. An applied value equals the planned one if that was
//! known. After apply, everything is known. Messages contain no values, since these may be secret.

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
        format!("{path}: {what}. This is a bug in the provider; please report it."),
        path,
    );
}

/// Replaces unknown values by null. Returns `true` if there were any.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AttributeType;

    #[test]
    fn every_unknown_value_becomes_null_and_any_is_reported() {
        let typed = |value| RawValue::Typed(Box::new(AttributeType::String), Box::new(value));
        let list = |values: &[RawValue]| RawValue::List(values.to_vec());
        let map = |values: &[RawValue]| {
            let named = values.iter().enumerate();
            RawValue::Map(named.map(|(at, value)| (at.to_string(), value.clone())).collect())
        };
        let (unknown, null, known) = (RawValue::UNKNOWN, RawValue::Null, RawValue::from("x"));
        for (mut value, cleared, found) in [
            (unknown.clone(), null.clone(), true),
            (known.clone(), known.clone(), false),
            (typed(unknown.clone()), typed(null.clone()), true),
            (
                list(&[known.clone(), known.clone()]),
                list(&[known.clone(), known.clone()]),
                false,
            ),
            (
                list(&[unknown.clone(), known.clone()]),
                list(&[null.clone(), known.clone()]),
                true,
            ),
            (
                list(&[unknown.clone(), unknown.clone()]),
                list(&[null.clone(), null.clone()]),
                true,
            ),
            (
                map(&[known.clone(), unknown.clone()]),
                map(&[known.clone(), null.clone()]),
                true,
            ),
            (
                map(&[unknown.clone(), unknown.clone()]),
                map(&[null.clone(), null.clone()]),
                true,
            ),
        ] {
            assert_eq!(clear_unknown(&mut value), found, "{value:?}");
            assert_eq!(value, cleared);
        }
    }
}
