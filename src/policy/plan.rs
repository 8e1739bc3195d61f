//! Plans a create or an update.

use std::collections::BTreeMap;

use crate::backup::plan::{described, same};
use otc_client::csbs::{BACKUP_PROVIDER_ID, SERVER_TYPE};
use terraform_plugin::{AttributePath, Plan, Planned, RawValue};

use super::{
    model::elements,
    operation::{COMPUTED as OF_OPERATION, pairs, satisfied},
    request::{same_operations, same_servers},
    server,
};

/// Attributes that only the service can tell.
const COMPUTED: [&str; 5] = ["id", "status", "created_at", "project_id", "region"];

/// Plans a create or an update.
#[must_use]
pub fn plan(request: Plan) -> Planned {
    let config = &request.config;
    let mut state = request.proposed_state;
    defaults(&mut state, config);
    let Some(prior) = request.prior_state else {
        for name in COMPUTED {
            state.set(name, RawValue::UNKNOWN);
        }
        state.set("resource", servers(config.get("resource"), &[]));
        state.set(
            "scheduled_operation",
            operations(config.get("scheduled_operation"), &[]),
        );
        return Planned {
            state,
            ..Planned::default()
        };
    };
    let mut requires_replace = Vec::new();
    keep_spelling(&mut state, &prior, config);
    // After an import they may be unknown to the state, because the service may leave them out of its answers.
    if !prior.get("common").is_null() && !same("tags", prior.get("common"), state.get("common")) {
        requires_replace.push(AttributePath::new("common"));
    }
    plan_servers(&mut state, &prior, config);
    plan_operations(&mut state, &prior, config);
    if !requires_replace.is_empty() {
        for name in COMPUTED {
            state.set(name, RawValue::UNKNOWN);
        }
    }
    Planned {
        state,
        requires_replace,
        private: request.prior_private,
        identity: request.prior_identity,
        deferred: None,
    }
}

/// Nothing configured means nothing wanted, which is not the same as "whatever there is".
fn defaults(state: &mut RawValue, config: &RawValue) {
    for (name, nothing) in [
        ("description", RawValue::from("")),
        ("provider_id", BACKUP_PROVIDER_ID.into()),
        ("common", RawValue::Map(BTreeMap::new())),
        ("tags", RawValue::Map(BTreeMap::new())),
        ("skip_destroy", false.into()),
    ] {
        if config.get(name).is_null() {
            state.set(name, nothing);
        }
    }
}

/// What says the same keeps the prior value, where Terraform allows that.
fn keep_spelling(state: &mut RawValue, prior: &RawValue, config: &RawValue) {
    for (name, like) in [
        ("description", "description"),
        ("common", "tags"),
        ("tags", "tags"),
        ("skip_destroy", "skip_destroy"),
    ] {
        let allowed = config.get(name).is_null() || !prior.get(name).is_null();
        if allowed && same(like, prior.get(name), state.get(name)) {
            state.set(name, prior.get(name).clone());
        }
    }
}

fn plan_servers(state: &mut RawValue, prior: &RawValue, config: &RawValue) {
    let wanted = config.get("resource");
    let planned = if !wanted.is_unknown() && same_servers(prior, config) && !prior.get("resource").is_null() {
        prior.get("resource").clone()
    } else {
        servers(wanted, elements(prior.get("resource")))
    };
    state.set("resource", planned);
}

fn plan_operations(state: &mut RawValue, prior: &RawValue, config: &RawValue) {
    let wanted = config.get("scheduled_operation");
    let before = prior.get("scheduled_operation");
    if !wanted.is_unknown() && same_operations(elements(before), elements(wanted)) && !before.is_null() {
        state.set("scheduled_operation", before.clone());
        return;
    }
    state.set("scheduled_operation", operations(wanted, elements(before)));
    state.set("status", RawValue::UNKNOWN);
}

/// The configured servers with what is not configured. An element of a set has to be as it is configured.
fn servers(config: &RawValue, prior: &[RawValue]) -> RawValue {
    each(config, |wanted| {
        let known = server::find(wanted, prior);
        let mut planned = wanted.clone();
        if wanted.get("type").is_null() {
            planned.set("type", SERVER_TYPE);
        }
        if wanted.get("name").is_null() {
            let name = known.map_or(&RawValue::Null, |known| known.get("name"));
            let default = server::default_name(wanted.get("id"));
            planned.set("name", if name.is_null() { default } else { name.clone() });
        }
        planned
    })
}

/// The configured operations, each with what is known of the same one before.
fn operations(config: &RawValue, prior: &[RawValue]) -> RawValue {
    let pairs = pairs(elements(config), prior);
    let mut index = 0;
    each(config, |wanted| {
        let known = pairs.get(index).copied().flatten().and_then(|index| prior.get(index));
        index += 1;
        let mut planned = wanted.clone();
        if !matches!(wanted, RawValue::Map(_)) {
            return planned;
        }
        for (name, default) in [
            ("description", RawValue::from("")),
            ("enabled", true.into()),
            ("operation_type", "backup".into()),
        ] {
            if wanted.get(name).is_null() {
                planned.set(name, default);
            }
        }
        let there = |name: &str| match known.map(|known| known.get(name)) {
            None | Some(RawValue::Null) => RawValue::UNKNOWN,
            Some(value) => value.clone(),
        };
        if wanted.get("name").is_null() {
            planned.set("name", there("name"));
        }
        if described(wanted.get("description")).is_none() && wanted.get("description").is_null() {
            let before = known.map_or(&RawValue::Null, |known| known.get("description"));
            if described(before).is_none() && !before.is_null() {
                planned.set("description", before.clone());
            }
        }
        let changed = !known.is_some_and(|known| satisfied(wanted, known));
        // Terraform writes these into a generated configuration; what is configured has to be planned as it is.
        for name in OF_OPERATION.into_iter().filter(|name| wanted.get(name).is_null()) {
            // A change can make another trigger; the operation itself stays.
            let value = if changed && name != "id" {
                RawValue::UNKNOWN
            } else {
                there(name)
            };
            planned.set(name, value);
        }
        planned
    })
}

fn each(config: &RawValue, plan: impl FnMut(&RawValue) -> RawValue) -> RawValue {
    match config {
        RawValue::List(wanted) => RawValue::List(wanted.iter().map(plan).collect()),
        RawValue::Null => RawValue::List(Vec::new()),
        // Wholly unknown: nothing can be said about it.
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        model,
        schema::testing::{PATTERN, config, operation, planned, server},
    };
    use terraform_plugin::Refinement;

    fn list(elements: &[RawValue]) -> RawValue {
        RawValue::List(elements.to_vec())
    }

    /// A state as it is after a create and a refresh.
    fn made(config: &RawValue) -> RawValue {
        let mut state = planned(None, config).state;
        let policy = serde_json::json!({"id": "policy", "status": "suspended", "created_at": "2026-01-01T00:00:00.000001",
            "project_id": "project", "scheduled_operations": elements(config.get("scheduled_operation")).iter().enumerate()
            .map(|(index, operation)| serde_json::json!({
                "id": format!("op-{index}"), "trigger_id": format!("t-{index}"), "enabled": operation.get("enabled").as_bool(),
                "name": operation.get("name").as_str().map_or(format!("name-{index}"), str::to_owned),
                "operation_definition": {"max_backups": operation.get("max_backups").as_i64().unwrap_or(-1).to_string()},
                "trigger": {"id": format!("t-{index}"), "name": "default", "type": "time", "properties": {
                    "pattern": operation.get("trigger_pattern").as_str()}}})).collect::<Vec<_>>()});
        model::settle(&mut state, &serde_json::from_value(policy).unwrap());
        state.set("region", "eu-de");
        assert!(state.is_wholly_known(), "{state:?}");
        state
    }

    #[test]
    fn a_create_knows_what_is_configured_and_nothing_else() {
        let config = config(&[("resource", list(&[server("s")]))]);
        let state = planned(None, &config).state;
        for name in COMPUTED {
            assert!(state.get(name).is_unknown(), "{name}");
        }
        let resource = &elements(state.get("resource"))[0];
        assert_eq!(resource.get("name").as_str(), Some("resource_s"));
        assert_eq!(resource.get("type").as_str(), Some(SERVER_TYPE));
        let operation = &elements(state.get("scheduled_operation"))[0];
        assert_eq!(operation.get("enabled").as_bool(), Some(true));
        assert!(operation.get("id").is_unknown() && operation.get("name").is_unknown());
        assert!(operation.get("max_backups").is_null());
        assert_eq!(state.get("provider_id").as_str(), Some(BACKUP_PROVIDER_ID));
    }

    #[test]
    fn nothing_changed_plans_nothing() {
        let bare = config(&[("resource", list(&[server("s")]))]);
        let prior = made(&bare);
        let mut with_extra = server("s");
        with_extra.set("extra_info", "{ }");
        let pattern = |pattern: String| list(&[operation(&[("trigger_pattern", pattern.into())])]);
        for config in [
            bare,
            config(&[("resource", list(&[with_extra]))]),
            config(&[
                ("resource", list(&[server("s")])),
                ("description", "".into()),
                ("tags", RawValue::Map(BTreeMap::new())),
            ]),
            config(&[
                ("resource", list(&[server("s")])),
                (
                    "scheduled_operation",
                    pattern(PATTERN.replace("\r\n", "\n").to_ascii_lowercase()),
                ),
            ]),
            config(&[
                ("resource", list(&[server("s")])),
                (
                    "scheduled_operation",
                    list(&[operation(&[("max_backups", (-1).into()), ("name", "name-0".into())])]),
                ),
            ]),
        ] {
            let planned = planned(Some(&prior), &config);
            assert_eq!(planned.state, prior);
            assert_eq!(planned.requires_replace, []);
        }
    }

    #[test]
    fn editing_one_operation_leaves_the_others_alone() {
        let named = |name: &str, backups: i64| operation(&[("name", name.into()), ("max_backups", backups.into())]);
        let prior = made(&config(&[(
            "scheduled_operation",
            list(&[named("a", 1), named("b", 2)]),
        )]));
        let changed = config(&[(
            "scheduled_operation",
            list(&[named("c", 3), named("b", 5), named("a", 1)]),
        )]);
        let planned = planned(Some(&prior), &changed);
        let operations = elements(planned.state.get("scheduled_operation"));
        assert!(operations[0].get("id").is_unknown());
        assert_eq!(operations[1].get("id").as_str(), Some("op-1"));
        assert!(operations[1].get("trigger_id").is_unknown());
        assert_eq!(operations[2], elements(prior.get("scheduled_operation"))[0]);
        assert_eq!(planned.requires_replace, []);
        assert!(planned.state.get("status").is_unknown());
    }

    #[test]
    fn a_generated_configuration_can_be_edited() {
        let prior = made(&config(&[]));
        let mut generated = elements(prior.get("scheduled_operation"))[0].clone();
        let same = config(&[("scheduled_operation", list(&[generated.clone()]))]);
        assert_eq!(planned(Some(&prior), &same).state, prior);
        generated.set("max_backups", 7_i64);
        let edited = config(&[("scheduled_operation", list(&[generated.clone()]))]);
        assert_eq!(
            planned(Some(&prior), &edited).state.get("scheduled_operation"),
            &list(&[generated])
        );
    }

    #[test]
    fn a_change_of_the_general_parameters_replaces() {
        let prior = made(&config(&[]));
        let common = RawValue::Map(BTreeMap::from([("a".to_owned(), RawValue::from("b"))]));
        let planned = planned(Some(&prior), &config(&[("common", common)]));
        assert_eq!(planned.requires_replace, [AttributePath::new("common")]);
    }

    #[test]
    fn unknown_values_stay_as_they_are() {
        let refined = RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2])));
        let prior = made(&config(&[]));
        for name in ["resource", "scheduled_operation", "tags", "name", "description"] {
            let config = config(&[(name, refined.clone())]);
            assert_eq!(planned(None, &config).state.get(name), &refined, "{name}");
            assert_eq!(planned(Some(&prior), &config).state.get(name), &refined, "{name}");
        }
        let operation = operation(&[("trigger_pattern", refined.clone())]);
        let config = config(&[("scheduled_operation", list(&[operation, RawValue::UNKNOWN]))]);
        let state = planned(Some(&prior), &config).state;
        let operations = elements(state.get("scheduled_operation"));
        assert_eq!(operations[0].get("trigger_pattern"), &refined);
        assert_eq!(operations[1], RawValue::UNKNOWN);
    }
}
