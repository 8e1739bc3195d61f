//! Removes secrets that a service repeats from values that Terraform stores.

use std::collections::HashSet;

use crate::{
    AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue, Redact,
    protocol6::{codec, wire},
};

/// Removes secrets from `value`, a state or data of type `ty`, and warns of each.
///
/// Strings that are in one of the values `sent` by the client stay: they are the user's own, they are stored or planned already,
/// and an applied value must equal the planned one.
pub(super) fn remove_secrets(
    redact: &dyn Redact,
    value: &mut RawValue,
    ty: &AttributeType,
    sent: &[Option<&wire::DynamicValue>],
    diags: &mut Diagnostics,
) {
    if !holds_secret(value, redact) {
        return;
    }
    let sent: Vec<RawValue> = sent.iter().filter_map(|value| codec::decode(*value, ty).ok()).collect();
    let mut texts = HashSet::new();
    sent.iter().for_each(|value| collect(value, &mut texts));
    remove(value, "", redact, &texts, diags);
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    struct Hush;

    impl Redact for Hush {
        fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
            Cow::Borrowed(text)
        }

        fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
            text.replace("HUSH", "[removed]").into()
        }
    }

    fn list(elements: &[RawValue]) -> RawValue {
        RawValue::List(elements.to_vec())
    }

    fn map(value: RawValue) -> RawValue {
        RawValue::Map([("k".to_owned(), value)].into())
    }

    fn typed(value: RawValue) -> RawValue {
        RawValue::Typed(Box::new(AttributeType::String), Box::new(value))
    }

    /// Puts a string into a container, such as a list.
    type Contain = fn(RawValue) -> RawValue;

    /// Containers of a string, with their types.
    fn containers() -> Vec<(AttributeType, Contain)> {
        let strings = || Box::new(AttributeType::String);
        vec![
            (AttributeType::String, |value| value),
            (AttributeType::List(strings()), |value| list(&["x".into(), value])),
            (AttributeType::Set(strings()), |value| list(&[value, RawValue::Null])),
            (AttributeType::Map(strings()), map),
            (AttributeType::Any, typed),
            (
                AttributeType::List(Box::new(AttributeType::Map(Box::new(AttributeType::Any)))),
                |value| list(&[map(typed(value))]),
            ),
        ]
    }

    /// Puts a value into the attribute `a` of a state.
    fn state(ty: AttributeType, value: RawValue) -> (AttributeType, RawValue) {
        let ty = AttributeType::Object([("a".to_owned(), ty), ("b".to_owned(), AttributeType::Number)].into());
        (
            ty,
            RawValue::Map([("a".to_owned(), value), ("b".to_owned(), 5.into())].into()),
        )
    }

    #[test]
    fn a_secret_is_removed_wherever_it_is_and_the_warning_names_the_attribute() {
        for (ty, inside) in containers() {
            let (ty, mut value) = state(ty, inside("token HUSH".into()));
            let (_, expected) = state(AttributeType::String, inside("token [removed]".into()));
            let mut diags = Diagnostics::default();
            remove_secrets(&Hush, &mut value, &ty, &[None], &mut diags);
            assert_eq!(value, expected);
            assert_eq!(diags.errors.len(), 0, "{ty}");
            let warned: Vec<_> = diags.warnings.iter().map(|warning| warning.attribute.clone()).collect();
            assert_eq!(warned, [AttributePath::new("a")], "{ty}");
        }
        let mut alone = RawValue::from("HUSH");
        let mut diags = Diagnostics::default();
        remove_secrets(&Hush, &mut alone, &AttributeType::String, &[], &mut diags);
        assert_eq!(alone, "[removed]".into());
        assert_eq!(diags.warnings[0].attribute, AttributePath::root());
    }

    #[test]
    fn text_that_the_client_sent_itself_stays_wherever_it_is() {
        for (ty, inside) in containers() {
            let (ty, value) = state(ty, inside("token HUSH".into()));
            let sent = codec::encode(&value, &ty).unwrap();
            let mut returned = value.clone();
            let mut diags = Diagnostics::default();
            remove_secrets(&Hush, &mut returned, &ty, &[None, Some(&sent)], &mut diags);
            assert_eq!(returned, value);
            assert_eq!(diags.warnings.len(), 0, "{ty}");
        }
    }

    #[test]
    fn another_text_with_the_same_secret_does_not_stay() {
        let (ty, sent) = state(AttributeType::String, "HUSH".into());
        let sent = codec::encode(&sent, &ty).unwrap();
        let (_, mut returned) = state(AttributeType::String, "token HUSH".into());
        remove_secrets(&Hush, &mut returned, &ty, &[Some(&sent)], &mut Diagnostics::default());
        assert_eq!(returned.get("a"), &"token [removed]".into());
    }

    #[test]
    fn values_without_a_secret_stay_without_a_warning() {
        for (ty, inside) in containers() {
            let (ty, value) = state(ty, inside("token".into()));
            let mut same = value.clone();
            let mut diags = Diagnostics::default();
            remove_secrets(&Hush, &mut same, &ty, &[], &mut diags);
            assert_eq!(same, value);
            assert_eq!(diags.warnings.len(), 0, "{ty}");
        }
    }
}
