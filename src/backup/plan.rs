//! The part of a plan that attributes cannot express: imported, failed and unfinished backups, and changes in the console.

use terraform_plugin::{AttributePath, Diagnostics, Plan, Planned, Value};

use super::{drift, messages, model::BackupModel, private::Private, schema::schema};

/// Changes a plan that follows from the schema.
///
/// - An imported backup keeps its kind (full or incremental), whatever is configured.
/// - A name or description that was changed in the console stays, with a warning.
/// - A failed backup is replaced.
/// - The update of an unfinished backup waits for it, so that its status and everything that may still change is known
///   after apply.
pub fn modify_plan(request: &Plan, planned: &mut Planned, diags: &mut Diagnostics) {
    let Some(prior_state) = &request.prior_state else {
        return;
    };
    let (Some(prior), Some(config)) = (
        prior_state.to_model::<BackupModel>(diags),
        request.config.to_model::<BackupModel>(diags),
    ) else {
        return;
    };
    let private = Private::read(&request.prior_private);
    if !private.created_here && prior.incremental.is_value() && !config.incremental.is_unknown() {
        planned.keep_prior(request, "incremental");
    }
    let drifted = drift::keep(request, planned, (prior.texts(), config.texts()), &private);
    if private.backup_failed && prior.is_in_error() {
        planned.make_unknown("status");
        planned.requires_replace.push(AttributePath::new("status"));
    } else if !planned.requires_replace.is_empty() {
        if prior.skip_destroy.as_ref_option() != Some(&true) {
            let id = |id: &Value<String>| id.as_deref_option().unwrap_or("(unknown)").to_owned();
            let existing = format!("checkpoint {} (backup {})", id(&prior.checkpoint_id), id(&prior.id));
            messages::replaced(&existing, &planned.requires_replace, diags);
        }
    } else {
        drift::report(&prior.id, &drifted, diags);
        if prior.is_unfinished() {
            schema().make_computed_unknown(request, planned);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use otc_client::csbs::{CheckpointItem, SERVER_TYPE};
    use terraform_plugin::{AttributeConstraint, AttributeType, RawValue};

    use super::*;

    const CREATED_HERE: Private = Private {
        created_here: true,
        not_shown_since: None,
        configured: None,
        not_waited_for: false,
        backup_failed: false,
    };

    fn object(values: &[(&str, RawValue)]) -> RawValue {
        let mut names: BTreeMap<String, RawValue> = schema()
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
            ("resource_type", SERVER_TYPE.into()),
            ("backup_name", "nightly".into()),
            ("description", "".into()),
            ("incremental", false.into()),
            ("tags", map(&[])),
            ("skip_destroy", false.into()),
            ("id", "item".into()),
            ("checkpoint_id", "checkpoint".into()),
            ("status", "available".into()),
        ]);
        for (name, value) in values {
            state.set(name, value.clone());
        }
        state
    }

    /// The state that Terraform proposes: configured values, and prior values of computed attributes that are not configured.
    fn proposed(prior: &RawValue, config: &RawValue) -> RawValue {
        let mut state = config.clone();
        for (name, attribute) in schema().block.attributes {
            if attribute.is_computed() && config.get(&name).is_null() {
                state.set(&name, prior.get(&name).clone());
            }
        }
        state
    }

    fn planned(prior: RawValue, config: RawValue, private: &Private) -> Planned {
        planned_with(prior, config, private, &mut Diagnostics::default())
    }

    fn planned_with(prior: RawValue, config: RawValue, private: &Private, diags: &mut Diagnostics) -> Planned {
        plan(
            Plan {
                proposed_state: proposed(&prior, &config),
                prior_state: Some(prior),
                config,
                prior_private: private.write(),
                ..Plan::default()
            },
            diags,
        )
    }

    /// The plan by the schema and the hook, as the framework calls them.
    fn plan(request: Plan, diags: &mut Diagnostics) -> Planned {
        let mut planned = schema().plan(&request);
        modify_plan(&request, &mut planned, diags);
        planned
    }

    fn replaced(prior: &RawValue, config: &RawValue) -> Vec<String> {
        planned(prior.clone(), config.clone(), &CREATED_HERE)
            .requires_replace
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_create_knows_configured_values_and_defaults_only() {
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
        assert!(planned.private.is_empty(), "a replacement is not an imported backup");
        assert_eq!(state.get("resource_type").as_str(), Some(SERVER_TYPE));
        assert_eq!(state.get("tags"), &map(&[("a", "b")]));
        assert_eq!(state.get("description").as_str(), Some(""));
        assert_eq!(state.get("skip_destroy").as_bool(), Some(false));
        assert!(state.get("triggers").is_null());
        let computed = schema().block.attributes.into_iter();
        let computed = computed.filter(|(_, attribute)| attribute.constraint == AttributeConstraint::Computed);
        for name in computed
            .map(|(name, _)| name)
            .chain(["backup_name".to_owned(), "incremental".to_owned()])
        {
            assert!(state.get(&name).is_unknown(), "{name}");
        }
    }

    #[test]
    fn nothing_changed_plans_nothing() {
        for config in [
            object(&[("resource_id", "server".into())]),
            object(&[("resource_id", "server".into()), ("description", "".into())]),
            object(&[("resource_id", "server".into()), ("tags", map(&[]))]),
            object(&[("resource_id", "server".into()), ("skip_destroy", false.into())]),
            object(&[("resource_id", "server".into()), ("resource_type", SERVER_TYPE.into())]),
            object(&[("resource_id", "server".into()), ("backup_name", "nightly".into())]),
        ] {
            let planned = planned(made(&[]), config, &CREATED_HERE);
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
    fn a_removed_description_replaces() {
        let config = object(&[("resource_id", "server".into())]);
        assert_eq!(
            replaced(&made(&[("description", "text".into())]), &config),
            ["description"]
        );
    }

    #[test]
    fn an_empty_description_has_three_forms() {
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
        let after = planned(made(&[]), config, &CREATED_HERE);
        assert_eq!(after.requires_replace, []);
        assert_eq!(after.state, made(&[("tags", map(&[("a", "b")]))]));
        let none = object(&[("resource_id", "server".into())]);
        let after = planned(made(&[("tags", map(&[("a", "b")]))]), none, &CREATED_HERE);
        assert_eq!(after.state.get("tags"), &map(&[]));
        assert_eq!(after.requires_replace, []);
    }

    #[test]
    fn an_imported_backup_accepts_configured_values_that_were_not_known() {
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
    fn a_failed_backup_is_replaced_and_one_whose_restore_failed_is_not() {
        let config = object(&[("resource_id", "server".into())]);
        let prior = made(&[("status", "error".into())]);
        for (fail_op, is_replaced) in [("", true), ("backup", true), ("delete", true), ("restore", false)] {
            let item = serde_json::json!({"id": "item", "status": "error", "extend_info": {"fail_op": fail_op}});
            let mut private = CREATED_HERE;
            let item: CheckpointItem = serde_json::from_value(item).unwrap();
            private.record_shown(item.has_failed());
            let planned = planned(prior.clone(), config.clone(), &private);
            assert_eq!(!planned.requires_replace.is_empty(), is_replaced, "{fail_op}");
        }
    }

    #[test]
    fn an_update_waits_for_an_unfinished_backup() {
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
            let planned = planned(prior.clone(), config.clone(), &CREATED_HERE);
            assert_eq!(planned.requires_replace, [], "{status}");
            for name in ["status", "size", "image_ids", "region", "backup_name"] {
                assert!(planned.state.get(name).is_unknown(), "{status}: {name}");
            }
            for name in ["id", "checkpoint_id", "protection_plan", "tags", "incremental"] {
                assert_eq!(planned.state.get(name), prior.get(name), "{status}: {name}");
            }
        }
        for status in ["available", "waiting_restore", "restoring"] {
            let prior = made(&[("status", status.into())]);
            assert_eq!(
                planned(prior.clone(), config.clone(), &CREATED_HERE).state,
                prior,
                "{status}"
            );
        }
    }

    #[test]
    fn a_change_in_the_cloud_is_kept_and_a_change_of_the_configuration_replaces() {
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
                let applied_config: BackupModel =
                    terraform_plugin::model::from_raw(&object(&[(name, text(applied))])).unwrap();
                let private = Private {
                    configured: Some(applied_config.configured()),
                    ..CREATED_HERE
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
    fn a_backup_that_stays_or_has_failed_is_replaced_without_a_warning() {
        let config = object(&[("resource_id", "server".into()), ("description", "new".into())]);
        let failed = Private {
            backup_failed: true,
            ..CREATED_HERE
        };
        for (name, value, private) in [
            ("skip_destroy", true.into(), &CREATED_HERE),
            ("status", RawValue::from("error"), &failed),
        ] {
            let mut diags = Diagnostics::default();
            let planned = planned_with(made(&[(name, value)]), config.clone(), private, &mut diags);
            assert!(!planned.requires_replace.is_empty());
            assert_eq!(diags, Diagnostics::default());
        }
    }

    #[test]
    fn the_type_of_extra_information_does_not_matter() {
        let typed = RawValue::Typed(
            Box::new(AttributeType::Map(Box::new(AttributeType::String))),
            Box::new(map(&[("a", "b")])),
        );
        let config = object(&[("resource_id", "server".into()), ("extra_info", typed)]);
        let prior = made(&[("extra_info", map(&[("a", "b")]))]);
        assert_eq!(replaced(&prior, &config), Vec::<String>::new());
    }
}
