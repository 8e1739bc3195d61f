//! Failures: of the service, refusals, interrupts, and changes outside of Terraform.

use std::time::Duration;

use csbs_simulator::{
    AllServersSkipped, BackupChanges, BackupStatus, BusyServer, Effect, FIRST_VAULT_ID, NewBackup, NewVault, Operation,
    Rule, Server, VaultChanges, VaultStatus,
};
use terraform_plugin::{Diagnostic, Diagnostics, ImportTarget, RawValue};
use test_support::{
    core::{Action, Core, object},
    simulated_service::{PROJECT, SERVER, SimulatedService},
};
use tokio::time::Instant;

use crate::{backups, config, fail_next_backup, new_core, next_create, nightly, only_backup, posts};

fn with_timeout(core: &Core, operation: &str, limit: &str) -> RawValue {
    let limits = ["create", "update", "delete"].map(|name| {
        let limit = if name == operation {
            limit.into()
        } else {
            RawValue::Null
        };
        (name, limit)
    });
    config(core, &[("name", "nightly".into()), ("timeouts", object(&limits))])
}

/// Requests a stop after some time; returns the moment of the request.
fn stop_after(core: &Core, time: Duration) -> tokio::task::JoinHandle<Instant> {
    let cancel = core.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        cancel.cancel();
        Instant::now()
    })
}

fn change_vault(service: &SimulatedService, changes: &VaultChanges) {
    assert!(service.simulator.cbr().change_vault(FIRST_VAULT_ID, changes));
}

/// The only error of an apply that creates nothing.
async fn refused(service: &SimulatedService, config: impl Fn(&Core) -> RawValue) -> Diagnostic {
    let mut core = new_core(service);
    let (_, diags) = core.apply(&config(&core)).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert!(core.stored.is_none());
    assert!(backups(service).is_empty());
    diags.errors[0].clone()
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_in_the_vault_is_an_error_before_anything_is_made() {
    let service = SimulatedService::new();
    let other = "5e7e7000-0000-4000-8000-00000000000f";
    service.simulator.add_server(Server::new(other));
    let writes = service.writes();
    let error = refused(&service, |core| {
        core.config(&[("vault_id", FIRST_VAULT_ID.into()), ("resource_id", other.into())])
    })
    .await;
    assert_eq!(error.attribute.to_string(), "vault_id");
    for part in [other, FIRST_VAULT_ID, "Associate", "deletes all its backups"] {
        assert!(error.detail.contains(part), "{part}: {}", error.detail);
    }
    assert_eq!(
        service.writes(),
        writes,
        "neither a backup nor an association is requested"
    );
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_does_not_exist_is_an_error_on_it() {
    let service = SimulatedService::new();
    let error = refused(&service, |core| {
        core.config(&[
            ("vault_id", "0cb60000-0000-4000-8000-00000000000f".into()),
            ("resource_id", SERVER.into()),
        ])
    })
    .await;
    assert_eq!(error.attribute.to_string(), "vault_id");
    assert!(error.detail.contains("no vault with the ID"), "{}", error.detail);
    assert_eq!(posts(&service), 0);
}

#[tokio::test(start_paused = true)]
async fn vaults_that_cannot_take_a_backup_each_have_their_advice() {
    for (changes, words) in [
        (
            VaultChanges {
                status: Some(VaultStatus::Frozen),
                ..VaultChanges::default()
            },
            "frozen",
        ),
        (
            VaultChanges {
                status: Some(VaultStatus::Error),
                ..VaultChanges::default()
            },
            "error",
        ),
    ] {
        let service = SimulatedService::new();
        change_vault(&service, &changes);
        let error = refused(&service, nightly).await;
        assert_eq!(error.attribute.to_string(), "vault_id", "{words}");
        assert!(error.detail.contains(words), "{}", error.detail);
    }
    let service = SimulatedService::new();
    let replicas = NewVault {
        protect_type: "replication".to_owned(),
        servers: vec![SERVER.to_owned()],
        ..NewVault::default()
    };
    let vault = service.simulator.cbr().make_vault(replicas).id;
    let error = refused(&service, |core| {
        core.config(&[("vault_id", vault.as_str().into()), ("resource_id", SERVER.into())])
    })
    .await;
    assert_eq!(error.attribute.to_string(), "vault_id");
    assert!(error.detail.contains("replication"), "{}", error.detail);
}

#[tokio::test(start_paused = true)]
async fn a_full_vault_says_how_to_make_room() {
    let service = SimulatedService::new();
    let mut first = new_core(&service);
    first.apply(&nightly(&first)).await;
    change_vault(
        &service,
        &VaultChanges {
            size: Some(1),
            ..VaultChanges::default()
        },
    );
    let mut core = new_core(&service);
    let config = config(&core, &[("name", "second".into())]);
    let (_, diags) = core.apply(&config).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "vault_id");
    for part in ["capacity", "delete backups"] {
        assert!(diags.errors[0].detail.contains(part), "{}", diags.errors[0].detail);
    }
    assert_eq!(backups(&service).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_refusal_has_its_code_and_advice() {
    for (status, code, attribute, words) in [
        (400, "BackupService.6114", "vault_id", "capacity"),
        (400, "BackupService.6113", "vault_id", "frozen"),
        (400, "BackupService.6135", "vault_id", "Associate"),
        (404, "BackupService.6302", "resource_id", "no server"),
        (400, "BackupService.7101", "resource_id", "status"),
        (400, "BackupService.8300", "", "quota"),
        (403, "BackupService.8600", "", "not verified"),
        (400, "BackupService.9900", "", "9900"),
    ] {
        let service = SimulatedService::new();
        next_create(&service, Effect::refuse(status, code));
        let error = refused(&service, nightly).await;
        assert_eq!(error.attribute.to_string(), attribute, "{code}");
        for part in [code, words, &format!("HTTP status {status}")] {
            assert!(error.detail.contains(part), "{part}: {}", error.detail);
        }
        assert_eq!(posts(&service), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_request_that_skips_the_server_is_a_failure_with_the_reason() {
    let service = SimulatedService::new();
    let body = serde_json::json!({"checkpoint": {
        "id": "9f0e6d7c-1111-4a2b-8c3d-2b1a09f8e7d6", "status": "protecting",
        "vault": {"id": FIRST_VAULT_ID, "name": "vault-1", "resources": [], "skipped_resources": [
            {"id": SERVER, "type": "OS::Nova::Server", "name": "app", "code": "BackupService.7108", "reason": "no disk at all"}
        ]}
    }});
    next_create(
        &service,
        Effect::Answer {
            status: 200,
            headers: Vec::new(),
            body: body.to_string(),
        },
    );
    let error = refused(&service, nightly).await;
    assert_eq!(error.attribute.to_string(), "resource_id");
    for part in ["BackupService.7108", "no disk at all", SERVER] {
        assert!(error.detail.contains(part), "{part}: {}", error.detail);
    }
    assert_eq!(posts(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_waited_for_in_all_its_forms() {
    for (busy, all_skipped) in [
        BusyServer::TaskRunning,
        BusyServer::InternalError,
        BusyServer::VaultBusy,
        BusyServer::Skipped,
    ]
    .map(|busy| (busy, AllServersSkipped::EmptyRun))
    .into_iter()
    .chain([(BusyServer::Skipped, AllServersSkipped::NothingToBackUp)])
    {
        let service = SimulatedService::new();
        service.simulator.cbr().configure(|config| {
            config.busy_server = busy;
            config.all_servers_skipped = all_skipped;
        });
        let other = new_core(&service);
        let mut first = other.clone();
        let running = config(&first, &[("name", "first".into())]);
        let stop = stop_after(&first, Duration::from_secs(20));
        first.apply(&running).await;
        stop.await.unwrap();
        let mut second = new_core(&service);
        let (_, diags) = second.apply(&nightly(&second)).await;
        assert_eq!(diags, Diagnostics::default(), "{busy:?}");
        assert_eq!(second.text("status"), "available", "{busy:?}");
        assert_eq!(backups(&service).len(), 2, "{busy:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_busy_is_an_error_that_names_the_running_backup() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(3600));
    let mut first = new_core(&service);
    first.apply(&with_timeout(&first, "create", "1m")).await;
    let running = only_backup(&service).id;
    let mut core = new_core(&service);
    let (_, diags) = core.apply(&with_timeout(&core, "create", "5m")).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "resource_id");
    assert!(diags.errors[0].detail.contains(&running), "{}", diags.errors[0].detail);
    assert!(core.stored.is_none());
    assert_eq!(backups(&service).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_fails_is_tainted_with_the_reason_of_its_task_then_replaced() {
    let service = SimulatedService::new();
    fail_next_backup(&service);
    let mut core = new_core(&service);
    let config = nightly(&core);
    let (_, diags) = core.apply(&config).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    for part in ["BackupService.6215", "the disk is gone", &core.text("id")] {
        assert!(
            diags.errors[0].detail.contains(part),
            "{part}: {}",
            diags.errors[0].detail
        );
    }
    assert!(core.stored.as_ref().unwrap().tainted);
    assert_eq!(core.text("status"), "error");
    assert_eq!(core.text("fail_code"), "BackupService.6215");
    assert_eq!(core.text("fail_reason"), "the disk is gone");
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Replace, 0), "{diags:?}");
    assert_eq!(core.text("status"), "available");
    assert!(core.get("fail_code").is_null());
    assert_eq!(only_backup(&service).id, core.text("id"));
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_fails_is_an_error_where_tasks_may_not_be_read() {
    let service = SimulatedService::new();
    service
        .simulator
        .cbr()
        .configure(|config| config.tasks_forbidden = true);
    fail_next_backup(&service);
    let mut core = new_core(&service);
    let (_, diags) = core.apply(&nightly(&core)).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert_eq!(diags.errors[0].summary, "The backup failed");
    assert!(core.stored.as_ref().unwrap().tainted);
    assert_eq!(core.text("status"), "error");
}

#[tokio::test(start_paused = true)]
async fn a_failed_backup_that_is_untainted_is_replaced_with_a_warning() {
    let service = SimulatedService::new();
    fail_next_backup(&service);
    let mut core = new_core(&service);
    let config = nightly(&core);
    core.apply(&config).await;
    core.stored.as_mut().unwrap().tainted = false;
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Replace, 1), "{diags:?}");
    assert!(diags.warnings[0].detail.contains("the disk is gone"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn an_available_backup_that_turns_to_error_for_no_known_reason_is_kept_with_a_warning() {
    let service = SimulatedService::new();
    let cbr = service.simulator.cbr();
    let mut core = new_core(&service);
    let config = nightly(&core);
    core.apply(&config).await;
    core.refresh().await;
    cbr.configure(|config| config.tasks_forbidden = true);
    let changes = BackupChanges {
        status: Some(BackupStatus::Error),
        ..BackupChanges::default()
    };
    assert!(cbr.change_backup(&core.text("id"), changes));
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Nothing, 1), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn create_keeps_the_backup_when_the_wait_times_out() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(3600));
    let mut core = new_core(&service);
    let begin = Instant::now();
    let (_, diags) = core.apply(&with_timeout(&core, "create", "10m")).await;
    assert_eq!(begin.elapsed().as_secs() / 60, 10);
    assert_eq!(diags.errors.len(), 1);
    assert_eq!(diags.errors[0].attribute.to_string(), "timeouts.create");
    assert!(core.stored.as_ref().unwrap().tainted);
    let backup = only_backup(&service);
    assert_eq!(
        (core.text("id"), core.text("checkpoint_id")),
        (backup.id, backup.checkpoint_id)
    );
}

#[tokio::test(start_paused = true)]
async fn a_backup_with_an_image_is_not_deleted_and_says_so() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&nightly(&core)).await;
    let changes = BackupChanges {
        images: Some(vec!["image".to_owned()]),
        ..BackupChanges::default()
    };
    assert!(service.simulator.cbr().change_backup(&core.text("id"), changes));
    let diags = core.destroy().await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    for part in ["BackupService.6204", "Delete the image first", "made from it: image."] {
        assert!(diags.errors[0].detail.contains(part), "{}", diags.errors[0].detail);
    }
    assert!(core.stored.is_some());
    core.reconnect(&crate::new_process(&service));
    core.refresh().await;
    assert_eq!(core.get("image_ids"), RawValue::List(vec!["image".into()]));
}

#[tokio::test(start_paused = true)]
async fn an_automatic_backup_in_a_locked_vault_is_not_deleted_and_says_so() {
    let service = SimulatedService::new();
    let cbr = service.simulator.cbr();
    let new = NewBackup {
        servers: vec![SERVER.to_owned()],
        project_id: Some(PROJECT.to_owned()),
        auto_trigger: true,
        ..NewBackup::default()
    };
    let backup = cbr.make_backups(FIRST_VAULT_ID, &new).unwrap().remove(0);
    change_vault(
        &service,
        &VaultChanges {
            locked: Some(true),
            ..VaultChanges::default()
        },
    );
    let mut core = new_core(&service);
    core.import(ImportTarget::Id(backup.id)).await;
    let diags = core.destroy().await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    for part in ["BackupService.6220", "locked", FIRST_VAULT_ID, "terraform state rm"] {
        assert!(diags.errors[0].detail.contains(part), "{}", diags.errors[0].detail);
    }
    assert!(core.stored.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_running_backup_is_deleted_when_it_is_finished() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(600));
    let mut core = new_core(&service);
    core.apply(&with_timeout(&core, "create", "1m")).await;
    assert_eq!(core.destroy().await, Diagnostics::default());
    assert!(backups(&service).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_takes_too_long_keeps_the_state() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&with_timeout(&core, "delete", "2m")).await;
    service.set_deletion_time(Duration::from_secs(3600));
    let diags = core.destroy().await;
    assert_eq!(diags.errors.len(), 1);
    assert_eq!(diags.errors[0].attribute.to_string(), "timeouts.delete");
    assert!(core.stored.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_delete_keeps_the_state_and_is_finished_later() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&nightly(&core)).await;
    service.set_deletion_time(Duration::from_secs(600));
    let stop = stop_after(&core, Duration::from_secs(30));
    let diags = core.destroy().await;
    assert!(stop.await.unwrap().elapsed() < Duration::from_secs(2));
    assert_eq!(diags.errors.len(), 1);
    assert!(core.stored.is_some());
    core.cancel = Default::default();
    assert_eq!(core.destroy().await, Diagnostics::default());
    assert!(backups(&service).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_keeps_the_state() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    core.apply(&nightly(&core)).await;
    service.simulator.cbr().fail_next_delete(None, "6201", "not now");
    let diags = core.destroy().await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert!(core.stored.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_leaves_the_state() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let config = nightly(&core);
    core.apply(&config).await;
    for operation in [Operation::CbrGetBackup, Operation::CbrListBackups] {
        service.fault(Rule::on(operation, Effect::refuse(403, "APIG.0301")));
    }
    core.reconnect(&crate::new_process(&service));
    let (_, diags) = core.plan(&config).await;
    assert_eq!(diags.errors.len(), 1);
    assert!(core.stored.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_404_that_is_not_the_services_never_removes_the_backup_from_the_state() {
    let service = SimulatedService::new();
    let mut core = new_core(&service);
    let config = nightly(&core);
    core.apply(&config).await;
    for operation in [Operation::CbrGetBackup, Operation::CbrListBackups] {
        service.fault(Rule::on(operation, Effect::refuse(404, "APIG.0101")));
    }
    core.reconnect(&crate::new_process(&service));
    let (_, diags) = core.plan(&config).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert!(core.stored.is_some());
}
