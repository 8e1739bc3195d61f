//! Checks a configuration of `csbs_backup_policy`: every documented limit, on the attribute at fault, all in one run.

use std::collections::BTreeSet;

use crate::{
    backup::validate::tags,
    timeouts,
    validators::{self, Check, id, length, letters_digits_and, one_of, without},
};
use otc_client::csbs::{BACKUP_PROVIDER_ID, SERVER_TYPE, pattern::Schedule};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics, RawValue};

use super::{model::elements, operation::COUNTS};

const NAME: &str = "The name is not valid";
const DESCRIPTION: &str = "The description is not valid";

/// So many servers a policy can have.
const MOST_SERVERS: usize = 64;

/// Checks the configuration; unknown values pass.
pub fn validate(config: &RawValue, diags: &mut Diagnostics) {
    let root = AttributePath::new;
    validators::text(diags, NAME, &root("name"), config.get("name"), &name());
    validators::text(
        diags,
        DESCRIPTION,
        &root("description"),
        config.get("description"),
        &description(),
    );
    validators::text(
        diags,
        "The backup provider is not valid",
        &root("provider_id"),
        config.get("provider_id"),
        &[one_of(&[BACKUP_PROVIDER_ID])],
    );
    tags(config.get("tags"), diags);
    servers(config.get("resource"), diags);
    operations(config.get("scheduled_operation"), diags);
    timeouts::validate(config.get("timeouts"), diags);
}

fn name() -> Vec<Check> {
    vec![length(1..=255), letters_digits_and("_-")]
}

fn description() -> Vec<Check> {
    vec![length(0..=255), without("<>")]
}

fn servers(servers: &RawValue, diags: &mut Diagnostics) {
    let path = AttributePath::new("resource");
    let count = elements(servers).len();
    if count > MOST_SERVERS {
        diags.add_attribute_error(
            "The policy has too many servers",
            format!(
                "A policy can have {MOST_SERVERS} servers; {count} are configured. Divide them among several policies."
            ),
            path.clone(),
        );
    }
    let mut seen = BTreeSet::new();
    for server in elements(servers) {
        let at = |name: &'static str| path.clone().attribute(name);
        // An element of a set has no name of its own: the path stops at the set, and the text says which server, by its ID if
        // that is one. What is no ID may be anything, and is not quoted.
        let server_id = server.get("id").as_str();
        let valid_id = server_id.filter(|text| id().iter().all(|check| check(text).is_ok()));
        let which = valid_id.map_or_else(|| "a server".to_owned(), |id| format!("server {id}"));
        let mut found = Diagnostics::default();
        validators::text(
            &mut found,
            "The server ID is not valid",
            &at("id"),
            server.get("id"),
            &id(),
        );
        validators::text(
            &mut found,
            "The resource type is not valid",
            &at("type"),
            server.get("type"),
            &[one_of(&[SERVER_TYPE])],
        );
        validators::text(&mut found, NAME, &at("name"), server.get("name"), &[length(1..=255)]);
        if let Some(text) = server.get("extra_info").as_str()
            && !matches!(serde_json::from_str(text), Ok(serde_json::Value::Object(_)))
        {
            found.add_attribute_error(
                "The additional information is not valid",
                "It must be a JSON object, such as jsonencode({ key = \"value\" }).",
                at("extra_info"),
            );
        }
        lift(found, &path, &which, diags);
        if let Some(id) = server_id
            && !seen.insert(id)
        {
            diags.add_attribute_error(
                "A server is there twice",
                format!("In `resource`, {which} can be there once only."),
                path.clone(),
            );
        }
    }
}

fn operations(operations: &RawValue, diags: &mut Diagnostics) {
    let path = AttributePath::new("scheduled_operation");
    if operations.as_list().is_some_and(<[RawValue]>::is_empty) {
        diags.add_attribute_error(
            "There is no scheduled operation",
            "The service needs one. To keep a policy that does not run by itself, set `enabled = false` in it.",
            path.clone(),
        );
    }
    let mut seen = BTreeSet::new();
    for operation in elements(operations) {
        let mut found = Diagnostics::default();
        one(operation, &path, &mut found);
        lift(found, &path, "an operation", diags);
        if let Some(name) = operation.get("name").as_str()
            && !seen.insert(name)
        {
            diags.add_attribute_error(
                "Two operations have the same name",
                "Operations are told apart by their names.",
                path.clone(),
            );
        }
    }
}

fn one(operation: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    let at = |name: &str| path.clone().attribute(name.to_owned());
    validators::text(diags, NAME, &at("name"), operation.get("name"), &name());
    validators::text(
        diags,
        DESCRIPTION,
        &at("description"),
        operation.get("description"),
        &description(),
    );
    validators::text(
        diags,
        "The operation type is not valid",
        &at("operation_type"),
        operation.get("operation_type"),
        &[one_of(&["backup"])],
    );
    if let Some(text) = operation.get("trigger_pattern").as_str()
        && let Err(error) = Schedule::parse(text)
    {
        diags.add_attribute_error(
            "The trigger pattern is not valid",
            format!("The service does not take this pattern: {error}. The function provider::csbs::trigger_pattern writes one."),
            at("trigger_pattern"),
        );
    }
    for name in ["max_backups", "retention_duration_days"] {
        number(operation, name, -1, 99_999, &at(name), diags);
    }
    for name in COUNTS {
        number(operation, name, 0, 100, &at(name), diags);
    }
    timezone(operation, &at("timezone"), diags);
    retention(operation, &at, diags);
}

/// Reports IDs in operations that the service did not give. Newer versions of Terraform write the IDs into a generated
/// configuration, so that they are right beside the state that they come from, and wrong in every other configuration.
pub fn read_only(prior: Option<&RawValue>, config: &RawValue, diags: &mut Diagnostics) {
    let before = prior.map_or(&[][..], |prior| elements(prior.get("scheduled_operation")));
    for operation in elements(config.get("scheduled_operation")) {
        for name in ["id", "trigger_id"] {
            let Some(configured) = operation.get(name).as_str() else {
                continue;
            };
            let known = match name {
                "id" => before.iter().any(|known| known.get(name).as_str() == Some(configured)),
                // A change of the operation may have made another trigger.
                _ => prior.is_some(),
            };
            if !known {
                diags.add_attribute_error(
                    "A read-only value is configured",
                    format!(
                        "In a scheduled operation, `{name}` is not what the service gave an operation of this policy. The service \
                         chooses it: remove it from the configuration."
                    ),
                    AttributePath::new("scheduled_operation"),
                );
            }
        }
    }
}

/// Reports settings of retention that are legal for the service and mean something else than they seem to.
fn retention(operation: &RawValue, at: &dyn Fn(&str) -> AttributePath, diags: &mut Diagnostics) {
    let limit = |name: &str| operation.get(name).as_i64().filter(|limit| *limit >= 0);
    if operation.get("permanent").as_bool() == Some(true) {
        let limits = ["max_backups", "retention_duration_days"];
        let limits: Vec<_> = limits.into_iter().filter(|name| limit(name).is_some()).collect();
        if !limits.is_empty() {
            diags.add_attribute_error(
                "The retention contradicts itself",
                format!(
                    "With `permanent = true` the service keeps every backup and ignores {}, and all backups continue to incur \
                     charges. Remove `permanent`, or the limit.",
                    limits.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
                ),
                at("permanent"),
            );
        }
    }
    if limit("retention_duration_days") == Some(0) {
        diags.add_attribute_warning(
            "Backups are kept for 0 days",
            "The service may delete each backup at its next clean-up. Leave `retention_duration_days` out, or set -1, for no \
             limit.",
            at("retention_duration_days"),
        );
    }
}

fn number(operation: &RawValue, name: &str, least: i64, most: i64, path: &AttributePath, diags: &mut Diagnostics) {
    let value = operation.get(name);
    let fits = match value {
        RawValue::Null | RawValue::Unknown(_) => true,
        value => value.as_i64().is_some_and(|number| (least..=most).contains(&number)),
    };
    if !fits {
        diags.add_attribute_error(
            "The number is not valid",
            format!("`{name}` must be a whole number from {least} to {most}."),
            path.clone(),
        );
    }
}

fn timezone(operation: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    let zone = operation.get("timezone");
    let counted = COUNTS
        .iter()
        .any(|name| operation.get(name).as_i64().is_some_and(|count| count > 0));
    if zone.is_null() && counted {
        diags.add_attribute_error(
            "The time zone is missing",
            "The numbers of daily, weekly, monthly and yearly backups need `timezone`, such as \"UTC+08:00\".",
            path.clone(),
        );
    }
    if let Some(text) = zone.as_str()
        && !is_zone(text)
    {
        diags.add_attribute_error(
            "The time zone is not valid",
            "It must be of the form \"UTC+08:00\".",
            path.clone(),
        );
    }
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix("UTC").and_then(|rest| rest.strip_prefix(['+', '-'])) else {
        return false;
    };
    let number = |digits: &str| -> Option<u8> {
        let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        two.then(|| digits.parse().ok()).flatten()
    };
    offset.split_once(':').is_some_and(|(hours, minutes)| {
        number(hours).is_some_and(|hours| hours <= 14) && number(minutes).is_some_and(|minutes| minutes < 60)
    })
}

/// Puts what was found in an element of a set on the set, and says which attribute it is about. An element of a set has no
/// number or name, and its values, which are all that tells it from the others, may be sensitive.
fn lift(found: Diagnostics, path: &AttributePath, which: &str, diags: &mut Diagnostics) {
    let detail = |found: &Diagnostic| {
        let attribute = found.attribute.to_string();
        let attribute = attribute.rsplit('.').next().unwrap_or_default();
        format!("In {which}, `{attribute}`: {}", found.detail)
    };
    for error in found.errors {
        let detail = detail(&error);
        diags.add_attribute_error(error.summary, detail, path.clone());
    }
    for warning in found.warnings {
        let detail = detail(&warning);
        diags.add_attribute_warning(warning.summary, detail, path.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::{config, operation, server};
    use terraform_plugin::Refinement;

    fn problems(values: &[(&str, RawValue)]) -> Vec<String> {
        let mut diags = Diagnostics::default();
        validate(&config(values), &mut diags);
        diags
            .errors
            .into_iter()
            .map(|error| error.detail.into_owned())
            .collect()
    }

    fn of_operation(values: &[(&str, RawValue)]) -> Vec<String> {
        problems(&[("scheduled_operation", RawValue::List(vec![operation(values)]))])
    }

    #[test]
    fn limits_are_exact() {
        let long = |n: usize| RawValue::from("x".repeat(n));
        assert!(problems(&[("name", long(255)), ("description", long(255))]).is_empty());
        assert_eq!(problems(&[("name", long(256)), ("description", long(256))]).len(), 2);
        for (name, value, fine) in [
            ("max_backups", -1, true),
            ("max_backups", -2, false),
            ("max_backups", 99_999, true),
            ("max_backups", 100_000, false),
            ("retention_duration_days", 0, true),
            ("retention_duration_days", 100_000, false),
        ] {
            assert_eq!(of_operation(&[(name, value.into())]).is_empty(), fine, "{name} {value}");
        }
        assert_eq!(of_operation(&[("max_backups", 1.5.into())]).len(), 1);
    }

    #[test]
    fn all_problems_are_reported_at_once_and_say_where() {
        let mut wrong = server("../x");
        wrong.set("type", "OS::Cinder::Volume");
        wrong.set("extra_info", "[1]");
        let found = problems(&[
            ("name", "a b".into()),
            ("provider_id", "x".into()),
            ("resource", RawValue::List(vec![wrong, server("s"), server("s")])),
            (
                "scheduled_operation",
                RawValue::List(vec![
                    operation(&[("name", "a".into()), ("trigger_pattern", "daily".into())]),
                    operation(&[
                        ("name", "a".into()),
                        ("operation_type", "copy".into()),
                        ("week_backups", 4.into()),
                    ]),
                    operation(&[("timezone", "Berlin".into())]),
                ]),
            ),
        ]);
        for words in [
            "`id`",
            "`type`",
            "`extra_info`",
            "server s",
            "`trigger_pattern`",
            "`operation_type`",
            "`timezone`",
            "can be there once",
            "told apart",
        ] {
            assert!(
                found.iter().any(|problem| problem.contains(words)),
                "{words} is missing in {found:?}"
            );
        }
        assert_eq!(found.len(), 11, "{found:#?}");
        for value in ["../x", "Berlin", "copy", "a b"] {
            assert!(
                !found.iter().any(|problem| problem.contains(value)),
                "{value} is quoted in {found:?}"
            );
        }
    }

    fn warnings_of_operation(values: &[(&str, RawValue)]) -> Vec<String> {
        let mut diags = Diagnostics::default();
        let operations = RawValue::List(vec![operation(values)]);
        validate(&config(&[("scheduled_operation", operations)]), &mut diags);
        assert!(diags.errors.is_empty(), "{diags:?}");
        diags
            .warnings
            .into_iter()
            .map(|warning| warning.detail.into_owned())
            .collect()
    }

    #[test]
    fn permanent_beside_a_limit_is_an_error() {
        let permanent = ("permanent", RawValue::from(true));
        for (limit, value, fine) in [
            ("max_backups", RawValue::from(5), false),
            ("max_backups", 0.into(), false),
            ("max_backups", (-1).into(), true),
            ("max_backups", RawValue::UNKNOWN, true),
            ("retention_duration_days", 30.into(), false),
            ("retention_duration_days", (-1).into(), true),
        ] {
            let found = of_operation(&[permanent.clone(), (limit, value.clone())]);
            assert_eq!(found.is_empty(), fine, "{limit} {value:?}: {found:?}");
            assert!(
                found
                    .iter()
                    .all(|text| text.contains("`permanent`") && text.contains(limit))
            );
        }
        let limits = [
            ("max_backups", RawValue::from(5)),
            ("retention_duration_days", 7.into()),
        ];
        assert!(of_operation(&[("permanent", false.into()), limits[0].clone()]).is_empty());
        assert!(of_operation(&[("permanent", RawValue::UNKNOWN), limits[1].clone()]).is_empty());
        assert_eq!(
            of_operation(&[permanent, limits[0].clone(), limits[1].clone()]).len(),
            1
        );
    }

    #[test]
    fn a_retention_of_no_day_is_a_warning() {
        for (days, warned) in [
            (RawValue::from(0), true),
            (1.into(), false),
            ((-1).into(), false),
            (RawValue::UNKNOWN, false),
        ] {
            let found = warnings_of_operation(&[("retention_duration_days", days.clone())]);
            assert_eq!(found.len(), usize::from(warned), "{days:?}: {found:?}");
        }
        assert!(warnings_of_operation(&[]).is_empty());
    }

    #[test]
    fn a_policy_has_64_servers_at_most() {
        let servers = |count: usize| {
            let servers = (0..count).map(|number| server(&format!("s{number}")));
            problems(&[("resource", RawValue::List(servers.collect()))])
        };
        assert!(servers(64).is_empty());
        assert_eq!(servers(65).len(), 1);
    }

    #[test]
    fn an_id_is_that_of_an_operation_in_the_state_or_an_error() {
        let with =
            |values: &[(&str, RawValue)]| config(&[("scheduled_operation", RawValue::List(vec![operation(values)]))]);
        let state = with(&[("id", "op".into()), ("trigger_id", "t".into())]);
        for (prior, configured, wrong) in [
            (None, with(&[]), 0),
            (None, with(&[("id", "op".into())]), 1),
            (None, with(&[("id", "op".into()), ("trigger_id", "t".into())]), 2),
            (None, with(&[("id", RawValue::UNKNOWN)]), 0),
            (Some(&state), state.clone(), 0),
            (Some(&state), with(&[("id", "other".into())]), 1),
            (
                Some(&state),
                with(&[("id", "op".into()), ("trigger_id", "before".into())]),
                0,
            ),
        ] {
            let mut diags = Diagnostics::default();
            read_only(prior, &configured, &mut diags);
            assert_eq!(diags.errors.len(), wrong, "{configured:?}");
        }
    }

    #[test]
    fn an_empty_set_of_operations_is_refused() {
        assert_eq!(problems(&[("scheduled_operation", RawValue::List(vec![]))]).len(), 1);
    }

    #[test]
    fn unknown_values_are_never_rejected() {
        let unknown = || RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2])));
        for name in [
            "name",
            "description",
            "resource",
            "scheduled_operation",
            "tags",
            "common",
            "provider_id",
        ] {
            assert!(problems(&[(name, unknown())]).is_empty(), "{name}");
        }
        let names = operation(&[]).as_map().unwrap().keys().cloned().collect::<Vec<_>>();
        for name in names {
            assert!(
                of_operation(&[
                    (&name, unknown()),
                    ("week_backups", 1.into()),
                    ("timezone", "UTC+01:00".into())
                ])
                .is_empty()
                    || name == "week_backups"
                    || name == "timezone",
                "{name}"
            );
        }
        assert!(problems(&[("resource", RawValue::List(vec![unknown(), unknown()]))]).is_empty());
    }

    #[test]
    fn a_zone_is_an_offset() {
        for zone in ["UTC+08:00", "UTC-03:30", "UTC+00:00", "UTC+14:00"] {
            assert!(is_zone(zone), "{zone}");
        }
        for wrong in [
            "",
            "UTC",
            "UTC+8",
            "UTC+8:00",
            "UTC+15:00",
            "UTC+08:60",
            "CET",
            "UTC08:00",
            "UTC+0a:00",
        ] {
            assert!(!is_zone(wrong), "{wrong}");
        }
    }
}
