//! Removes secrets that a service repeats from values that Terraform stores.

use std::collections::HashSet;

use crate::{
    AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue, Redact,
    protocol6::{codec, wire},
};

use super::Handlers;

impl Handlers {
    /// Removes secrets from `value`, a state or data of type `ty`, and warns of each.
    ///
    /// Strings that are in one of the values `sent` by the client stay: they are the user's own, they are stored or planned
    /// already, and an applied value must equal the planned one.
    pub(super) fn remove_secrets(
        &self,
        value: &mut RawValue,
        ty: &AttributeType,
        sent: &[Option<&wire::DynamicValue>],
        diags: &mut Diagnostics,
    ) {
        if !holds_secret(value, self.redact.as_ref()) {
            return;
        }
        let sent: Vec<RawValue> = sent.iter().filter_map(|value| codec::decode(*value, ty).ok()).collect();
        let mut texts = HashSet::new();
        sent.iter().for_each(|value| collect(value, &mut texts));
        remove(value, "", self.redact.as_ref(), &texts, diags);
    }
}

fn holds_secret(value: &RawValue, redact: &dyn Redact) -> bool {
    match value {
        RawValue::String(text) => redact.stored(text) != text.as_str(),
        RawValue::List(elements) => elements.iter().any(|element| holds_secret(element, redact)),
        RawValue::Map(elements) => elements.values().any(|element| holds_secret(element, redact)),
        RawValue::Typed(_, value) => holds_secret(value, redact),
        _ => false,
    }
}

fn collect<'v>(value: &'v RawValue, texts: &mut HashSet<&'v str>) {
    match value {
        RawValue::String(text) => {
            texts.insert(text);
        }
        RawValue::List(elements) => elements.iter().for_each(|element| collect(element, texts)),
        RawValue::Map(elements) => elements.values().for_each(|element| collect(element, texts)),
        RawValue::Typed(_, value) => collect(value, texts),
        _ => {}
    }
}

/// Removes secrets. `top` is the top-level attribute that contains `value`, or empty.
fn remove(value: &mut RawValue, top: &str, redact: &dyn Redact, sent: &HashSet<&str>, diags: &mut Diagnostics) {
    match value {
        RawValue::String(text) if !sent.contains(text.as_str()) => {
            let stored = redact.stored(text);
            if stored != text.as_str() {
                *text = stored.into_owned();
                let path = if top.is_empty() {
                    AttributePath::root()
                } else {
                    AttributePath::new(top.to_owned())
                };
                diags.add_attribute_warning(
                    "A secret was removed from the state",
                    "The service sent a value that contains one of the provider's own secrets, such as a token. \
                     \"[removed]\" is stored in its place. Report this to the operator of the service, and replace the \
                     secret if others can see the value there.",
                    path,
                );
            }
        }
        RawValue::List(elements) => {
            for element in elements {
                remove(element, top, redact, sent, diags);
            }
        }
        RawValue::Map(elements) => {
            for (name, element) in elements {
                let top = if top.is_empty() { name } else { top };
                remove(element, top, redact, sent, diags);
            }
        }
        RawValue::Typed(_, value) => remove(value, top, redact, sent, diags),
        _ => {}
    }
}
