//! Scheduled operations: which are the same, and whether two say the same.

use crate::backup::plan::described;
use otc_client::csbs::pattern;
use terraform_plugin::RawValue;

/// The counts that need a time zone.
pub const COUNTS: [&str; 4] = ["day_backups", "week_backups", "month_backups", "year_backups"];

/// What only the service tells.
pub const COMPUTED: [&str; 4] = ["id", "trigger_id", "trigger_name", "trigger_type"];

/// How long backups are kept, in the form in which two can be compared.
#[derive(Debug, PartialEq, Eq)]
pub enum Retention {
    /// For ever.
    Permanent,
    /// Within limits; `None` is no limit.
    Limited {
        /// At most so many.
        backups: Option<i64>,
        /// For so many days.
        days: Option<i64>,
    },
}

/// What an operation keeps. No limit at all is for ever.
#[must_use]
pub fn retention(operation: &RawValue) -> Retention {
    let limit = |name: &str| operation.get(name).as_i64().filter(|limit| *limit >= 0);
    let (backups, days) = (limit("max_backups"), limit("retention_duration_days"));
    let counted = COUNTS.iter().any(|name| count(operation, name).is_some());
    let permanent = operation.get("permanent").as_bool();
    match (permanent, backups, days) {
        (Some(true), ..) => Retention::Permanent,
        (_, None, None) if !counted => Retention::Permanent,
        _ => Retention::Limited { backups, days },
    }
}

/// A count of kept backups; zero and less are none.
#[must_use]
pub fn count(operation: &RawValue, name: &str) -> Option<i64> {
    operation.get(name).as_i64().filter(|count| *count > 0)
}

fn known(operation: &RawValue) -> bool {
    // What the service tells may be unknown; it says nothing about what is wanted.
    let Some(values) = operation.as_map() else {
        return false;
    };
    values
        .iter()
        .all(|(name, value)| COMPUTED.contains(&name.as_str()) || name == "name" || value.is_wholly_known())
}

/// Whether two operations say the same, but for their names.
#[must_use]
pub fn same_content(a: &RawValue, b: &RawValue) -> bool {
    let pattern = |operation: &RawValue| operation.get("trigger_pattern").as_str().unwrap_or_default().to_owned();
    let counts = |operation: &RawValue| COUNTS.map(|name| count(operation, name));
    let zone = |operation: &RawValue| -> Option<String> {
        let matters = counts(operation).iter().any(Option::is_some);
        matters
            .then(|| operation.get("timezone").as_str().map(str::to_owned))
            .flatten()
    };
    known(a)
        && known(b)
        && described(a.get("description")) == described(b.get("description"))
        && a.get("enabled").as_bool().unwrap_or(true) == b.get("enabled").as_bool().unwrap_or(true)
        && a.get("operation_type").as_str().unwrap_or("backup") == b.get("operation_type").as_str().unwrap_or("backup")
        && retention(a) == retention(b)
        && counts(a) == counts(b)
        && zone(a) == zone(b)
        && pattern::same(&pattern(a), &pattern(b))
}

/// Whether `wanted` asks for nothing that `there` is not. A name that is not configured is whatever there is.
#[must_use]
pub fn satisfied(wanted: &RawValue, there: &RawValue) -> bool {
    let name = wanted.get("name");
    let named = match name {
        RawValue::Null => true,
        RawValue::Unknown(_) => false,
        name => name == there.get("name"),
    };
    named && same_content(wanted, there)
}

/// Whether two may be one.
type Same<'a> = &'a dyn Fn(&RawValue, &RawValue) -> bool;

/// For each of `wanted` the index of the one in `there` that is the same operation: the one with its ID, else the only one
/// with its name, else one with its content; and the last one left on both sides, because a policy with one operation keeps it.
#[must_use]
pub fn pairs(wanted: &[RawValue], there: &[RawValue]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; wanted.len()];
    let mut free: Vec<bool> = vec![true; there.len()];
    let text = |operation: &RawValue, name: &str| operation.get(name).as_str().map(str::to_owned);
    let steps: [Same; 4] = [
        &|a, b| text(a, "id").is_some() && text(a, "id") == text(b, "id"),
        &|a, b| text(a, "name").is_some() && text(a, "name") == text(b, "name") && same_content(a, b),
        &|a, b| text(a, "name").is_some() && text(a, "name") == text(b, "name"),
        &|a, b| may_be(a, b) && same_content(a, b),
    ];
    for same in steps {
        for (index, one) in wanted.iter().enumerate() {
            if found[index].is_none()
                && let Some(other) = (0..there.len()).find(|other| free[*other] && same(one, &there[*other]))
            {
                free[other] = false;
                found[index] = Some(other);
            }
        }
    }
    let mut open = (0..wanted.len()).filter(|index| found[*index].is_none());
    let mut left = (0..there.len()).filter(|index| free[*index]);
    if let (Some(one), None, Some(other), None) = (open.next(), open.next(), left.next(), left.next()) {
        found[one] = Some(other);
    }
    found
}

/// Whether neither an ID nor a pair of different configured names forbids that two are one.
fn may_be(a: &RawValue, b: &RawValue) -> bool {
    let differ = |name: &str| match (a.get(name).as_str(), b.get(name).as_str()) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    };
    !differ("id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::{PATTERN, operation};

    #[test]
    fn no_limit_has_many_forms() {
        let none = operation(&[]);
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
            assert!(same_content(&none, &same), "{same:?}");
        }
        for other in [
            operation(&[("max_backups", 0.into())]),
            operation(&[("retention_duration_days", 7.into())]),
            operation(&[("day_backups", 1.into())]),
            operation(&[("description", "x".into())]),
            operation(&[("enabled", false.into())]),
            operation(&[("max_backups", RawValue::UNKNOWN)]),
            operation(&[("trigger_pattern", PATTERN.replace("TH", "FR").into())]),
        ] {
            assert!(!same_content(&none, &other), "{other:?}");
        }
    }

    #[test]
    fn operations_are_paired_by_id_then_name_then_content() {
        let named =
            |name: &str, days: i64| operation(&[("name", name.into()), ("retention_duration_days", days.into())]);
        let there = [named("a", 1), named("b", 2), named("c", 3)];
        assert_eq!(pairs(&[named("b", 9), named("a", 1)], &there), [Some(1), Some(0)]);
        assert_eq!(
            pairs(
                &[operation(&[("retention_duration_days", 3.into())]), named("a", 7)],
                &there
            ),
            [Some(2), Some(0)]
        );
        let with_id = |id: &str, name: &str| operation(&[("id", id.into()), ("name", name.into())]);
        assert_eq!(
            pairs(&[with_id("2", "a")], &[with_id("1", "a"), with_id("2", "b")]),
            [Some(1)]
        );
        assert_eq!(
            pairs(&[named("x", 9)], &[named("a", 1)]),
            [Some(0)],
            "the only one is changed"
        );
        assert_eq!(pairs(&[named("x", 9), named("y", 9)], &[named("a", 1)]), [None, None]);
        assert_eq!(
            pairs(&[named("a", 1), named("y", 9)], &[named("a", 1)]),
            [Some(0), None]
        );
        assert_eq!(pairs(&[], &there), Vec::<Option<usize>>::new());
    }
}
