//! Plans a create or an update: which values are known already, and which changes need another backup.

use otc_client::csbs::Status;
use terraform_plugin::{AttributePath, Diagnostics, Plan, Planned, RawValue};

use super::{drift, messages, private::Private, schema::SERVER};

/// Attributes that only the service can tell.
const COMPUTED: [&str; 24] = [
    "id",
    "checkpoint_id",
    "project_id",
    "region",
    "resource_graph",
    "checkpoint_extra_info",
    "protection_plan",
    "status",
    "created_at",
    "updated_at",
    "finished_at",
    "size",
    "average_speed",
    "progress",
    "is_incremental",
    "image_type",
    "resource_name",
    "resource_az",
    "supported_restore_mode",
    "fail_op",
    "fail_code",
    "fail_reason",
    "volume_backups",
    "vm_metadata",
];

/// Those of them that do not change once they are known.
const LASTING: [&str; 4] = ["id", "checkpoint_id", "project_id", "region"];

/// Those of them that only the answer to the protect action has: null for ever when that answer was lost.
const ONLY_ANSWERED: [&str; 3] = ["resource_graph", "checkpoint_extra_info", "protection_plan"];

/// Arguments of which any change needs another backup.
const REPLACING: [&str; 7] = [
    "resource_id",
    "resource_type",
    "backup_name",
    "description",
    "incremental",
    "extra_info",
    "triggers",
];

/// Plans a create or an update.
#[must_use]
pub fn plan(request: Plan, diags: &mut Diagnostics) -> Planned {
    match request.prior_state {
        None => create(request.proposed_state, &request.config),
        Some(prior) => {
            let private = Private::read(&request.prior_private);
            let mut planned = update(&prior, request.proposed_state, &request.config, &private, diags);
            planned.private = request.prior_private;
            planned.identity = request.prior_identity;
            planned
        }
    }
}

fn create(mut state: RawValue, config: &RawValue) -> Planned {
    for name in COMPUTED {
        state.set(name, RawValue::UNKNOWN);
    }
    for (name, value) in [
        ("resource_type", SERVER.into()),
        ("backup_name", RawValue::UNKNOWN),
        ("description", "".into()),
        ("incremental", RawValue::UNKNOWN),
        ("tags", RawValue::Map(Default::default())),
        ("skip_destroy", false.into()),
    ] {
        if config.get(name).is_null() {
            state.set(name, value);
        }
    }
    Planned {
        state,
        ..Planned::default()
    }
}

fn update(
    prior: &RawValue,
    mut state: RawValue,
    config: &RawValue,
    private: &Private,
    diags: &mut Diagnostics,
) -> Planned {
    // Nothing configured means nothing wanted, which for these is not the same as "whatever there is".
    for (name, nothing) in [
        ("description", RawValue::from("")),
        ("tags", RawValue::Map(Default::default())),
        ("skip_destroy", false.into()),
    ] {
        if config.get(name).is_null() {
            state.set(name, nothing);
        }
    }
    if state.get("resource_type").is_null() {
        state.set("resource_type", SERVER);
    }
    for name in ["description", "tags", "skip_destroy"] {
        if same(name, prior.get(name), state.get(name)) && may_keep_prior(prior.get(name), config.get(name)) {
            state.set(name, prior.get(name).clone());
        }
    }
    if !private.made && !prior.get("incremental").is_null() && !state.get("incremental").is_unknown() {
        state.set("incremental", prior.get("incremental").clone());
    }
    let drifted = drift::keep(prior, &mut state, config, private);
    let changed: Vec<_> = REPLACING
        .into_iter()
        .filter(|name| replaces(name, prior.get(name), state.get(name), private))
        .collect();
    let mut requires_replace: Vec<_> = changed.iter().map(|name| AttributePath::new(*name)).collect();
    if failed(prior) {
        state.set("status", RawValue::UNKNOWN);
        requires_replace.push(AttributePath::new("status"));
    } else if !changed.is_empty() {
        messages::replaced(prior, &changed, diags);
    } else {
        drift::report(prior, &drifted, diags);
        if is_unfinished(prior) {
            resume(prior, &mut state, config);
        }
    }
    if state.get("tags") != prior.get("tags") {
        state.set("updated_at", RawValue::UNKNOWN);
    }
    Planned {
        state,
        requires_replace,
        ..Planned::default()
    }
}

/// Plans to wait for the backup: whatever the service may say differently at its end is known after apply.
fn resume(prior: &RawValue, state: &mut RawValue, config: &RawValue) {
    for name in COMPUTED {
        let lasts = LASTING.contains(&name) && !prior.get(name).is_null();
        if !lasts && !ONLY_ANSWERED.contains(&name) {
            state.set(name, RawValue::UNKNOWN);
        }
    }
    // The service chooses these, and has not said what it chose.
    for name in ["backup_name", "incremental"] {
        if config.get(name).is_null() && prior.get(name).is_null() {
            state.set(name, RawValue::UNKNOWN);
        }
    }
}

/// Whether the backup of a state is not known to be complete, nor to have failed. One that is being restored is complete.
#[must_use]
pub fn is_unfinished(state: &RawValue) -> bool {
    let complete = |status| {
        matches!(
            status,
            Status::Available | Status::WaitingRestore | Status::Restoring | Status::Error
        )
    };
    let status = state.get("status").as_str().map(Status::from);
    status.is_some_and(|status| !complete(status))
}

/// Terraform lets a plan keep the prior value where nothing is configured (these are computed too), and in place of a
/// configured value when neither is null.
fn may_keep_prior(prior: &RawValue, config: &RawValue) -> bool {
    config.is_null() || !prior.is_null()
}

/// Whether the backup itself failed and is good for nothing. A backup that failed to be *restored* is as good as before.
#[must_use]
pub fn failed(state: &RawValue) -> bool {
    state.get("status").as_str() == Some("error") && state.get("fail_op").as_str() != Some("restore")
}

fn replaces(name: &str, prior: &RawValue, planned: &RawValue, private: &Private) -> bool {
    // Of a backup that was made elsewhere it is not known what was asked for: taking up the configuration is no change.
    let not_known = !private.made && matches!(name, "incremental" | "extra_info" | "triggers");
    !(same(name, prior, planned) || not_known && prior.is_null())
}

/// Whether two values of an argument mean the same to the service.
#[must_use]
pub fn same(name: &str, a: &RawValue, b: &RawValue) -> bool {
    if a.is_unknown() || b.is_unknown() {
        return false;
    }
    match name {
        "description" => described(a) == described(b),
        "tags" | "triggers" => empty_is_null(a) == empty_is_null(b),
        "skip_destroy" => a.as_bool().unwrap_or(false) == b.as_bool().unwrap_or(false),
        "resource_type" => a.as_str().unwrap_or(SERVER) == b.as_str().unwrap_or(SERVER),
        "extra_info" => untyped(a) == untyped(b),
        _ => a == b,
    }
}

/// The description, when there is one: the service answers `--`, an empty text or null when none was given.
#[must_use]
pub fn described(value: &RawValue) -> Option<&str> {
    otc_client::csbs::non_empty_description(value.as_str())
}

fn empty_is_null(value: &RawValue) -> &RawValue {
    match value.as_map() {
        Some(elements) if elements.is_empty() => &RawValue::Null,
        _ => value,
    }
}

fn untyped(value: &RawValue) -> &RawValue {
    match value {
        RawValue::Typed(_, value) => value,
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const MADE: Private = Private {
        made: true,
        not_shown_since: None,
        configured: None,
        not_waited_for: false,
    };

    fn object(values: &[(&str, RawValue)]) -> RawValue {
        let mut names: BTreeMap<String, RawValue> = super::super::schema::schema()
            .block
            .attributes
            .into_keys()
            .map(|name| (name, RawValue::Null))
            .collect();
        names.insert("timeouts".to_owned(), RawValue::Null);
        names.extend(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        RawValue::Map(names)
    }

    fn map(values: &[(&str, &str)]) -> RawValue {
        RawValue::Map(
            values
                .iter()
                .map(|(k, v)| ((*k).to_owned(), RawValue::from(*v)))
                .collect(),
        )
    }

    fn made(values: &[(&str, RawValue)]) -> RawValue {
        let mut state = object(&[
            ("resource_id", "server".into()),
            ("resource_type", SERVER.into()),
            ("backup_name", "nightly".into()),
            ("description", "".into()),
            ("incremental", false.into()),
            ("tags", map(&[])),
            ("skip_destroy", false.into()),
            ("id", "item".into()),
            ("checkpoint_id", "checkpoint".into()),
            ("status", "available".into()),
            ("updated_at", "2026-01-01T00:00:00Z".into()),
        ]);
        for (name, value) in values {
            state.set(name, value.clone());
        }
        state
    }

    /// What Terraform proposes: the configuration, and the prior value of what is computed and not configured.
    fn proposed(prior: &RawValue, config: &RawValue) -> RawValue {
        let mut state = config.clone();
        for (name, attribute) in super::super::schema::schema().block.attributes {
            let computed = matches!(
                attribute.constraint,
                terraform_plugin::AttributeConstraint::Computed
                    | terraform_plugin::AttributeConstraint::OptionalComputed
            );
            if computed && config.get(&name).is_null() {
                state.set(&name, prior.get(&name).clone());
            }
        }
        state
    }

    fn planned(prior: RawValue, config: RawValue, private: &Private) -> Planned {
        planned_with(prior, config, private, &mut Diagnostics::default())
    }

    fn planned_with(prior: RawValue, config: RawValue, private: &Private, diags: &mut Diagnostics) -> Planned {
        let request = Plan {
            proposed_state: proposed(&prior, &config),
            prior_state: Some(prior),
            config,
            prior_private: private.write(),
            ..Plan::default()
        };
        plan(request, diags)
    }

    fn replaced(prior: &RawValue, config: &RawValue) -> Vec<String> {
        planned(prior.clone(), config.clone(), &MADE)
            .requires_replace
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn create_knows_what_is_configured_and_nothing_else() {
        let config = object(&[("resource_id", "server".into()), ("tags", map(&[("a", "b")]))]);
        let request = Plan {
            prior_state: None,
            proposed_state: config.clone(),
            config,
            prior_private: b"{}".to_vec(),
            ..Plan::default()
        };
        let planned = plan(request, &mut Diagnostics::default());
        let state = &planned.state;
        assert!(planned.private.is_empty(), "a replacement is not adopted");
        assert_eq!(state.get("resource_type").as_str(), Some(SERVER));
        assert_eq!(state.get("tags"), &map(&[("a", "b")]));
        assert_eq!(state.get("description").as_str(), Some(""));
        assert_eq!(state.get("skip_destroy").as_bool(), Some(false));
        assert!(state.get("triggers").is_null());
        for name in COMPUTED.into_iter().chain(["backup_name", "incremental"]) {
            assert!(state.get(name).is_unknown(), "{name}");
        }
    }

    #[test]
    fn every_computed_attribute_is_listed() {
        let mut computed: Vec<_> = super::super::schema::schema()
            .block
            .attributes
            .into_iter()
            .filter(|(_, a)| a.constraint == terraform_plugin::AttributeConstraint::Computed)
            .map(|(name, _)| name)
            .collect();
        let mut listed = COMPUTED.to_vec();
        computed.sort();
        listed.sort_unstable();
        assert_eq!(computed, listed);
    }

    #[test]
    fn nothing_changed_plans_nothing() {
        for config in [
            object(&[("resource_id", "server".into())]),
            object(&[("resource_id", "server".into()), ("description", "".into())]),
            object(&[("resource_id", "server".into()), ("tags", map(&[]))]),
            object(&[("resource_id", "server".into()), ("skip_destroy", false.into())]),
            object(&[("resource_id", "server".into()), ("resource_type", SERVER.into())]),
            object(&[("resource_id", "server".into()), ("backup_name", "nightly".into())]),
        ] {
            let planned = planned(made(&[]), config, &MADE);
            assert_eq!(planned.state, made(&[]));
            assert_eq!(planned.requires_replace, []);
        }
    }

    #[test]
    fn each_argument_replaces_when_it_changes() {
        for (name, value) in [
            ("resource_id", RawValue::from("other")),
            ("backup_name", "weekly".into()),
            ("description", "new".into()),
            ("incremental", true.into()),
            ("extra_info", map(&[("a", "b")])),
            ("triggers", map(&[("release", "2")])),
            ("triggers", RawValue::UNKNOWN),
        ] {
            let config = object(&[("resource_id", "server".into()), (name, value)]);
            assert_eq!(replaced(&made(&[]), &config), [name]);
        }
    }

    #[test]
    fn a_description_that_is_taken_away_replaces() {
        let config = object(&[("resource_id", "server".into())]);
        assert_eq!(
            replaced(&made(&[("description", "text".into())]), &config),
            ["description"]
        );
    }

    #[test]
    fn no_description_has_three_forms() {
        for prior in [RawValue::Null, "".into(), "--".into()] {
            for configured in [RawValue::Null, "".into(), "--".into()] {
                let config = object(&[("resource_id", "server".into()), ("description", configured.clone())]);
                let prior = made(&[("description", prior.clone())]);
                assert_eq!(replaced(&prior, &config), Vec::<String>::new());
            }
        }
    }

    #[test]
    fn tags_change_in_place() {
        let config = object(&[("resource_id", "server".into()), ("tags", map(&[("a", "b")]))]);
        let after = planned(made(&[]), config, &MADE);
        assert_eq!(after.requires_replace, []);
        assert_eq!(
            after.state,
            made(&[("tags", map(&[("a", "b")])), ("updated_at", RawValue::UNKNOWN)])
        );
        let none = object(&[("resource_id", "server".into())]);
        let after = planned(made(&[("tags", map(&[("a", "b")]))]), none, &MADE);
        assert_eq!(after.state.get("tags"), &map(&[]));
        assert_eq!(after.requires_replace, []);
    }

    #[test]
    fn an_adopted_backup_takes_up_what_cannot_be_told() {
        let private = Private::default();
        for (name, value, kept) in [
            ("incremental", RawValue::from(true), RawValue::from(false)),
            ("extra_info", map(&[("a", "b")]), map(&[("a", "b")])),
            ("triggers", map(&[("a", "b")]), map(&[("a", "b")])),
        ] {
            let config = object(&[("resource_id", "server".into()), (name, value)]);
            let planned = planned(made(&[]), config, &private);
            assert_eq!(planned.requires_replace, [], "{name}");
            assert_eq!(planned.state.get(name), &kept);
            assert_eq!(Private::read(&planned.private), private);
        }
        let config = object(&[("resource_id", "server".into()), ("triggers", map(&[("a", "c")]))]);
        let planned = planned(made(&[("triggers", map(&[("a", "b")]))]), config, &private);
        assert_eq!(planned.requires_replace, [AttributePath::new("triggers")]);
    }

    #[test]
    fn a_failed_backup_is_replaced_but_not_one_that_failed_to_be_restored() {
        let config = object(&[("resource_id", "server".into())]);
        for fail_op in [RawValue::Null, "backup".into(), "delete".into()] {
            let prior = made(&[("status", "error".into()), ("fail_op", fail_op)]);
            assert_eq!(replaced(&prior, &config), ["status"]);
        }
        let prior = made(&[("status", "error".into()), ("fail_op", "restore".into())]);
        assert_eq!(replaced(&prior, &config), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_finished_is_waited_for() {
        let config = object(&[("resource_id", "server".into())]);
        for status in [
            "waiting_protect",
            "protecting",
            "waiting_delete",
            "deleting",
            "polishing",
            "",
        ] {
            let prior = made(&[("status", status.into()), ("backup_name", RawValue::Null)]);
            let planned = planned(prior.clone(), config.clone(), &MADE);
            assert_eq!(planned.requires_replace, [], "{status}");
            for name in ["status", "size", "volume_backups", "region", "backup_name"] {
                assert!(planned.state.get(name).is_unknown(), "{status}: {name}");
            }
            for name in ["id", "checkpoint_id", "protection_plan", "tags", "incremental"] {
                assert_eq!(planned.state.get(name), prior.get(name), "{status}: {name}");
            }
        }
        for status in ["available", "waiting_restore", "restoring"] {
            let prior = made(&[("status", status.into())]);
            assert_eq!(planned(prior.clone(), config.clone(), &MADE).state, prior, "{status}");
        }
    }

    #[test]
    fn what_was_changed_in_the_cloud_is_kept_and_what_was_changed_in_the_configuration_replaces() {
        let text = |value: Option<&str>| value.map_or(RawValue::Null, RawValue::from);
        for (applied, cloud, config, replaced, warned) in [
            (Some("a"), "b", Some("a"), false, true),
            (Some("a"), "b", Some("b"), false, false),
            (Some("a"), "b", Some("c"), true, true),
            (Some("a"), "a", Some("b"), true, true),
            (None, "b", Some("a"), true, true),
            (None, "b", None, false, false),
        ] {
            for name in ["backup_name", "description"] {
                let prior = made(&[(name, cloud.into())]);
                let config = object(&[("resource_id", "server".into()), (name, text(config))]);
                let private = Private {
                    configured: Some(super::super::private::Configured::of(&object(&[(name, text(applied))]))),
                    ..MADE
                };
                let mut diags = Diagnostics::default();
                let planned = planned_with(prior.clone(), config.clone(), &private, &mut diags);
                let case = format!("{name}: {applied:?} {cloud} {config:?}");
                assert_eq!(!planned.requires_replace.is_empty(), replaced, "{case}");
                assert_eq!(diags.warnings.len(), usize::from(warned), "{case}: {diags:?}");
                if !replaced {
                    assert_eq!(planned.state, prior, "{case}");
                }
            }
        }
    }

    #[test]
    fn a_backup_that_stays_or_is_of_no_use_is_replaced_without_a_warning() {
        let config = object(&[("resource_id", "server".into()), ("description", "new".into())]);
        for (name, value) in [("skip_destroy", true.into()), ("status", RawValue::from("error"))] {
            let mut diags = Diagnostics::default();
            let planned = planned_with(made(&[(name, value)]), config.clone(), &MADE, &mut diags);
            assert!(!planned.requires_replace.is_empty());
            assert_eq!(diags, Diagnostics::default());
        }
    }

    #[test]
    fn the_type_of_extra_information_does_not_matter() {
        let typed = RawValue::Typed(
            Box::new(crate::attribute::map_of_strings()),
            Box::new(map(&[("a", "b")])),
        );
        let config = object(&[("resource_id", "server".into()), ("extra_info", typed)]);
        let prior = made(&[("extra_info", map(&[("a", "b")]))]);
        assert_eq!(replaced(&prior, &config), Vec::<String>::new());
    }
}
