//! Which operations are the same, and whether two have the same content.

use otc_client::csbs::{non_empty_description, pattern};
use terraform_plugin::{RawValue, Value};

use super::{BACKUP, OperationModel, retention::Retention};

/// What the service is asked for, without the name and the trigger pattern.
#[derive(PartialEq)]
struct Content<'a> {
    description: Option<&'a str>,
    enabled: bool,
    operation_type: &'a str,
    retention: Retention,
    calendar_counts: [Option<i64>; 4],
    /// Time zone of the calendar counts; without counts it has no effect.
    timezone: Option<&'a str>,
}

/// The content; `None` while some of it is unknown.
fn content(operation: &OperationModel) -> Option<Content<'_>> {
    let OperationModel {
        description,
        enabled,
        operation_type,
        trigger_pattern,
        permanent,
        timezone,
        ..
    } = operation;
    let numbers = [
        &operation.max_backups,
        &operation.retention_duration_days,
        &operation.day_backups,
        &operation.week_backups,
        &operation.month_backups,
        &operation.year_backups,
    ];
    let is_unknown = [description, operation_type, trigger_pattern, timezone]
        .iter()
        .any(|value| value.is_unknown())
        || [enabled, permanent].iter().any(|value| value.is_unknown())
        || numbers.iter().any(|value| value.is_unknown());
    (!is_unknown).then(|| Content {
        description: non_empty_description(description.as_deref_option()),
        enabled: *enabled.as_ref_option().unwrap_or(&true),
        operation_type: operation_type.as_deref_option().unwrap_or(BACKUP),
        retention: operation.into(),
        calendar_counts: operation.calendar_counts(),
        timezone: timezone.as_deref_option().filter(|_| operation.has_calendar_counts()),
    })
}

/// Whether two operations ask for the same, apart from their names.
#[must_use]
pub fn has_same_content(a: &OperationModel, b: &OperationModel) -> bool {
    let (Some(content_a), Some(content_b)) = (content(a), content(b)) else {
        return false;
    };
    let pattern = |operation: &OperationModel| {
        operation
            .trigger_pattern
            .as_deref_option()
            .unwrap_or_default()
            .to_owned()
    };
    content_a == content_b && pattern::same(&pattern(a), &pattern(b))
}

/// Whether `existing` is all that `wanted` asks for. A name that is not configured can be any.
#[must_use]
pub fn matches(wanted: &OperationModel, existing: &OperationModel) -> bool {
    let has_name = match &wanted.name {
        Value::Null => true,
        Value::Unknown => false,
        name => *name == existing.name,
    };
    has_name && has_same_content(wanted, existing)
}

/// Whether two lists have the same operations, in any order: the order has no meaning to the service.
#[must_use]
pub fn all_match(wanted: &[OperationModel], existing: &[OperationModel]) -> bool {
    wanted.len() == existing.len()
        && match_operations(wanted, existing)
            .into_iter()
            .zip(wanted)
            .all(|(index, wanted)| index.is_some_and(|index| matches(wanted, &existing[index])))
}

/// [`all_match`] for the values of an attribute.
#[must_use]
pub fn same(prior: &RawValue, planned: &RawValue) -> bool {
    match (prior.as_list(), planned.as_list()) {
        (Some(prior), Some(planned)) => all_match(
            &OperationModel::from_elements(planned),
            &OperationModel::from_elements(prior),
        ),
        _ => false,
    }
}

/// [`match_operations`] for the elements of an attribute.
#[must_use]
pub fn match_elements(config: &[RawValue], prior: &[RawValue]) -> Vec<Option<usize>> {
    match_operations(
        &OperationModel::from_elements(config),
        &OperationModel::from_elements(prior),
    )
}

/// Whether two operations may be the same one.
type Condition<'a> = &'a dyn Fn(&OperationModel, &OperationModel) -> bool;

/// Finds for each of `wanted` the index of the same operation in `existing`: the one with its ID, else the one with its name,
/// else one with its content. If one is left on each side, they are the same as well, because a policy with one operation keeps
/// it. Operations with different IDs are never the same.
#[must_use]
pub fn match_operations(wanted: &[OperationModel], existing: &[OperationModel]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; wanted.len()];
    let mut free: Vec<bool> = vec![true; existing.len()];
    let same_text = |a: &Value<String>, b: &Value<String>| a.is_value() && a == b;
    let conditions: [Condition; 4] = [
        &|a, b| same_text(&a.id, &b.id),
        &|a, b| same_text(&a.name, &b.name) && has_same_content(a, b),
        &|a, b| same_text(&a.name, &b.name),
        &has_same_content,
    ];
    for is_same in conditions {
        for (index, operation) in wanted.iter().enumerate() {
            if found[index].is_none()
                && let Some(other) = (0..existing.len()).find(|other| {
                    free[*other] && may_be_same(operation, &existing[*other]) && is_same(operation, &existing[*other])
                })
            {
                free[other] = false;
                found[index] = Some(other);
            }
        }
    }
    let mut unmatched = (0..wanted.len()).filter(|index| found[*index].is_none());
    let mut left = (0..existing.len()).filter(|index| free[*index]);
    if let (Some(index), None, Some(other), None) = (unmatched.next(), unmatched.next(), left.next(), left.next())
        && may_be_same(&wanted[index], &existing[other])
    {
        found[index] = Some(other);
    }
    found
}

/// Whether the IDs allow that two operations are the same.
fn may_be_same(a: &OperationModel, b: &OperationModel) -> bool {
    !(a.id.is_value() && b.id.is_value() && a.id != b.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::{PATTERN, operation};

    fn operations(elements: &[RawValue]) -> Vec<OperationModel> {
        OperationModel::from_elements(elements)
    }

    #[test]
    fn no_limit_has_many_forms() {
        let same_as_none = |other: &RawValue| {
            let models = operations(&[operation(&[]), other.clone()]);
            has_same_content(&models[0], &models[1])
        };
        for same in [
            operation(&[("max_backups", (-1).into()), ("retention_duration_days", (-1).into())]),
            operation(&[("permanent", true.into())]),
            operation(&[("permanent", true.into()), ("max_backups", 5.into())]),
            operation(&[("permanent", false.into()), ("max_backups", (-1).into())]),
            operation(&[("day_backups", 0.into()), ("timezone", "UTC+08:00".into())]),
            operation(&[
                ("description", "--".into()),
                ("enabled", true.into()),
                ("operation_type", "backup".into()),
            ]),
            operation(&[("trigger_pattern", PATTERN.replace("\r\n", "\n").into())]),
        ] {
            assert!(same_as_none(&same), "{same:?}");
        }
        for other in [
            operation(&[("max_backups", 0.into())]),
            operation(&[("retention_duration_days", 7.into())]),
            operation(&[("day_backups", 1.into())]),
            operation(&[("description", "x".into())]),
            operation(&[("enabled", false.into())]),
            operation(&[("max_backups", RawValue::UNKNOWN)]),
            operation(&[("trigger_pattern", PATTERN.replace("TH", "FR").into())]),
            RawValue::UNKNOWN,
        ] {
            assert!(!same_as_none(&other), "{other:?}");
        }
    }

    #[test]
    fn operations_are_matched_by_id_then_name_then_content() {
        let matched =
            |wanted: &[RawValue], existing: &[RawValue]| match_operations(&operations(wanted), &operations(existing));
        let named =
            |name: &str, days: i64| operation(&[("name", name.into()), ("retention_duration_days", days.into())]);
        let existing = [named("a", 1), named("b", 2), named("c", 3)];
        assert_eq!(matched(&[named("b", 9), named("a", 1)], &existing), [Some(1), Some(0)]);
        assert_eq!(
            matched(
                &[operation(&[("retention_duration_days", 3.into())]), named("a", 7)],
                &existing
            ),
            [Some(2), Some(0)]
        );
        let with_id = |id: &str, name: &str| operation(&[("id", id.into()), ("name", name.into())]);
        assert_eq!(
            matched(&[with_id("2", "a")], &[with_id("1", "a"), with_id("2", "b")]),
            [Some(1)]
        );
        assert_eq!(
            matched(&[named("x", 9)], &[named("a", 1)]),
            [Some(0)],
            "the only one is changed"
        );
        assert_eq!(matched(&[named("x", 9), named("y", 9)], &[named("a", 1)]), [None, None]);
        assert_eq!(
            matched(&[named("a", 1), named("y", 9)], &[named("a", 1)]),
            [Some(0), None]
        );
        assert_eq!(matched(&[], &existing), Vec::<Option<usize>>::new());
    }

    #[test]
    fn operations_with_different_ids_are_never_the_same() {
        let with_id = |id: &str| operations(&[operation(&[("id", id.into())])]);
        assert_eq!(match_operations(&with_id("1"), &with_id("2")), [None]);
        assert_eq!(match_operations(&with_id("1"), &with_id("1")), [Some(0)]);
        let without = operations(&[operation(&[])]);
        assert_eq!(match_operations(&without, &with_id("2")), [Some(0)]);
        assert_eq!(match_operations(&with_id("1"), &without), [Some(0)]);
    }

    #[test]
    fn equal_operations_are_paired_one_to_one() {
        let same = operations(&[operation(&[]), operation(&[])]);
        assert_eq!(match_operations(&same, &same), [Some(0), Some(1)]);
        assert!(all_match(&same, &same));
        assert!(!all_match(&same, &same[..1]) && !all_match(&same[..1], &same));
        assert!(all_match(&[], &[]));
    }

    #[test]
    fn lists_are_the_same_in_any_order_and_with_any_name_where_none_is_configured() {
        let named =
            |name: &str, days: i64| operation(&[("name", name.into()), ("retention_duration_days", days.into())]);
        let list = |elements: &[RawValue]| RawValue::List(elements.to_vec());
        let prior = list(&[named("a", 1), named("b", 2)]);
        for (planned, expected) in [
            (list(&[named("b", 2), named("a", 1)]), true),
            (
                list(&[operation(&[("retention_duration_days", 2.into())]), named("a", 1)]),
                true,
            ),
            (list(&[named("b", 2), named("a", 3)]), false),
            (list(&[named("c", 1), named("b", 2)]), false),
            (list(&[named("a", 1)]), false),
            (list(&[named("a", 1), named("b", 2), named("c", 3)]), false),
            (
                list(&[
                    operation(&[("name", RawValue::UNKNOWN), ("retention_duration_days", 1.into())]),
                    named("b", 2),
                ]),
                false,
            ),
            (RawValue::Null, false),
            (RawValue::UNKNOWN, false),
        ] {
            assert_eq!(same(&prior, &planned), expected, "{planned:?}");
        }
        assert!(!same(&RawValue::Null, &prior));
    }
}
