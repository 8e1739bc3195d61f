//! The whole life of a backup, without faults.

use csbs_simulator::{BackupChanges, FIRST_VAULT_ID, NewVault, VaultChanges};
use terraform_plugin::{Diagnostics, RawValue};
use test_support::{
    core::{Action, object},
    simulated_service::{SERVER, SimulatedService},
};

use crate::{backups, config, new_core, nightly, only_backup, posts};

const NOTHING: (Action, Diagnostics) = (
    Action::Nothing,
    Diagnostics {
        errors: Vec::new(),
        warnings: Vec::new(),
    },
);

#[tokio::test(start_paused = true)]
async fn create_makes_one_available_backup_and_the_second_plan_is_empty() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let config = config(
        &core,
        &[
            ("name", "nightly".into()),
            ("description", "before the release".into()),
            ("incremental", true.into()),
            ("triggers", object(&[("release", "1".into())])),
        ],
    );
    assert_eq!(core.apply(&config).await, (Action::Create, Diagnostics::default()));
    let backup = only_backup(&service);
    for (name, expected) in [
        ("id", backup.id.as_str()),
        ("checkpoint_id", &backup.checkpoint_id),
        ("vault_id", FIRST_VAULT_ID),
        ("current_vault_id", FIRST_VAULT_ID),
        ("vault_name", "vault-1"),
        ("status", "available"),
        ("supported_restore_mode", "backup"),
        ("name", "nightly"),
        ("description", "before the release"),
        ("region", "eu-de"),
    ] {
        assert_eq!(core.text(name), expected, "{name}");
    }
    assert_eq!((backup.name.as_str(), backup.auto_trigger), ("nightly", false));
    assert_eq!(backup.description.as_deref(), Some("before the release"));
    assert_eq!(
        core.get("is_incremental").as_bool(),
        Some(false),
        "the first backup is always full"
    );
    assert!(core.get("resource_size").as_i64().unwrap() > 0);
    for name in ["expired_at", "fail_code", "fail_reason"] {
        assert!(core.get(name).is_null(), "{name}");
    }
    assert_eq!(posts(&service), 1);
    assert_eq!(core.plan(&config).await, NOTHING);
}

#[tokio::test(start_paused = true)]
async fn a_backup_without_a_name_gets_a_unique_one() {
    let service = SimulatedService::new();
    let mut names = Vec::new();
    for _ in 0..2 {
        let mut core = new_core(&service);
        let config = config(&core, &[]);
        let (_, diags) = core.apply(&config).await;
        assert_eq!(
            diags,
            Diagnostics::default(),
            "no backup of another name is mistaken for an earlier one"
        );
        assert_eq!(core.plan(&config).await, NOTHING);
        names.push(core.text("name"));
    }
    assert_ne!(names[0], names[1]);
    let named: Vec<_> = backups(&service).into_iter().map(|backup| backup.name).collect();
    assert_eq!(named, names);
}

#[tokio::test(start_paused = true)]
async fn a_full_backup_is_really_requested() {
    let service = SimulatedService::new();
    for (incremental, made) in [(RawValue::Null, false), (RawValue::Null, true), (false.into(), false)] {
        let mut core = new_core(&service);
        let config = config(&core, &[("incremental", incremental.clone())]);
        core.apply(&config).await;
        assert_eq!(core.get("is_incremental").as_bool(), Some(made), "{incremental:?}");
        assert_eq!(core.plan(&config).await, NOTHING);
    }
}

#[tokio::test(start_paused = true)]
async fn excluded_disks_are_not_in_the_backup() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let whole = config(&core, &[]);
    core.apply(&whole).await;
    let disks: Vec<_> = only_backup(&service)
        .children
        .into_iter()
        .map(|(_, disk)| disk)
        .collect();
    let excluded = RawValue::List(vec![disks[0].as_str().into()]);
    let partial = config(&core, &[("exclude_volumes", excluded)]);
    let (action, diags) = core.apply(&partial).await;
    assert_eq!((action, diags.errors.len()), (Action::Replace, 0), "{diags:?}");
    let left: Vec<_> = only_backup(&service)
        .children
        .into_iter()
        .map(|(_, disk)| disk)
        .collect();
    assert_eq!(left, disks[1..]);
    assert_eq!(core.plan(&partial).await, NOTHING);
}

#[tokio::test(start_paused = true)]
async fn an_empty_set_of_excluded_disks_is_no_difference() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let empty = config(
        &core,
        &[
            ("exclude_volumes", RawValue::List(Vec::new())),
            ("description", "".into()),
        ],
    );
    core.apply(&empty).await;
    assert_eq!(core.plan(&empty).await, NOTHING);
}

#[tokio::test(start_paused = true)]
async fn a_new_trigger_takes_a_new_backup() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let release = |number: &str, core: &_| {
        let triggers = object(&[("release", number.into())]);
        config(core, &[("name", "release".into()), ("triggers", triggers)])
    };
    core.apply(&release("1", &core)).await;
    let id = core.text("id");
    let (action, diags) = core.apply(&release("2", &core)).await;
    assert_eq!((action, diags.errors.len()), (Action::Replace, 0));
    let summaries: Vec<_> = diags.warnings.iter().map(|warning| &*warning.summary).collect();
    assert_eq!(summaries, ["The backup will be replaced"]);
    assert_ne!(core.text("id"), id);
    assert_eq!(only_backup(&service).id, core.text("id"));
}

#[tokio::test(start_paused = true)]
async fn skip_destroy_changes_without_a_call_and_leaves_the_backup() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&nightly(&core)).await;
    let before = service.writes();
    let kept = config(&core, &[("name", "nightly".into()), ("skip_destroy", true.into())]);
    assert_eq!(core.apply(&kept).await, (Action::Update, Diagnostics::default()));
    let diags = core.destroy().await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert!(diags.warnings[0].detail.contains(&only_backup(&service).id));
    assert_eq!(service.writes(), before);
    assert!(core.stored.is_none());
}

#[tokio::test(start_paused = true)]
async fn destroy_leaves_nothing_and_may_be_repeated() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&nightly(&core)).await;
    let mut again = core.clone();
    assert_eq!(core.destroy().await, Diagnostics::default());
    assert!(backups(&service).is_empty());
    assert_eq!(service.count("DELETE", "/backups/"), 1, "the deletion is sent once");
    assert_eq!(again.destroy().await, Diagnostics::default(), "a 404 is success");
}

#[tokio::test(start_paused = true)]
async fn a_backup_deleted_by_someone_else_is_planned_again() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let config = nightly(&core);
    core.apply(&config).await;
    assert!(service.simulator.cbr().remove_backup(&core.text("id")));
    assert_eq!(core.plan(&config).await.0, Action::Create);
    assert_eq!(core.apply(&config).await.0, Action::Create);
    assert_eq!(core.plan(&config).await, NOTHING);
}

#[tokio::test(start_paused = true)]
async fn taking_the_server_out_of_the_vault_removes_the_backup() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let config = nightly(&core);
    core.apply(&config).await;
    let changes = VaultChanges {
        remove_servers: vec![SERVER.to_owned()],
        ..VaultChanges::default()
    };
    assert!(service.simulator.cbr().change_vault(FIRST_VAULT_ID, &changes));
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    assert_eq!(core.plan(&config).await.0, Action::Create);
}

#[tokio::test(start_paused = true)]
async fn a_backup_in_another_vault_stays_and_takes_the_id_of_its_vault() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let before = nightly(&core);
    core.apply(&before).await;
    let id = core.text("id");
    let cbr = service.simulator.cbr();
    let other = cbr.make_vault(NewVault::default()).id;
    let changes = BackupChanges {
        vault_id: Some(other.clone()),
        ..BackupChanges::default()
    };
    assert!(cbr.change_backup(&id, changes));
    let (action, diags) = core.plan(&before).await;
    assert_eq!(action, Action::Nothing);
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert_eq!(diags.warnings[0].attribute.to_string(), "vault_id");
    assert!(diags.warnings[0].detail.contains(&other), "{diags:?}");
    assert_eq!(
        (core.text("vault_id").as_str(), core.text("current_vault_id")),
        (FIRST_VAULT_ID, other.clone())
    );
    let after = core.config(&[
        ("vault_id", other.as_str().into()),
        ("resource_id", SERVER.into()),
        ("name", "nightly".into()),
    ]);
    assert_eq!(core.apply(&after).await, (Action::Update, Diagnostics::default()));
    assert_eq!(core.plan(&after).await, NOTHING);
    assert_eq!((core.text("id"), core.text("vault_id")), (id, other));
}

#[tokio::test(start_paused = true)]
async fn another_vault_in_the_configuration_replaces_a_backup_that_was_not_moved() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&nightly(&core)).await;
    let other = core.config(&[
        ("vault_id", "0cb60000-0000-4000-8000-000000000002".into()),
        ("resource_id", SERVER.into()),
        ("name", "nightly".into()),
    ]);
    assert_eq!(core.plan(&other).await.0, Action::Replace);
}

#[tokio::test(start_paused = true)]
async fn a_name_changed_in_the_console_is_a_warning() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let config = nightly(&core);
    core.apply(&config).await;
    let changes = BackupChanges {
        name: Some("renamed".to_owned()),
        ..BackupChanges::default()
    };
    assert!(service.simulator.cbr().change_backup(&core.text("id"), changes));
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Nothing, 1), "{diags:?}");
    assert_eq!(diags.warnings[0].attribute.to_string(), "name");
    assert_eq!(core.text("name"), "renamed");
}

#[tokio::test(start_paused = true)]
async fn another_kind_of_backup_is_a_new_one_if_it_was_made_here() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&config(&core, &[("incremental", true.into())])).await;
    core.reconnect(&crate::new_process(&service));
    let full = config(&core, &[("incremental", false.into())]);
    assert_eq!(core.plan(&full).await.0, Action::Replace);
}

#[tokio::test(start_paused = true)]
async fn a_create_stores_what_was_configured_and_that_it_made_the_backup() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let config = config(&core, &[("name", "nightly".into()), ("description", "text".into())]);
    core.apply(&config).await;
    let stored: serde_json::Value = serde_json::from_slice(&core.stored.unwrap().private).unwrap();
    assert_eq!(
        stored,
        serde_json::json!({ "made": true, "configured": { "backup_name": "nightly", "description": "text" } })
    );
}
