//! Values that are still unknown at the end of an operation.

use crate::{NewState, RawValue};

impl NewState {
    /// Replaces the value of each attribute that is still unknown by its prior value, or by null if there is no prior state.
    pub fn resolve_unknowns(&mut self, prior: Option<&RawValue>) {
        let RawValue::Map(attributes) = &mut self.state else {
            return;
        };
        for (name, value) in attributes.iter_mut().filter(|(_, value)| value.is_unknown()) {
            *value = prior.map_or(RawValue::Null, |prior| prior.get(name).clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_attributes_have_their_prior_value_or_are_null() {
        let object = |a: RawValue, b: RawValue| RawValue::Map([("a".to_owned(), a), ("b".to_owned(), b)].into());
        let planned = NewState {
            state: object("new".into(), RawValue::UNKNOWN),
            ..NewState::default()
        };
        let mut created = planned.clone();
        created.resolve_unknowns(None);
        assert_eq!(created.state, object("new".into(), RawValue::Null));
        let mut updated = planned;
        updated.resolve_unknowns(Some(&object("old".into(), "old".into())));
        assert_eq!(updated.state, object("new".into(), "old".into()));
    }
}
