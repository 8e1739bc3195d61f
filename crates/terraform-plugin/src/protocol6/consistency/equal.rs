//! Equality of values by Terraform's rules.

use crate::{AttributeType, RawValue};

/// Returns `true` if both are the same value of type `ty`. Numbers are compared by value, sets without regard to order.
pub fn same(ty: &AttributeType, a: &RawValue, b: &RawValue) -> bool {
    match (a, b) {
        (RawValue::Typed(of_a, a), RawValue::Typed(of_b, b)) => of_a == of_b && same(of_a, a, b),
        // One side has no explicit type.
        (RawValue::Typed(of, a), b) | (b, RawValue::Typed(of, a)) => same(of, a, b),
        (RawValue::Number(a), RawValue::Number(b)) => a.is_same(b),
        (RawValue::List(a), RawValue::List(b)) => a.len() == b.len() && same_elements(ty, a, b),
        (RawValue::Map(a), RawValue::Map(b)) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            let null = &RawValue::Null;
            names.into_iter().all(|name| {
                let of = element_type(ty, name);
                let exists = matches!(ty, AttributeType::Object(_)) || (a.contains_key(name) && b.contains_key(name));
                exists && same(of, a.get(name).unwrap_or(null), b.get(name).unwrap_or(null))
            })
        }
        (a, b) => a == b,
    }
}

fn same_elements(ty: &AttributeType, a: &[RawValue], b: &[RawValue]) -> bool {
    match ty {
        AttributeType::Set(of) => {
            a.iter().zip(b).all(|(a, b)| same(of, a, b)) || can_be_matched(a.len(), |x, y| same(of, &a[x], &b[y]))
        }
        AttributeType::Tuple(types) => a.iter().zip(b).zip(types).all(|((a, b), of)| same(of, a, b)),
        AttributeType::List(of) => a.iter().zip(b).all(|(a, b)| same(of, a, b)),
        _ => a.iter().zip(b).all(|(a, b)| same(&AttributeType::Any, a, b)),
    }
}

/// Returns the type of the element or attribute `name`.
pub fn element_type<'t>(ty: &'t AttributeType, name: &str) -> &'t AttributeType {
    match ty {
        AttributeType::Object(types) => types.get(name).unwrap_or(&AttributeType::Any),
        AttributeType::Map(of) => of,
        _ => &AttributeType::Any,
    }
}

/// Maximum size of a set that is compared. Larger sets are left to Terraform's own check, which takes time in proportion to
/// their size.
const MAX_ELEMENTS: usize = 1000;

/// Returns `true` if every one of `count` elements on one side can be matched with its own element of the other side, so that
/// `fits` holds for each pair.
///
/// It uses augmenting paths, because a greedy choice would refuse sets whose unknown elements fit several others.
pub fn can_be_matched(count: usize, fits: impl Fn(usize, usize) -> bool) -> bool {
    fn place(
        x: usize,
        count: usize,
        fits: &impl Fn(usize, usize) -> bool,
        taken: &mut [Option<usize>],
        tried: &mut [bool],
    ) -> bool {
        for y in 0..count {
            if tried[y] || !fits(x, y) {
                continue;
            }
            tried[y] = true;
            let free = match taken[y] {
                None => true,
                Some(holder) => place(holder, count, fits, taken, tried),
            };
            if free {
                taken[y] = Some(x);
                return true;
            }
        }
        false
    }
    if count > MAX_ELEMENTS || (0..count).all(|at| fits(at, at)) {
        return true;
    }
    let mut taken = vec![None; count];
    (0..count).all(|x| place(x, count, &fits, &mut taken, &mut vec![false; count]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> AttributeType {
        AttributeType::Set(Box::new(AttributeType::String))
    }

    #[test]
    fn the_order_of_a_list_matters_and_that_of_a_set_does_not() {
        let ab = RawValue::from(vec!["a", "b"]);
        let ba = RawValue::from(vec!["b", "a"]);
        assert!(same(&set(), &ab, &ba));
        assert!(!same(&AttributeType::List(Box::new(AttributeType::String)), &ab, &ba));
        assert!(!same(&set(), &RawValue::from(vec!["a", "a"]), &ab));
    }

    #[test]
    fn matching_finds_what_a_greedy_choice_misses() {
        // 0 fits both, 1 fits only 0.
        assert!(can_be_matched(2, |x, y| x == 0 || y == 0));
        assert!(!can_be_matched(2, |_, y| y == 0));
    }

    fn typed(of: AttributeType, value: RawValue) -> RawValue {
        RawValue::Typed(Box::new(of), Box::new(value))
    }

    #[test]
    fn values_of_any_type_are_the_same_only_with_the_same_type() {
        let (ab, ba) = (RawValue::from(vec!["a", "b"]), RawValue::from(vec!["b", "a"]));
        let list = AttributeType::List(Box::new(AttributeType::String));
        let any = &AttributeType::Any;
        assert!(same(any, &typed(set(), ab.clone()), &typed(set(), ba.clone())));
        assert!(!same(any, &typed(set(), ab.clone()), &typed(list.clone(), ab.clone())));
        assert!(!same(any, &typed(list.clone(), ab.clone()), &typed(list, ba.clone())));
        assert!(same(any, &typed(set(), ab), &ba));
    }

    #[test]
    fn sets_inside_of_lists_tuples_and_maps_have_no_order() {
        let (ab, ba) = (RawValue::from(vec!["a", "b"]), RawValue::from(vec!["b", "a"]));
        let list = |value: &RawValue| RawValue::List(vec![value.clone()]);
        let map = |value: &RawValue| RawValue::Map([("k".to_owned(), value.clone())].into());
        let of_list = AttributeType::List(Box::new(set()));
        assert!(same(&of_list, &list(&ab), &list(&ba)));
        assert!(same(&AttributeType::Tuple(vec![set()]), &list(&ab), &list(&ba)));
        assert!(same(&AttributeType::Map(Box::new(set())), &map(&ab), &map(&ba)));
    }

    #[test]
    fn an_object_may_leave_out_null_attributes_and_a_map_no_key() {
        let full = RawValue::Map([("k".to_owned(), RawValue::Null)].into());
        let empty = RawValue::Map(Default::default());
        let object = AttributeType::Object([("k".to_owned(), AttributeType::String)].into());
        let map = AttributeType::Map(Box::new(AttributeType::String));
        for (a, b) in [(&full, &empty), (&empty, &full)] {
            assert!(same(&object, a, b));
            assert!(!same(&map, a, b));
        }
        let other = RawValue::Map([("k".to_owned(), "x".into())].into());
        assert!(!same(&object, &empty, &other) && !same(&object, &other, &empty));
    }

    #[test]
    fn only_sets_of_up_to_a_thousand_elements_are_compared() {
        assert!(!can_be_matched(MAX_ELEMENTS, |_, _| false));
        assert!(can_be_matched(MAX_ELEMENTS + 1, |_, _| false));
    }
}
