//! The plan where the behaviour of single attributes is not enough.

use otc_client::csbs::is_valid_id;
use serde::Deserialize;
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, Plan, Planned, RawValue, Value, model};

use super::{operation::OperationModel, server::ServerModel};

/// Reports operation IDs that the service did not assign. Newer versions of Terraform write the IDs into a generated
/// configuration: they are right next to the state that they come from, and wrong in any other configuration.
pub fn validate_operation_ids(request: &Plan, diags: &mut Diagnostics) {
    let known = request.prior_state.as_ref().map(operation_ids).unwrap_or_default();
    for (index, id) in operation_ids(&request.config).iter().enumerate() {
        if id.is_value() && !known.contains(id) {
            diags.add_attribute_error(
                "A read-only value is configured",
                "`id` is not the ID of a scheduled operation of this policy. The service assigns it: remove it from the \
                 configuration.",
                AttributePath::new("scheduled_operation")
                    .index(i64::try_from(index).unwrap_or(i64::MAX))
                    .attribute("id"),
            );
        }
    }
}

/// IDs of the servers that the plan adds to the policy, as far as they are known.
pub fn added_servers(request: &Plan, planned: &Planned) -> Vec<String> {
    let prior = request.prior_state.as_ref().map(server_ids).unwrap_or_default();
    let planned = server_ids(&planned.state).into_iter();
    planned.filter(|id| is_valid_id(id) && !prior.contains(id)).collect()
}

/// The ID of the policy in a state.
pub fn policy_id(state: &RawValue) -> Option<String> {
    PlannedPolicy::read(state).id.as_option()
}

/// The part of a planned policy that several attributes concern. Each server and operation can still be unknown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PlannedPolicy {
    id: Value<String>,
    resource: Value<Vec<Value<ServerModel>>>,
    scheduled_operation: Value<Vec<Value<OperationModel>>>,
}

impl PlannedPolicy {
    fn read(state: &RawValue) -> Self {
        model::from_raw(state).unwrap_or_default()
    }
}

fn server_ids(state: &RawValue) -> Vec<String> {
    let servers = PlannedPolicy::read(state).resource.unwrap_or_default().into_iter();
    servers
        .filter_map(|server| server.as_option()?.id.as_option())
        .collect()
}

fn operation_ids(state: &RawValue) -> Vec<Value<String>> {
    let operations = PlannedPolicy::read(state).scheduled_operation.unwrap_or_default();
    operations
        .into_iter()
        .map(|operation| operation.as_option().map_or(Value::Unknown, |operation| operation.id))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use otc_client::csbs::SERVER_TYPE;
    use terraform_plugin::{Refinement, Value, model};

    use super::*;
    use crate::policy::{
        model::PolicyModel,
        schema::testing::{PATTERN, config, operation, planned, server},
    };

    fn list(elements: &[RawValue]) -> RawValue {
        RawValue::List(elements.to_vec())
    }

    fn elements<'a>(state: &'a RawValue, name: &str) -> &'a [RawValue] {
        state.get(name).as_list().unwrap()
    }

    /// The state after a create of `config`.
    fn created(config: &RawValue) -> RawValue {
        let planned = planned(None, config).state;
        let operations = elements(config, "scheduled_operation").iter().enumerate().map(|(index, operation)| {
            serde_json::json!({
                "id": format!("op-{index}"), "enabled": operation.get("enabled").as_bool(),
                "name": operation.get("name").as_str().map_or(format!("name-{index}"), str::to_owned),
                "operation_definition": {"max_backups": operation.get("max_backups").as_i64().unwrap_or(-1).to_string()},
                "trigger": {"properties": {"pattern": operation.get("trigger_pattern").as_str()}},
            })
        });
        let policy = serde_json::json!({
            "id": "policy", "status": "suspended", "created_at": "2026-01-01T00:00:00.000001", "project_id": "project",
            "scheduled_operations": operations.collect::<Vec<_>>(),
        });
        let mut state: PolicyModel = model::from_raw(&planned).unwrap();
        state.resolve_unknowns(&serde_json::from_value(policy).unwrap());
        state.region = Value::Value("eu-de".to_owned());
        let state = model::to_raw(&state).unwrap();
        assert!(state.is_wholly_known(), "{state:?}");
        state
    }

    #[test]
    fn a_create_knows_what_is_configured_and_the_defaults() {
        let config = config(&[("resource", list(&[server("s")]))]);
        let state = planned(None, &config).state;
        for name in ["id", "project_id", "region"] {
            assert!(state.get(name).is_unknown(), "{name}");
        }
        let server = &elements(&state, "resource")[0];
        assert_eq!(server.get("name").as_str(), Some("resource_s"));
        assert_eq!(server.get("type").as_str(), Some(SERVER_TYPE));
        let operation = &elements(&state, "scheduled_operation")[0];
        assert_eq!(operation.get("enabled").as_bool(), Some(true));
        assert!(operation.get("id").is_unknown() && operation.get("name").is_unknown());
        assert!(operation.get("max_backups").is_null());
    }

    #[test]
    fn an_unchanged_configuration_plans_no_change() {
        let bare = config(&[("resource", list(&[server("s")]))]);
        let prior = created(&bare);
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
    fn one_changed_value_is_the_only_change_of_the_plan() {
        let named =
            |name: &str, pattern: &str| operation(&[("name", name.into()), ("trigger_pattern", pattern.into())]);
        let prior = created(&config(&[(
            "scheduled_operation",
            list(&[named("a", PATTERN), named("b", PATTERN)]),
        )]));
        let later = PATTERN.replace("BYHOUR=12", "BYHOUR=13");
        let changed = config(&[("scheduled_operation", list(&[named("a", PATTERN), named("b", &later)]))]);
        let mut expected = prior.clone();
        let mut operations = elements(&prior, "scheduled_operation").to_vec();
        operations[1].set("trigger_pattern", later);
        expected.set("scheduled_operation", list(&operations));
        assert_eq!(planned(Some(&prior), &changed).state, expected);
    }

    #[test]
    fn an_operation_keeps_its_id_when_others_are_inserted_or_changed() {
        let named = |name: &str, backups: i64| operation(&[("name", name.into()), ("max_backups", backups.into())]);
        let prior = created(&config(&[(
            "scheduled_operation",
            list(&[named("a", 1), named("b", 2)]),
        )]));
        let changed = config(&[(
            "scheduled_operation",
            list(&[named("c", 3), named("b", 5), named("a", 1)]),
        )]);
        let planned = planned(Some(&prior), &changed);
        let operations = elements(&planned.state, "scheduled_operation");
        assert!(operations[0].get("id").is_unknown());
        assert_eq!(operations[1].get("id").as_str(), Some("op-1"));
        assert_eq!(operations[2], elements(&prior, "scheduled_operation")[0]);
        assert_eq!(planned.requires_replace, []);
    }

    #[test]
    fn another_order_of_operations_is_no_change() {
        let named = |name: &str| operation(&[("name", name.into())]);
        let with = |operations: &[RawValue]| config(&[("scheduled_operation", list(operations))]);
        let prior = created(&with(&[named("a"), named("b")]));
        assert_eq!(planned(Some(&prior), &with(&[named("b"), named("a")])).state, prior);
    }

    #[test]
    fn a_generated_configuration_can_be_edited() {
        let prior = created(&config(&[]));
        let mut generated = elements(&prior, "scheduled_operation")[0].clone();
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
    fn an_id_that_is_not_in_the_state_is_an_error() {
        let with = |id: RawValue| config(&[("scheduled_operation", list(&[operation(&[("id", id)])]))]);
        let state = with("op".into());
        for (prior, configured, wrong) in [
            (None, RawValue::Null, false),
            (None, "op".into(), true),
            (None, RawValue::UNKNOWN, false),
            (Some(&state), "op".into(), false),
            (Some(&state), "other".into(), true),
        ] {
            let request = Plan {
                prior_state: prior.cloned(),
                config: with(configured),
                ..Plan::default()
            };
            let mut diags = Diagnostics::default();
            validate_operation_ids(&request, &mut diags);
            let paths: Vec<_> = diags.errors.iter().map(|error| error.attribute.to_string()).collect();
            let expected: &[&str] = if wrong { &["scheduled_operation[0].id"] } else { &[] };
            assert_eq!(paths, expected);
        }
    }

    #[test]
    fn added_servers_are_those_that_the_state_does_not_have_and_whose_id_is_known() {
        let first = "11111111-1111-4111-8111-111111111111";
        let second = "22222222-2222-4222-8222-222222222222";
        let unknown = {
            let mut server = server(first);
            server.set("id", RawValue::UNKNOWN);
            server
        };
        let with = |servers: &[RawValue]| config(&[("resource", list(servers))]);
        for (prior, planned, added) in [
            (None, with(&[server(first), server(second)]), &[first, second][..]),
            (
                Some(with(&[server(first)])),
                with(&[server(first), server(second)]),
                &[second],
            ),
            (Some(with(&[server(first)])), with(&[server(first)]), &[]),
            (
                Some(with(&[server(first), server(second)])),
                with(&[server(second)]),
                &[],
            ),
            (None, with(&[unknown, server("not an ID"), RawValue::UNKNOWN]), &[]),
            (None, config(&[("resource", RawValue::UNKNOWN)]), &[]),
        ] {
            let request = Plan {
                prior_state: prior,
                ..Plan::default()
            };
            let planned = planned_state(planned);
            assert_eq!(added_servers(&request, &planned), added, "{planned:?}");
        }
    }

    fn planned_state(state: RawValue) -> Planned {
        Planned {
            state,
            ..Planned::default()
        }
    }

    #[test]
    fn the_id_of_a_policy_is_read_from_its_state_when_it_is_known() {
        assert_eq!(
            policy_id(&config(&[("id", "policy".into())])).as_deref(),
            Some("policy")
        );
        assert_eq!(policy_id(&config(&[("id", RawValue::UNKNOWN)])), None);
        assert_eq!(policy_id(&RawValue::Null), None);
    }

    #[test]
    fn changed_general_parameters_require_a_replacement() {
        let prior = created(&config(&[]));
        let common = RawValue::Map(BTreeMap::from([("a".to_owned(), RawValue::from("b"))]));
        let planned = planned(Some(&prior), &config(&[("common", common)]));
        assert_eq!(planned.requires_replace, [AttributePath::new("common")]);
    }

    #[test]
    fn unknown_values_keep_their_refinement() {
        let refined = RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2])));
        let prior = created(&config(&[]));
        for name in ["resource", "scheduled_operation", "tags", "name", "description"] {
            let config = config(&[(name, refined.clone())]);
            assert_eq!(planned(None, &config).state.get(name), &refined, "{name}");
            assert_eq!(planned(Some(&prior), &config).state.get(name), &refined, "{name}");
        }
        let operation = operation(&[("trigger_pattern", refined.clone())]);
        let config = config(&[("scheduled_operation", list(&[operation, RawValue::UNKNOWN]))]);
        let state = planned(Some(&prior), &config).state;
        let operations = elements(&state, "scheduled_operation");
        assert_eq!(operations[0].get("trigger_pattern"), &refined);
        assert_eq!(operations[1], RawValue::UNKNOWN);
    }
}
