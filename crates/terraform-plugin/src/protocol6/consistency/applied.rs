//! What was applied against what was planned.

use crate::{AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue};

use super::{
    bug, clear_unknown,
    equal::{element_type, pairs_up, same},
};

const SUMMARY: &str = "The provider applied something else than it planned";

/// Reports where `applied` is not what was planned, and makes what is still unknown null: a state cannot hold it, and a
/// state that cannot be kept would lose what was made.
///
/// A handler that reported an error has told what is wrong already: its state is partial, and is only cleared of unknowns.
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
            "differs from the plan. What was made is in the state",
            path,
        );
    }
    if clear_unknown(applied) {
        diags.add_attribute_error(
            "The provider left a value unknown after apply",
            "What was made is in the state, with null for that value. This is a bug of the provider; please report it.",
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
        // Elements that turn out to be equal become one.
        let fewer = applied.len() < planned.len() && !known;
        if !fewer && (planned.len() != applied.len() || !pairs_up(planned.len(), fits)) {
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
    fn an_applied_value_that_differs_is_named() {
        let (_, diags) = enforced(
            &[("a", "x".into()), ("b", RawValue::UNKNOWN)],
            &[("a", "y".into()), ("b", 1.into())],
        );
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(diags.errors[0].attribute, AttributePath::new("a"));
    }

    #[test]
    fn what_stays_unknown_is_null_and_told() {
        let (applied, diags) = enforced(&[("b", RawValue::UNKNOWN)], &[("b", RawValue::UNKNOWN)]);
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(applied, object(&[("b", RawValue::Null)]));
    }

    #[test]
    fn a_partial_state_is_kept_without_a_second_error() {
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
    fn a_set_may_change_its_order_and_a_list_may_not() {
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
    fn absent_stays_absent() {
        assert_eq!(
            enforced(&[("a", RawValue::Null)], &[("a", "x".into())]).1.errors.len(),
            1
        );
        assert_eq!(
            enforced(&[("a", "x".into())], &[("a", RawValue::Null)]).1.errors.len(),
            1
        );
    }
}
