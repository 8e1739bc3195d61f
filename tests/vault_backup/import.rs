//! Import of backups in vaults.

use csbs_simulator::{Effect, FIRST_VAULT_ID, NewBackup, Operation, Rule};
use terraform_plugin::{Diagnostics, ImportTarget, RawValue};
use test_support::{
    core::{Action, object},
    simulated_service::{SERVER, SimulatedService},
};

use crate::{backups, config, new_core, nightly, only_backup, server, with_servers};

#[tokio::test(start_paused = true)]
async fn import_by_id_and_by_identity_gives_the_same_state_and_an_empty_plan() {
    let service = SimulatedService::new();
    let mut made = new_core(&service);
    let config_made = config(
        &made,
        &[
            ("name", "nightly".into()),
            ("description", "text".into()),
            ("incremental", true.into()),
        ],
    );
    made.apply(&config_made).await;
    made.refresh().await;
    let identity = made.stored.clone().unwrap().identity.unwrap();
    for target in [
        ImportTarget::Id(made.text("id")),
        ImportTarget::Identity(identity.clone()),
    ] {
        let mut imported = new_core(&service);
        assert_eq!(imported.import(target).await, Diagnostics::default());
        let stored = imported.stored.clone().unwrap();
        assert_eq!(stored.identity, Some(identity.clone()));
        for (name, value) in made.stored.clone().unwrap().state.as_map().unwrap() {
            // The request is not known.
            if name != "incremental" {
                assert_eq!(stored.state.get(name), value, "{name}");
            }
        }
        assert_eq!(
            imported.plan(&config_made).await,
            (Action::Nothing, Diagnostics::default())
        );
        // What cannot be read is taken from the configuration, once.
        let more = config(
            &made,
            &[
                ("name", "nightly".into()),
                ("description", "text".into()),
                ("exclude_volumes", RawValue::List(vec!["disk".into()])),
                ("triggers", object(&[("release", "1".into())])),
            ],
        );
        assert_eq!(imported.apply(&more).await, (Action::Update, Diagnostics::default()));
        assert_eq!(imported.plan(&more).await.0, Action::Nothing);
    }
    assert_eq!(backups(&service).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_imported_backup_keeps_its_kind_whatever_is_configured() {
    let service = SimulatedService::new();
    let mut made = new_core(&service);
    made.apply(&nightly(&made)).await;
    for incremental in [true, false] {
        let mut core = new_core(&service);
        core.import(ImportTarget::Id(made.text("id"))).await;
        let config = config(
            &core,
            &[("name", "nightly".into()), ("incremental", incremental.into())],
        );
        let (action, diags) = core.apply(&config).await;
        assert!(
            action != Action::Replace && diags.errors.is_empty(),
            "{action:?} {diags:?}"
        );
        assert_eq!(core.plan(&config).await.0, Action::Nothing);
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_that_may_not_read_the_backup_says_so() {
    let service = SimulatedService::new();
    service.fault(Rule::on(Operation::CbrGetBackup, Effect::refuse(403, "APIG.0301")));
    let mut core = new_core(&service);
    let diags = core
        .import(ImportTarget::Id("6f2b3a52-0000-4000-8000-000000000000".to_owned()))
        .await;
    assert_eq!(diags.errors.len(), 1);
    assert!(diags.errors[0].detail.contains("APIG.0301"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn the_backup_of_a_disk_and_the_id_of_a_checkpoint_are_refused() {
    let service = SimulatedService::new();
    let mut made = new_core(&service);
    made.apply(&nightly(&made)).await;
    let backup = only_backup(&service);
    let mut core = new_core(&service);
    let diags = core.import(ImportTarget::Id(backup.children[0].0.clone())).await;
    assert_eq!(diags.errors.len(), 1);
    let detail = &diags.errors[0].detail;
    assert!(detail.contains("one disk") && detail.contains(&backup.id), "{detail}");
    let diags = core.import(ImportTarget::Id(backup.checkpoint_id)).await;
    assert_eq!(diags.errors.len(), 1);
    assert!(diags.errors[0].detail.contains("checkpoint"), "{diags:?}");
    assert!(core.stored.is_none());
}

#[tokio::test(start_paused = true)]
async fn import_of_nothing_and_of_nonsense_are_errors() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    for id in ["6f2b3a52-0000-4000-8000-000000000000", "", "../../v3", "a/b?c=d", "x y"] {
        let diags = core.import(ImportTarget::Id(id.to_owned())).await;
        assert_eq!(diags.errors.len(), 1, "{id:?}");
        assert!(core.stored.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_can_be_stopped() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.cancel.cancel();
    let diags = core.import(ImportTarget::Id(SERVER.to_owned())).await;
    assert_eq!(diags.errors.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn of_a_checkpoint_with_several_backups_only_the_imported_one_is_deleted() {
    let service = with_servers(3);
    let new = NewBackup {
        servers: (0..3).map(server).collect(),
        project_id: Some(test_support::simulated_service::PROJECT.to_owned()),
        ..NewBackup::default()
    };
    let made = service.simulator.cbr().make_backups(FIRST_VAULT_ID, &new).unwrap();
    let mut core = new_core(&service);
    assert_eq!(
        core.import(ImportTarget::Id(made[1].id.clone())).await,
        Diagnostics::default()
    );
    assert_eq!(core.destroy().await, Diagnostics::default());
    let left: Vec<_> = backups(&service).into_iter().map(|backup| backup.id).collect();
    assert_eq!(left, [made[0].id.clone(), made[2].id.clone()]);
}
