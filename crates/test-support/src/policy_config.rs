//! Configurations of `csbs_backup_policy`.

use terraform_plugin::RawValue;

use crate::core::{Core, object};

/// Thursdays.
pub const PATTERN: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// The ID of one of the simulated servers.
pub fn server_id(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012x}")
}

/// A server of a policy's configuration.
pub fn server(number: u32) -> RawValue {
    object(&[
        ("id", server_id(number).into()),
        ("type", RawValue::Null),
        ("name", RawValue::Null),
        ("extra_info", RawValue::Null),
    ])
}

/// An operation of a policy's configuration.
pub fn operation(values: &[(&str, RawValue)]) -> RawValue {
    const NAMES: [&str; 14] = [
        "trigger_pattern",
        "name",
        "description",
        "enabled",
        "operation_type",
        "max_backups",
        "retention_duration_days",
        "permanent",
        "day_backups",
        "week_backups",
        "month_backups",
        "year_backups",
        "timezone",
        "id",
    ];
    let mut operation = object(&NAMES.map(|name| (name, RawValue::Null)));
    operation.set("trigger_pattern", PATTERN);
    for (name, value) in values {
        assert!(NAMES.contains(name), "{name}");
        operation.set(name, value.clone());
    }
    operation
}

/// A policy's configuration; with server 0 and one operation unless said otherwise.
pub fn config(core: &Core, values: &[(&str, RawValue)]) -> RawValue {
    let mut all = vec![
        ("name", RawValue::from("nightly")),
        ("resource", RawValue::List(vec![server(0)])),
        (
            "scheduled_operation",
            RawValue::List(vec![operation(&[("max_backups", 20.into())])]),
        ),
    ];
    all.extend(values.iter().cloned());
    core.config(&all)
}
