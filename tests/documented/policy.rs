//! A policy against documented answers.

use terraform_plugin::{ImportTarget, RawValue};
use tokio_util::sync::CancellationToken;

use crate::{
    answers::SHAPES,
    core::{Action, Core, invoke, object},
    fixture::{Fixture, assert_no_errors, generated, plans_nothing},
    policy_config::{config, operation, server},
};

/// Configurations by what they are about.
fn configurations() -> Vec<(&'static str, Vec<(&'static str, RawValue)>)> {
    let operations =
        |values: &[(&str, RawValue)]| vec![("scheduled_operation", RawValue::List(vec![operation(values)]))];
    let mut full = operations(&[
        ("name", "my-backup-policy".into()),
        ("description", "My backup policy".into()),
        ("retention_duration_days", 7.into()),
    ]);
    full.push(("description", "My plan".into()));
    full.push(("common", object(&[("a", "b".into())])));
    full.push(("resource", RawValue::List(vec![server(0), server(1)])));
    full.push(("tags", object(&[("team", "a".into())])));
    vec![
        ("a number of backups", operations(&[("max_backups", 20.into())])),
        ("days", operations(&[("retention_duration_days", 7.into())])),
        ("for ever", operations(&[("permanent", true.into())])),
        ("no limit", operations(&[])),
        ("not enabled", operations(&[("enabled", false.into())])),
        ("no servers", vec![("resource", RawValue::List(Vec::new()))]),
        ("everything", full),
        (
            "calendar counts",
            operations(&[
                ("max_backups", 20.into()),
                ("day_backups", 3.into()),
                ("week_backups", 2.into()),
                ("month_backups", 1.into()),
                ("year_backups", 1.into()),
                ("timezone", "UTC+08:00".into()),
            ]),
        ),
    ]
}

async fn lives(fixture: &Fixture, core: &mut Core, what: &str, values: &[(&str, RawValue)]) {
    let wanted = config(core, values);
    let (action, diags) = core.apply(&wanted).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Create, "{what}");
    plans_nothing(core, &wanted, what).await;

    let mut changed = values.to_vec();
    changed.push(("name", "renamed".into()));
    let wanted = config(core, &changed);
    let (action, diags) = core.apply(&wanted).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Update, "{what}");
    plans_nothing(core, &wanted, what).await;

    let mut imported = fixture.core("csbs_backup_policy");
    assert_no_errors(&imported.import(ImportTarget::Id(core.text("id"))).await);
    let config = generated(&imported);
    plans_nothing(&mut imported, &config, &format!("{what}, imported")).await;

    assert_no_errors(&core.destroy().await);
    assert!(core.stored.is_none(), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_made_kept_changed_imported_and_deleted() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        for (what, values) in configurations() {
            let mut core = fixture.core("csbs_backup_policy");
            lives(&fixture, &mut core, &format!("{shape:?}, {what}"), &values).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_imported_policy_is_never_replaced_and_plans_nothing_once_it_was_applied() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        for (what, values) in configurations() {
            let mut core = fixture.core("csbs_backup_policy");
            let wanted = config(&core, &values);
            assert_no_errors(&core.apply(&wanted).await.1);
            let mut imported = fixture.core("csbs_backup_policy");
            assert_no_errors(&imported.import(ImportTarget::Id(core.text("id"))).await);
            let what = format!("{shape:?}, {what}");
            let (action, diags) = imported.apply(&wanted).await;
            assert_no_errors(&diags);
            // An import cannot know what the service leaves out of its answers.
            let unknown = what == "Sparse, everything" || what.contains("calendar");
            let expected = if unknown { Action::Update } else { Action::Nothing };
            assert_eq!(action, expected, "{what}");
            plans_nothing(&mut imported, &wanted, &what).await;
            assert_no_errors(&core.destroy().await);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_run() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        let mut core = fixture.core("csbs_backup_policy");
        let config = config(&core, &[]);
        assert_no_errors(&core.apply(&config).await.1);
        let values = [("policy_id", core.get("id"))];
        let cancel = CancellationToken::new();
        let (messages, diags) = invoke(&fixture.provider, "csbs_run_backup_policy", &values, cancel).await;
        assert_no_errors(&diags);
        assert!(
            messages.iter().any(|message| message.contains("available")),
            "{messages:?}"
        );
        plans_nothing(&mut core, &config, "run").await;
    }
}
