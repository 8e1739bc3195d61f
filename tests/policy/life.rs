//! A policy from plan to destroy.

use csbs_simulator::Operation;
use terraform_plugin::{ImportTarget, RawValue};

use crate::{
    core::{Action, object},
    fixture::{Fixture, PATTERN, assert_no_errors, config, operation, server, server_id},
};

fn list(elements: &[RawValue]) -> RawValue {
    RawValue::List(elements.to_vec())
}

fn one(values: &[(&str, RawValue)]) -> (&'static str, RawValue) {
    ("scheduled_operation", list(&[operation(values)]))
}

#[tokio::test(start_paused = true)]
async fn a_created_policy_plans_no_change() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let config = config(
        &core,
        &[
            ("description", "by night".into()),
            ("tags", object(&[("team", "a".into())])),
            ("common", object(&[("key", "value".into())])),
        ],
    );
    let (action, diags) = core.apply(&config).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Create);
    let made = fixture.only();
    assert_eq!(core.text("id"), made.id);
    assert_eq!(core.text("region"), "eu-de");
    assert_eq!(made.name, "nightly");
    assert_eq!(made.description.as_deref(), Some("by night"));
    assert_eq!(made.resources, [server_id(0)]);
    assert_eq!(made.tags["team"], "a");
    assert_eq!(fixture.definition("max_backups"), "20");
    let stored = core.get("scheduled_operation").as_list().unwrap()[0].clone();
    for name in ["id", "name"] {
        assert!(stored.get(name).as_str().is_some(), "{name}");
    }
    let writes = fixture.simulator.count(Operation::UpdatePolicy);
    for _ in 0..2 {
        let (action, diags) = core.plan(&config).await;
        assert_no_errors(&diags);
        assert_eq!(action, Action::Nothing);
    }
    assert_eq!(fixture.simulator.count(Operation::UpdatePolicy), writes);
    assert_no_errors(&core.destroy().await);
    assert!(core.stored.is_none() && fixture.simulator.inventory().policies.is_empty());
}

#[tokio::test(start_paused = true)]
async fn everything_that_can_change_changes_in_place() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[])).await.1);
    let id = core.text("id");
    let operation_id = core.get("scheduled_operation").as_list().unwrap()[0].get("id").clone();
    let other = PATTERN.replace("TH", "FR");
    let steps: [&[(&str, RawValue)]; 9] = [
        &[("name", "weekly".into())],
        &[("description", "new".into())],
        &[("resource", list(&[server(0), server(1)]))],
        &[("resource", list(&[]))],
        &[("tags", object(&[("a", "1".into()), ("b", "2".into())]))],
        &[one(&[("trigger_pattern", other.into())])],
        &[one(&[
            ("enabled", false.into()),
            ("name", "renamed".into()),
            ("description", "x".into()),
        ])],
        &[one(&[
            ("week_backups", 4.into()),
            ("timezone", "UTC+08:00".into()),
            ("max_backups", 9.into()),
        ])],
        &[one(&[("retention_duration_days", 30.into())])],
    ];
    for step in steps {
        let config = config(&core, step);
        let (action, diags) = core.apply(&config).await;
        assert_no_errors(&diags);
        assert_eq!(action, Action::Update, "{step:?}");
        assert_eq!(fixture.only().id, id);
        let (action, diags) = core.plan(&config).await;
        assert_no_errors(&diags);
        assert_eq!(action, Action::Nothing, "{step:?}: {:?}", core.stored);
        let stored = core.get("scheduled_operation").as_list().unwrap()[0].clone();
        assert_eq!(stored.get("id"), &operation_id, "{step:?}");
    }
    assert_eq!(fixture.simulator.count(Operation::CreatePolicy), 1);
}

#[tokio::test(start_paused = true)]
async fn a_removed_value_is_cleared() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let full = config(
        &core,
        &[
            ("description", "text".into()),
            ("tags", object(&[("a", "1".into())])),
            one(&[
                ("max_backups", 5.into()),
                ("retention_duration_days", 7.into()),
                ("day_backups", 3.into()),
                ("timezone", "UTC+01:00".into()),
                ("description", "x".into()),
            ]),
        ],
    );
    assert_no_errors(&core.apply(&full).await.1);
    assert_eq!(fixture.definition("day_backups"), "3");
    let bare = config(&core, &[one(&[])]);
    let (action, diags) = core.apply(&bare).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Update);
    for (name, value) in [
        ("max_backups", "-1"),
        ("retention_duration_days", "-1"),
        ("day_backups", "0"),
        ("permanent", "True"),
    ] {
        assert_eq!(fixture.definition(name), value, "{name}");
    }
    let now = fixture.only();
    assert_eq!(now.description.unwrap_or_default(), "");
    assert!(now.tags.is_empty());
    assert_eq!(now.operations[0]["description"], "");
    assert_eq!(core.plan(&bare).await.0, Action::Nothing);
    let zero = config(&core, &[one(&[("max_backups", 0.into())])]);
    assert_no_errors(&core.apply(&zero).await.1);
    assert_eq!(fixture.definition("max_backups"), "0");
    assert_eq!(fixture.definition("permanent"), "False");
    assert_eq!(core.plan(&zero).await.0, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn an_equivalent_pattern_is_no_change() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[])).await.1);
    for other in [
        PATTERN.replace("\r\n", "\n"),
        PATTERN.replace("BYHOUR=12;BYMINUTE=27", "BYMINUTE=27;BYHOUR=12"),
        PATTERN.replace("BEGIN:VEVENT", "VERSION:2.0\r\nBEGIN:VEVENT"),
    ] {
        let config = config(
            &core,
            &[one(&[
                ("max_backups", 20.into()),
                ("trigger_pattern", other.clone().into()),
            ])],
        );
        assert_eq!(core.plan(&config).await.0, Action::Nothing, "{other:?}");
    }
    let written_by_hand = PATTERN.replace("\r\n", "\n").to_ascii_lowercase();
    let config = config(
        &core,
        &[
            ("name", "other".into()),
            one(&[("trigger_pattern", written_by_hand.into())]),
        ],
    );
    assert_no_errors(&core.apply(&config).await.1);
    assert_eq!(core.plan(&config).await.0, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn ten_tags_are_exchanged_for_ten_others() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let tags =
        |prefix: &str| -> RawValue { RawValue::Map((0..10).map(|n| (format!("{prefix}{n}"), "v".into())).collect()) };
    assert_no_errors(&core.apply(&config(&core, &[("tags", tags("a"))])).await.1);
    let config = config(&core, &[("tags", tags("b"))]);
    let (action, diags) = core.apply(&config).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Update);
    let keys: Vec<_> = fixture.only().tags.into_keys().collect();
    assert_eq!(keys, (0..10).map(|n| format!("b{n}")).collect::<Vec<_>>());
    assert_eq!(
        fixture.simulator.count(Operation::UpdatePolicy),
        0,
        "tags go by the tag API alone"
    );
}

#[tokio::test(start_paused = true)]
async fn changed_general_parameters_replace() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[])).await.1);
    let id = core.text("id");
    let config = config(&core, &[("common", object(&[("a", "b".into())]))]);
    let (action, diags) = core.apply(&config).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Replace);
    assert_ne!(fixture.only().id, id);
    assert_eq!(core.plan(&config).await.0, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn an_import_by_id_or_identity_plans_no_change() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let mut extra = server(1);
    extra.set("extra_info", "{\"exclude_volumes\":[\"v\"]}");
    let config = config(
        &core,
        &[
            ("resource", list(&[server(0), extra])),
            ("tags", object(&[("a", "1".into())])),
            one(&[
                ("permanent", true.into()),
                ("trigger_pattern", PATTERN.replace("\r\n", "\n").into()),
            ]),
        ],
    );
    assert_no_errors(&core.apply(&config).await.1);
    let id = core.text("id");
    let identity = core.stored.as_ref().unwrap().identity.clone().unwrap();
    assert_eq!(identity.get("project_id").as_str(), Some(crate::fixture::PROJECT));
    for target in [ImportTarget::Id(format!(" {id} ")), ImportTarget::Identity(identity)] {
        let mut imported = fixture.policy();
        assert_no_errors(&imported.import(target).await);
        let (action, diags) = imported.plan(&config).await;
        assert_no_errors(&diags);
        assert_eq!(action, Action::Nothing, "{:?}", imported.stored);
    }
    for (target, words) in [
        (ImportTarget::Id("../x".to_owned()), "not the ID"),
        (ImportTarget::Id("00000000".to_owned()), "no policy with the ID"),
        (
            ImportTarget::Identity(object(&[
                ("id", id.into()),
                ("region", "eu-nl".into()),
                ("project_id", RawValue::Null),
            ])),
            "eu-nl",
        ),
    ] {
        let diags = fixture.policy().import(target).await;
        assert!(crate::fixture::errors(&diags).contains(words), "{diags:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_deleted_outside_terraform_is_created_again() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let config = config(&core, &[]);
    assert_no_errors(&core.apply(&config).await.1);
    let id = core.text("id");
    assert!(fixture.simulator.remove_policy(&id));
    let (action, diags) = core.apply(&config).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Create);
    assert!(fixture.simulator.remove_policy(&core.text("id")));
    assert_no_errors(&core.destroy().await);
}

#[tokio::test(start_paused = true)]
async fn skip_destroy_removes_it_from_the_state_only() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[("skip_destroy", true.into())])).await.1);
    let diags = core.destroy().await;
    assert_no_errors(&diags);
    assert_eq!(diags.warnings.len(), 1);
    assert_eq!(fixture.simulator.count(Operation::DeletePolicy), 0);
    fixture.only();
}
