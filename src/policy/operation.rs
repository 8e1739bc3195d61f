//! A scheduled operation of a policy: attributes and model.

pub mod matching;
pub mod retention;
pub mod validate;

use otc_client::csbs::ScheduledOperation;
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, RawValue, Value, model};

use crate::{
    equivalence,
    validators::{object_description, object_name, one_of, string, whole_number},
};

use super::schedule;

/// The service's only operation type.
pub const BACKUP: &str = "backup";

/// Attributes of an operation.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    let limit = |name, invalid| Attribute::number(name).validate(whole_number(invalid, -1..=99_999));
    let calendar_count = |name, invalid, period: &str| {
        Attribute::number(name)
            .validate(whole_number(invalid, 0..=100))
            .doc(format!(
                "Number of {period} backups to keep: 0 to 100; needs `timezone`."
            ))
    };
    vec![
        Attribute::string("trigger_pattern")
            .required()
            .equivalent(schedule::same)
            .validate(schedule::validate)
            .doc(
                "When it runs, as iCalendar text (RFC 5545) with one or more `RRULE` of `FREQ` (`DAILY` or `WEEKLY`), \
                 `BYDAY`, `BYHOUR`, `BYMINUTE` and, with `DAILY`, `INTERVAL` (1 to 30 days). Runs must be at least an hour \
                 apart. Hours are UTC, whatever `timezone` says. The function `provider::csbs::trigger_pattern` writes it. \
                 Compared by meaning, not by text.",
            ),
        Attribute::string("name")
            .optional_computed()
            .validate(string("The operation name is not valid", object_name()))
            .doc(
                "Name of the operation: 1 to 255 letters, digits, `_` and `-`. The service chooses one when this is not set.",
            ),
        Attribute::string("description")
            .default("")
            .equivalent(equivalence::descriptions)
            .validate(string("The operation description is not valid", object_description()))
            .doc("Description: up to 255 characters, without `<` and `>`."),
        Attribute::bool("enabled").default(true).doc(
            "Whether it runs on schedule; default `true`. A manual run is possible either way; its backups are not deleted \
             automatically.",
        ),
        Attribute::string("operation_type")
            .default(BACKUP)
            .validate(string("operation_type is not valid", [one_of(&[BACKUP])]))
            .doc("Type of the operation: `backup`, which is the default and the only one."),
        limit("max_backups", "max_backups is not valid").doc(
            "Most scheduled backups to keep of each server: 0 to 99999; -1 or unset is no limit. Older ones are deleted every \
             other day, so there can be more for a while. Backups of manual runs and backups with an image are neither \
             counted nor deleted.",
        ),
        limit("retention_duration_days", "retention_duration_days is not valid")
            .validate(retention::warn_of_zero_days)
            .doc(
                "Days to keep scheduled backups: 1 to 99999; -1 or unset is no limit. 0 is a warning. Older ones are \
                 deleted every other day; backups of manual runs and backups with an image are not.",
            ),
        Attribute::bool("permanent").doc(
            "Whether backups are kept forever, which is also the case without any limit. `true` cannot be combined with \
             `max_backups` or `retention_duration_days`, which the service would ignore.",
        ),
        calendar_count("day_backups", "day_backups is not valid", "daily"),
        calendar_count("week_backups", "week_backups is not valid", "weekly"),
        calendar_count("month_backups", "month_backups is not valid", "monthly"),
        calendar_count("year_backups", "year_backups is not valid", "yearly"),
        Attribute::string("timezone").validate(validate::time_zone).doc(
            "Time zone of the four calendar counts, such as `UTC+08:00`. It has no effect on the hours of \
             `trigger_pattern`.",
        ),
        Attribute::string("id").computed().doc(
            "ID of the operation. A configuration that Terraform generated may contain it; in any other it is an error.",
        ),
    ]
}

/// Model of an operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperationModel {
    pub id: Value<String>,
    pub name: Value<String>,
    pub description: Value<String>,
    pub enabled: Value<bool>,
    pub operation_type: Value<String>,
    pub trigger_pattern: Value<String>,
    pub max_backups: Value<i64>,
    pub retention_duration_days: Value<i64>,
    pub permanent: Value<bool>,
    pub day_backups: Value<i64>,
    pub week_backups: Value<i64>,
    pub month_backups: Value<i64>,
    pub year_backups: Value<i64>,
    pub timezone: Value<String>,
}

impl OperationModel {
    /// Models of the elements of a list in a plan, where an element can still be unknown.
    #[must_use]
    pub fn from_elements(elements: &[RawValue]) -> Vec<Self> {
        let unknown = || Self {
            trigger_pattern: Value::Unknown,
            ..Self::default()
        };
        elements
            .iter()
            .map(|element| match model::from_raw(element) {
                Ok(Value::Value(operation)) => operation,
                _ => unknown(),
            })
            .collect()
    }

    /// Numbers of daily, weekly, monthly and yearly backups to keep; zero counts as none.
    #[must_use]
    pub fn calendar_counts(&self) -> [Option<i64>; 4] {
        [
            &self.day_backups,
            &self.week_backups,
            &self.month_backups,
            &self.year_backups,
        ]
        .map(|count| count.as_ref_option().copied().filter(|count| *count > 0))
    }

    /// Whether it has a calendar count.
    #[must_use]
    pub fn has_calendar_counts(&self) -> bool {
        self.calendar_counts().iter().any(Option::is_some)
    }
}

/// The type of an operation; `backup`, the only one, where the service leaves it out.
pub fn operation_type(operation: &ScheduledOperation) -> String {
    operation.operation_type.clone().unwrap_or_else(|| BACKUP.to_owned())
}

/// The operation of an answer. What is not limited, not counted or not in the answer is null; limits beside `permanent`, which
/// have no effect and which validation refuses, are null as well, because a generated configuration has these values.
impl From<&ScheduledOperation> for OperationModel {
    fn from(operation: &ScheduledOperation) -> Self {
        let definition = operation.operation_definition.clone().unwrap_or_default();
        let properties = operation.trigger.clone().and_then(|trigger| trigger.properties);
        let permanent = definition.permanent == Some(true);
        let limit = |limit: Option<i64>| Value::from(limit.filter(|limit| *limit >= 0 && !permanent));
        let count = |count: Option<i64>| Value::from(count.filter(|count| *count > 0));
        Self {
            id: operation.id.clone().into(),
            name: operation.name.clone().into(),
            description: operation.description.clone().unwrap_or_default().into(),
            enabled: operation.enabled.unwrap_or(true).into(),
            operation_type: operation_type(operation).into(),
            trigger_pattern: properties.and_then(|properties| properties.pattern).into(),
            max_backups: limit(definition.max_backups),
            retention_duration_days: limit(definition.retention_duration_days),
            permanent: permanent.then_some(true).into(),
            day_backups: count(definition.day_backups),
            week_backups: count(definition.week_backups),
            month_backups: count(definition.month_backups),
            year_backups: count(definition.year_backups),
            timezone: definition.timezone.into(),
        }
    }
}
