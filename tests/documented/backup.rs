//! A backup against documented answers.

use futures_util::future::join_all;
use terraform_plugin::{ImportTarget, RawValue};
use tokio_util::sync::CancellationToken;

use crate::{
    answers::SHAPES,
    core::{Action, Core, invoke, object},
    fixture::{Fixture, assert_no_errors, generated, plans_nothing},
};

pub const SERVER: &str = "9506416d-db6c-406e-8bca-c0f43793d914";

#[tokio::test(start_paused = true)]
async fn a_backup_is_made_kept_changed_and_deleted() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        let mut core = fixture.core("csbs_backup");
        for (what, values) in [
            ("nothing configured", vec![]),
            (
                "everything configured",
                vec![
                    ("backup_name", RawValue::from("nightly")),
                    ("description", "before the release".into()),
                    ("incremental", false.into()),
                    ("tags", object(&[("team", "a".into()), ("stage", "test".into())])),
                ],
            ),
        ] {
            let what = format!("{shape:?}, {what}");
            let mut values = values;
            values.push(("resource_id", SERVER.into()));
            let config = core.config(&values);
            let (action, diags) = core.apply(&config).await;
            assert_no_errors(&diags);
            assert_eq!(action, Action::Create, "{what}");
            assert_eq!(core.text("status"), "available", "{what}");
            plans_nothing(&mut core, &config, &what).await;
            let mut values = values.clone();
            values.retain(|(name, _)| *name != "tags");
            values.push(("tags", object(&[("team", "b".into())])));
            let config = core.config(&values);
            let (action, diags) = core.apply(&config).await;
            assert_no_errors(&diags);
            assert_eq!(action, Action::Update, "{what}");
            plans_nothing(&mut core, &config, &what).await;
            assert_no_errors(&core.destroy().await);
            assert!(core.stored.is_none(), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_imported_backup_plans_nothing() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        let mut made = fixture.core("csbs_backup");
        let config = made.config(&[
            ("resource_id", SERVER.into()),
            ("backup_name", "nightly".into()),
            ("description", "before the release".into()),
            ("tags", object(&[("team", "a".into())])),
        ]);
        assert_no_errors(&made.apply(&config).await.1);
        for id in [made.text("id"), made.text("checkpoint_id")] {
            let mut core = fixture.core("csbs_backup");
            assert_no_errors(&core.import(ImportTarget::Id(id)).await);
            let what = format!("{shape:?}, imported");
            plans_nothing(&mut core, &config, &what).await;
            let config = generated(&core);
            plans_nothing(&mut core, &config, &what).await;
        }
        let listed = fixture.list("csbs_backup").await;
        assert_eq!(listed.len(), 1);
        let mut core = fixture.core("csbs_backup");
        assert_no_errors(&core.import(ImportTarget::Identity(listed[0].identity.clone())).await);
        plans_nothing(&mut core, &config, "imported by the identity of the list").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_restored() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        let mut core = fixture.core("csbs_backup");
        let config = core.config(&[("resource_id", SERVER.into())]);
        assert_no_errors(&core.apply(&config).await.1);
        let values = [("backup_id", core.get("id"))];
        let cancel = CancellationToken::new();
        let (messages, diags) = invoke(&fixture.provider, "csbs_restore_backup", &values, cancel).await;
        assert_no_errors(&diags);
        assert!(messages.last().unwrap().contains("is restored"), "{messages:?}");
        plans_nothing(&mut core, &config, "restored").await;
    }
}

/// Looks at many backups are answered from pages of the list, which has less in it than the answer for one backup.
#[tokio::test(start_paused = true)]
async fn many_backups_at_once_plan_nothing_and_are_imported_whole() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        let configured = |core: &Core, number: usize| {
            core.config(&[
                ("resource_id", format!("server-{number}").into()),
                ("backup_name", "nightly".into()),
                ("description", "before the release".into()),
                ("tags", object(&[("team", "a".into())])),
            ])
        };
        let mut cores: Vec<_> = (0..8).map(|_| fixture.core("csbs_backup")).collect();
        let applies = cores.iter_mut().enumerate().map(async |(number, core)| {
            let config = configured(core, number);
            assert_no_errors(&core.apply(&config).await.1);
        });
        join_all(applies).await;
        // What was read while they were made is too old for a refresh then.
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        let before = pages(&fixture);
        for core in &mut cores {
            assert!(!core.text("created_at").is_empty(), "{shape:?}");
            core.reconnect(&fixture.provider);
        }
        join_all(cores.iter_mut().enumerate().map(async |(number, core)| {
            let config = configured(core, number);
            plans_nothing(core, &config, &format!("{shape:?}, one of many")).await;
            assert!(!core.text("created_at").is_empty(), "{shape:?}");
        }))
        .await;
        let imports = cores.iter().enumerate().map(async |(number, made)| {
            let mut core = fixture.core("csbs_backup");
            assert_no_errors(&core.import(ImportTarget::Id(made.text("id"))).await);
            let config = configured(&core, number);
            plans_nothing(&mut core, &config, &format!("{shape:?}, one of many imports")).await;
        });
        join_all(imports).await;
        assert!(pages(&fixture) > before, "{shape:?}: the list was not used");
    }
}

fn pages(fixture: &Fixture) -> usize {
    let requests = fixture.service.requests();
    requests
        .iter()
        .filter(|(line, _)| line == "GET /checkpoint_items")
        .count()
}
