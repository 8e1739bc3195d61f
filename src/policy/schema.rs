//! Schema of `csbs_backup_policy`.

use crate::{
    attribute::{Attributes, block, computed, map_of_strings, named, optional, optional_computed, required},
    timeouts,
};
use terraform_plugin::{Attribute, AttributeType, Schema};

const STRING: AttributeType = AttributeType::String;
const BOOL: AttributeType = AttributeType::Bool;
const NUMBER: AttributeType = AttributeType::Number;

/// What the attribute `status` is.
pub const STATUS: &str = "Status as the service says it: `enabled`, `disabled` or `suspended`. The service may say `suspended` \
                          of a policy whose operation is enabled; it has no effect on plans.";

/// Version of the schema. Version 0 is the layout of `opentelekomcloud_csbs_backup_policy_v1`.
pub const VERSION: i64 = 1;

/// Schema of `csbs_backup_policy`.
#[must_use]
pub fn schema() -> Schema {
    Schema::from(block(
            "A backup policy: the servers (ECS) that the Cloud Server Backup Service backs up, when it does, and for how \
             long the backups are kept. Only backups of scheduled runs are ever deleted automatically: those of a manual run \
             stay, and cost storage, until they are deleted by hand. A scheduled backup that failed is kept for a month, at \
             most 10 of them.",
            attributes(),
            [("timeouts", timeouts::nested_block())],
        )).version(VERSION)
}

fn attributes() -> Attributes {
    named([
        (
            "name",
            required(
                STRING,
                "Name of the policy, unique in the project: 1 to 255 letters, digits, `_` and `-`. Changed in place.",
            ),
        ),
        (
            "description",
            optional_computed(
                STRING,
                "Description of the policy: up to 255 characters, without `<` and `>`. Changed in place.",
            ),
        ),
        (
            "provider_id",
            optional_computed(
                STRING,
                "ID of the service's backup provider. There is one, `fc4d5750-22e7-4798-8a46-f48f62c4c1da`, which is \
                 the default.",
            ),
        ),
        (
            "common",
            optional_computed(
                map_of_strings(),
                "General parameters of the policy, sent as they are. The service cannot change them: a change replaces \
                 the policy. Answers of the service may lack them: after an import they are null, and the first apply \
                 records what is configured without a change of the service.",
            ),
        ),
        ("resource", servers()),
        ("scheduled_operation", operations()),
        (
            "tags",
            optional_computed(
                map_of_strings(),
                "Tags of the policy: at most 10; keys of 1 to 36, values of 0 to 43 letters, digits, `-` and `_`. \
                 Changed in place.",
            ),
        ),
        (
            "skip_destroy",
            optional_computed(
                BOOL,
                "Whether a destroy only forgets the policy, with a warning, and leaves it in the cloud; default `false`.",
            ),
        ),
        ("id", computed(STRING, "ID of the policy.")),
        ("status", computed(STRING, STATUS)),
        (
            "created_at",
            computed(STRING, "When the policy was made (RFC 3339, UTC)."),
        ),
        ("project_id", computed(STRING, "ID of the project.")),
        (
            "region",
            computed(STRING, "Region of the policy; null when it is not known."),
        ),
    ])
}

fn servers() -> Attribute {
    optional_computed(
        AttributeType::AttributeSet(named([
            (
                "id",
                required(STRING, "ID of the server. A server can belong to one policy only."),
            ),
            (
                "type",
                optional_computed(
                    STRING,
                    "Type; the service knows `OS::Nova::Server` only, which is the default.",
                ),
            ),
            (
                "name",
                optional_computed(
                    STRING,
                    "Name of the server in the policy; default `resource_` and the ID.",
                ),
            ),
            (
                "extra_info",
                optional(
                    STRING,
                    "Additional information for the service, as a JSON object, such as `jsonencode({ exclude_volumes = \
                     [...] })`. Compared by meaning, not by text.",
                ),
            ),
        ])),
        "The servers that the policy backs up: at most 64, none by default. Changed in place.",
    )
}

fn operations() -> Attribute {
    required(
        AttributeType::AttributeSet(operation()),
        "What is done when. The service's documentation says that one operation of a policy is in effect; of several, the \
         service's answer decides. Operations are matched by name, and without a name by content, so that a change of one \
         leaves the others alone. Changed in place.",
    )
}

/// Attributes of one scheduled operation.
#[must_use]
pub fn operation() -> Attributes {
    named([
        (
            "trigger_pattern",
            required(
                STRING,
                "When it runs, as iCalendar text (RFC 5545) with one or several `RRULE` of `FREQ` (`DAILY` or `WEEKLY`), \
                 `BYDAY`, `BYHOUR`, `BYMINUTE` and, with `DAILY`, `INTERVAL` (1 to 30 days). Runs must be an hour apart. \
                 Hours are UTC, whatever `timezone` says. The function `provider::csbs::trigger_pattern` writes it. Compared \
                 by meaning, not by text.",
            ),
        ),
        (
            "name",
            optional_computed(
                STRING,
                "Name of the operation: 1 to 255 letters, digits, `_` and `-`. The service chooses one when this is left \
                 out.",
            ),
        ),
        (
            "description",
            optional_computed(STRING, "Description: up to 255 characters, without `<` and `>`."),
        ),
        (
            "enabled",
            optional_computed(
                BOOL,
                "Whether it runs by its schedule; default `true`. A manual run is possible either way; its backups are not \
                 deleted automatically.",
            ),
        ),
        (
            "operation_type",
            optional_computed(STRING, "What is done: `backup`, which is the default and all there is."),
        ),
        (
            "max_backups",
            optional(
                NUMBER,
                "At most so many scheduled backups of a server are kept: 0 to 99999; -1 or nothing is no limit. Older ones are \
                 deleted every other day, so there can be more for a time. Backups of manual runs and backups with an image \
                 are neither counted nor deleted.",
            ),
        ),
        (
            "retention_duration_days",
            optional(
                NUMBER,
                "Scheduled backups are kept for so many days: 1 to 99999; -1 or nothing is no limit. 0 is a warning. Older \
                 ones are deleted every other day; backups of manual runs and backups with an image are not.",
            ),
        ),
        (
            "permanent",
            optional(
                BOOL,
                "Whether backups are kept for ever, which is also so when there is no limit. `true` cannot be combined with \
                 `max_backups` or `retention_duration_days`, which the service would ignore.",
            ),
        ),
        (
            "day_backups",
            optional(NUMBER, "How many daily backups are kept: 0 to 100; needs `timezone`."),
        ),
        (
            "week_backups",
            optional(NUMBER, "How many weekly backups are kept: 0 to 100; needs `timezone`."),
        ),
        (
            "month_backups",
            optional(NUMBER, "How many monthly backups are kept: 0 to 100; needs `timezone`."),
        ),
        (
            "year_backups",
            optional(NUMBER, "How many yearly backups are kept: 0 to 100; needs `timezone`."),
        ),
        (
            "timezone",
            optional(
                STRING,
                "Time zone of the four calendar counts, such as `UTC+08:00`. It has no effect on the hours of \
                 `trigger_pattern`.",
            ),
        ),
        (
            "id",
            computed(
                STRING,
                "ID of the operation. A configuration that Terraform generated may have it; in any other it is an error.",
            ),
        ),
        ("trigger_id", computed(STRING, "ID of its trigger.")),
        ("trigger_name", computed(STRING, "Name of its trigger, `default`.")),
        ("trigger_type", computed(STRING, "Type of its trigger, `time`.")),
    ])
}

/// Names of all attributes.
pub fn names() -> impl Iterator<Item = String> {
    attributes().into_keys()
}

#[cfg(test)]
pub(crate) mod testing {
    use std::collections::BTreeMap;

    use terraform_plugin::{Plan, Planned, RawValue};

    pub const PATTERN: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn full(names: impl Iterator<Item = String>, values: &[(&str, RawValue)]) -> RawValue {
        let mut all: BTreeMap<_, _> = names.map(|name| (name, RawValue::Null)).collect();
        for (name, value) in values {
            assert!(all.insert((*name).to_owned(), value.clone()).is_some(), "{name}");
        }
        RawValue::Map(all)
    }

    /// An operation of a configuration.
    pub fn operation(values: &[(&str, RawValue)]) -> RawValue {
        let mut operation = full(super::operation().into_keys(), values);
        if operation.get("trigger_pattern").is_null() {
            operation.set("trigger_pattern", PATTERN);
        }
        operation
    }

    /// A server of a configuration.
    pub fn server(id: &str) -> RawValue {
        let names = ["id", "type", "name", "extra_info"].map(str::to_owned);
        full(names.into_iter(), &[("id", id.into())])
    }

    /// A configuration.
    pub fn config(values: &[(&str, RawValue)]) -> RawValue {
        let mut config = full(super::names(), values);
        if config.get("name").is_null() {
            config.set("name", "nightly");
        }
        if config.get("scheduled_operation").is_null() {
            config.set("scheduled_operation", RawValue::List(vec![operation(&[])]));
        }
        config.set("timeouts", RawValue::Null);
        config
    }

    /// What is planned when the configuration is all that Terraform proposes.
    pub fn planned(prior: Option<&RawValue>, config: &RawValue) -> Planned {
        let mut proposed = config.clone();
        if let Some(prior) = prior {
            for name in ["id", "status", "created_at", "project_id", "region"] {
                proposed.set(name, prior.get(name).clone());
            }
        }
        super::super::plan::plan(Plan {
            prior_state: prior.cloned(),
            proposed_state: proposed,
            config: config.clone(),
            prior_private: Vec::new(),
            ..Plan::default()
        })
    }
}
