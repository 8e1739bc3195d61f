//! Compares an applied state with the planned one.

use crate::{AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue};

use super::{
    bug, clear_unknown,
    equal::{can_be_matched, element_type, same},
};

const SUMMARY: &str = "The provider applied another value than it planned";

/// Reports every value of `applied` that differs from the plan. Replaces values that are still unknown by null: Terraform does
/// not save a state with unknown values, and would lose the created object.
///
/// If the handler reported an error, the state is partial: differences are then not reported.
pub fn enforce_plan(ty: &AttributeType, planned: &RawValue, applied: &mut RawValue, diags: &mut Diagnostics) {
    if !diags.errors.is_empty() {
        clear_unknown(applied);
        return;
    }
    let mut wrong = Vec::new();
    compare(ty, planned, applied, &AttributePath::root(), &mut wrong);
    for path in wrong {
        bug(
            diags,
            SUMMARY,
            "differs from the plan. The applied value is in the state",
            path,
        );
    }
    if clear_unknown(applied) {
        diags.add_attribute_error(
            "The provider left a value unknown after apply",
            "The state has null for that value. This is a bug in the provider; please report it.",
            AttributePath::root(),
        );
    }
}

fn compare(
    ty: &AttributeType,
    planned: &RawValue,
    applied: &RawValue,
    path: &AttributePath,
    wrong: &mut Vec<AttributePath>,
) {
    match (planned, applied) {
        (RawValue::Unknown(_), _) => {}
        (RawValue::Typed(of, planned), RawValue::Typed(_, applied)) => compare(of, planned, applied, path, wrong),
        (RawValue::Map(a), RawValue::Map(b)) => {
            let object = matches!(ty, AttributeType::Object(_));
            if !object && !a.keys().eq(b.keys()) {
                wrong.push(path.clone());
                return;
            }
            for (name, planned) in a {
                let inner = if object {
                    path.clone().attribute(name.clone())
                } else {
                    path.clone().key(name.clone())
                };
                let applied = b.get(name).unwrap_or(&RawValue::Null);
                compare(element_type(ty, name), planned, applied, &inner, wrong);
            }
        }
        (RawValue::List(a), RawValue::List(b)) => compare_lists(ty, a, b, path, wrong),
        (a, b) if same(ty, a, b) => {}
        _ => wrong.push(path.clone()),
    }
}

fn compare_lists(
    ty: &AttributeType,
    planned: &[RawValue],
    applied: &[RawValue],
    path: &AttributePath,
    wrong: &mut Vec<AttributePath>,
) {
    let known = planned.iter().all(RawValue::is_wholly_known);
    if let AttributeType::Set(of) = ty {
        let fits = |x: usize, y: usize| {
            let mut inner = Vec::new();
            compare(of, &planned[x], &applied[y], path, &mut inner);
            inner.is_empty()
        };
        // Elements that were unknown in the plan can turn out to be equal and become one.
        let fewer = applied.len() < planned.len() && !known;
        if !fewer && (planned.len() != applied.len() || !can_be_matched(planned.len(), fits)) {
            wrong.push(path.clone());
        }
        return;
    }
    if planned.len() != applied.len() {
        wrong.push(path.clone());
        return;
    }
    for (at, (planned, applied)) in planned.iter().zip(applied).enumerate() {
        let of = match ty {
            AttributeType::List(of) => of,
            AttributeType::Tuple(types) => types.get(at).unwrap_or(&AttributeType::Any),
            _ => &AttributeType::Any,
        };
        let inner = path.clone().index(i64::try_from(at).unwrap_or(i64::MAX));
        compare(of, planned, applied, &inner, wrong);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn object(pairs: &[(&str, RawValue)]) -> RawValue {
        RawValue::Map(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        )
    }

    fn ty() -> AttributeType {
        let element = AttributeType::Object(BTreeMap::from([
            ("n".to_owned(), AttributeType::String),
            ("id".to_owned(), AttributeType::String),
        ]));
        AttributeType::Object(BTreeMap::from([
            ("a".to_owned(), AttributeType::String),
            ("b".to_owned(), AttributeType::Number),
            ("s".to_owned(), AttributeType::Set(Box::new(element.clone()))),
            ("l".to_owned(), AttributeType::List(Box::new(element))),
            ("m".to_owned(), AttributeType::Map(Box::new(AttributeType::String))),
        ]))
    }

    fn enforced(planned: &[(&str, RawValue)], applied: &[(&str, RawValue)]) -> (RawValue, Diagnostics) {
        let (mut applied, mut diags) = (object(applied), Diagnostics::default());
        enforce_plan(&ty(), &object(planned), &mut applied, &mut diags);
        (applied, diags)
    }

    #[test]
    fn a_value_that_differs_from_the_plan_is_reported() {
        let (_, diags) = enforced(
            &[("a", "x".into()), ("b", RawValue::UNKNOWN)],
            &[("a", "y".into()), ("b", 1.into())],
        );
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(diags.errors[0].attribute, AttributePath::new("a"));
    }

    #[test]
    fn a_value_that_stays_unknown_becomes_null_and_is_reported() {
        let (applied, diags) = enforced(&[("b", RawValue::UNKNOWN)], &[("b", RawValue::UNKNOWN)]);
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(applied, object(&[("b", RawValue::Null)]));
    }

    #[test]
    fn a_partial_state_is_saved_without_a_second_error() {
        let mut diags = Diagnostics::default();
        diags.root_error("it broke", "");
        let mut applied = object(&[("a", "y".into()), ("b", RawValue::UNKNOWN)]);
        enforce_plan(
            &ty(),
            &object(&[("a", "x".into()), ("b", 1.into())]),
            &mut applied,
            &mut diags,
        );
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(applied, object(&[("a", "y".into()), ("b", RawValue::Null)]));
    }

    #[test]
    fn a_set_may_be_reordered_and_a_list_may_not() {
        let element = |name: &str, id: RawValue| object(&[("n", name.into()), ("id", id)]);
        let planned = RawValue::List(vec![element("a", RawValue::UNKNOWN), element("b", RawValue::UNKNOWN)]);
        let applied = RawValue::List(vec![element("b", "2".into()), element("a", "1".into())]);
        assert!(
            enforced(&[("s", planned.clone())], &[("s", applied.clone())])
                .1
                .errors
                .is_empty()
        );
        assert_eq!(enforced(&[("l", planned)], &[("l", applied)]).1.errors.len(), 2);
    }

    #[test]
    fn a_map_may_not_gain_or_lose_keys() {
        let planned = object(&[("k", "v".into())]);
        let more = object(&[("k", "v".into()), ("l", "w".into())]);
        assert_eq!(
            enforced(&[("m", planned.clone())], &[("m", more.clone())])
                .1
                .errors
                .len(),
            1
        );
        assert_eq!(enforced(&[("m", more)], &[("m", planned)]).1.errors.len(), 1);
    }

    #[test]
    fn null_stays_null() {
        assert_eq!(
            enforced(&[("a", RawValue::Null)], &[("a", "x".into())]).1.errors.len(),
            1
        );
        assert_eq!(
            enforced(&[("a", "x".into())], &[("a", RawValue::Null)]).1.errors.len(),
            1
        );
    }

    #[test]
    fn a_set_may_shrink_only_if_its_planned_elements_were_unknown() {
        let set = |elements: &[RawValue]| RawValue::List(elements.to_vec());
        let element = |name: &str, id: RawValue| object(&[("n", name.into()), ("id", id)]);
        let unknown = |name| element(name, RawValue::UNKNOWN);
        let known = |name| element(name, "1".into());
        let errors = |planned: &[RawValue], applied: &[RawValue]| {
            let (_, diags) = enforced(&[("s", set(planned))], &[("s", set(applied))]);
            diags.errors.len()
        };
        assert_eq!(errors(&[unknown("a"), unknown("a")], &[known("a")]), 0);
        assert_eq!(errors(&[known("a"), known("b")], &[known("a")]), 1);
        assert_eq!(errors(&[unknown("a")], &[known("a"), known("b")]), 1, "it may not grow");
        assert_eq!(errors(&[known("a")], &[known("a"), known("b")]), 1);
        assert_eq!(errors(&[unknown("a"), known("b")], &[known("a"), known("c")]), 1);
        assert_eq!(errors(&[known("a")], &[known("b")]), 1);
        assert_eq!(errors(&[known("a"), known("b")], &[known("b"), known("a")]), 0);
    }

    #[test]
    fn an_object_may_leave_out_a_null_attribute() {
        let planned = RawValue::List(vec![object(&[("n", "a".into()), ("id", RawValue::Null)])]);
        let applied = RawValue::List(vec![object(&[("n", "a".into())])]);
        let (_, diags) = enforced(&[("l", planned)], &[("l", applied)]);
        assert_eq!(diags.errors.len(), 0);
    }

    #[test]
    fn a_known_value_may_not_become_unknown() {
        let (applied, diags) = enforced(&[("a", "x".into())], &[("a", RawValue::UNKNOWN)]);
        assert_eq!(applied, object(&[("a", RawValue::Null)]));
        assert_eq!(diags.errors[0].attribute, AttributePath::new("a"));
    }

    #[test]
    fn numbers_are_compared_by_value() {
        let number = |number| [("b", RawValue::Number(number))];
        let errors = |planned, applied| enforced(&number(planned), &number(applied)).1.errors.len();
        let decimal = |text: &str| crate::Number::Decimal(text.to_owned());
        assert_eq!(errors(crate::Number::Int(5), decimal("5.0")), 0);
        assert_eq!(errors(decimal("0.1"), crate::Number::Float(0.1)), 1);
    }

    #[test]
    fn elements_of_a_tuple_are_compared_by_their_own_types() {
        let strings = || Box::new(AttributeType::String);
        let ty = AttributeType::Tuple(vec![AttributeType::List(strings()), AttributeType::Set(strings())]);
        let tuple = |list: [&str; 2], set: [&str; 2]| RawValue::List(vec![list.to_vec().into(), set.to_vec().into()]);
        let errors = |mut applied: RawValue| {
            let mut diags = Diagnostics::default();
            enforce_plan(&ty, &tuple(["a", "b"], ["a", "b"]), &mut applied, &mut diags);
            diags.errors.len()
        };
        assert_eq!(errors(tuple(["a", "b"], ["b", "a"])), 0);
        assert_eq!(errors(tuple(["b", "a"], ["a", "b"])), 2);
        assert_eq!(errors(tuple(["a", "b"], ["a", "c"])), 1);
    }

    #[test]
    fn values_of_any_type_are_compared_by_their_own_type() {
        let typed = |value: RawValue| {
            let of = AttributeType::Set(Box::new(AttributeType::String));
            RawValue::Typed(Box::new(of), Box::new(value))
        };
        let compared = |planned: RawValue, applied: RawValue| {
            let (mut applied, mut diags) = (applied, Diagnostics::default());
            enforce_plan(&AttributeType::Any, &planned, &mut applied, &mut diags);
            diags.errors.len()
        };
        assert_eq!(compared(typed(vec!["a", "b"].into()), typed(vec!["b", "a"].into())), 0);
        assert_eq!(compared(typed(vec!["a", "b"].into()), typed(vec!["a", "c"].into())), 1);
        assert_eq!(compared(typed(RawValue::UNKNOWN), typed(vec!["a"].into())), 0);
    }
}
