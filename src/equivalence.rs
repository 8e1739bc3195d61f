//! Different values of an argument that mean the same to the service.

use otc_client::csbs::non_empty_description;
use terraform_plugin::RawValue;

/// Compares descriptions. Null, an empty text and `--` mean that there is none.
#[must_use]
pub fn descriptions(a: &RawValue, b: &RawValue) -> bool {
    non_empty_description(a.as_str()) == non_empty_description(b.as_str())
}

/// Compares maps. Null and an empty map are equivalent.
#[must_use]
pub fn maps(a: &RawValue, b: &RawValue) -> bool {
    let is_empty = |map: &RawValue| map.is_null() || map.as_map().is_some_and(|map| map.is_empty());
    a == b || (is_empty(a) && is_empty(b))
}

/// Compares flags. Null and `false` are equivalent.
#[must_use]
pub fn flags(a: &RawValue, b: &RawValue) -> bool {
    a.as_bool().unwrap_or(false) == b.as_bool().unwrap_or(false)
}

/// Compares sets. Null and an empty set are equivalent, and the order of the elements has no meaning.
#[must_use]
pub fn sets(a: &RawValue, b: &RawValue) -> bool {
    fn elements(set: &RawValue) -> Option<&[RawValue]> {
        if set.is_null() { Some(&[]) } else { set.as_list() }
    }
    match (elements(a), elements(b)) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().all(|element| b.contains(element)),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> RawValue {
        RawValue::Map(
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).into()))
                .collect(),
        )
    }

    #[test]
    fn only_values_without_a_meaning_are_equivalent() {
        let (null, none, dashes) = (RawValue::Null, RawValue::from(""), RawValue::from("--"));
        for (a, b, same) in [
            (&null, &none, true),
            (&null, &dashes, true),
            (&none, &dashes, true),
            (&null, &"text".into(), false),
            (&"text".into(), &"text".into(), true),
            (&"text".into(), &"other".into(), false),
            (&"---".into(), &null, false),
        ] {
            assert_eq!(descriptions(a, b), same, "{a:?} {b:?}");
            assert_eq!(descriptions(b, a), same, "{b:?} {a:?}");
        }
        for (a, b, same) in [
            (&null, &map(&[]), true),
            (&null, &null, true),
            (&map(&[("a", "b")]), &map(&[("a", "b")]), true),
            (&map(&[("a", "b")]), &map(&[("a", "c")]), false),
            (&map(&[("a", "b")]), &map(&[]), false),
            (&map(&[("a", "b")]), &null, false),
        ] {
            assert_eq!(maps(a, b), same, "{a:?} {b:?}");
            assert_eq!(maps(b, a), same, "{b:?} {a:?}");
        }
        for (a, b, same) in [
            (&null, &false.into(), true),
            (&null, &true.into(), false),
            (&true.into(), &true.into(), true),
            (&true.into(), &false.into(), false),
        ] {
            assert_eq!(flags(a, b), same, "{a:?} {b:?}");
            assert_eq!(flags(b, a), same, "{b:?} {a:?}");
        }
    }

    #[test]
    fn sets_without_elements_are_equivalent_and_the_order_has_no_meaning() {
        let set = |elements: &[&str]| RawValue::List(elements.iter().map(|element| (*element).into()).collect());
        let null = RawValue::Null;
        for (a, b, same) in [
            (&null, &null, true),
            (&null, &set(&[]), true),
            (&set(&[]), &set(&[]), true),
            (&set(&["a", "b"]), &set(&["b", "a"]), true),
            (&set(&["a"]), &set(&["b"]), false),
            (&set(&["a"]), &set(&["a", "b"]), false),
            (&set(&["a", "b"]), &set(&["a", "c"]), false),
            (&set(&["a"]), &null, false),
            (&set(&["a"]), &RawValue::UNKNOWN, false),
            (&null, &RawValue::UNKNOWN, false),
            (&RawValue::UNKNOWN, &RawValue::UNKNOWN, true),
        ] {
            assert_eq!(sets(a, b), same, "{a:?} {b:?}");
            assert_eq!(sets(b, a), same, "{b:?} {a:?}");
        }
    }
}
