//! A scheduled operation of a policy: its attributes.

pub mod matching;
mod model;
pub mod retention;
pub mod validate;

pub use model::{BACKUP, OperationModel, operation_type};

use terraform_plugin::Attribute;

use crate::{
    equivalence,
    validators::{object_description, object_name, one_of, string, whole_number},
};

use super::schedule;

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
