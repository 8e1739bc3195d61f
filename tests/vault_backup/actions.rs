//! The actions that create and restore backups in vaults.

use std::time::Duration;

use csbs_simulator::{BackupChanges, BackupStatus, Effect, FIRST_VAULT_ID, Operation, Rule, Server};
use serde_json::Value;
use terraform_plugin::{Diagnostics, RawValue};
use test_support::{
    core::{invoke, object, plan_action},
    simulated_service::{SERVER, SimulatedService},
};
use tokio_util::sync::CancellationToken;

use crate::{backups, fail_next_backup, new_core, new_process, next_create, nightly, only_backup, posts};

const CREATE: &str = "csbs_create_vault_backup";
const RESTORE: &str = "csbs_restore_vault_backup";

async fn run(service: &SimulatedService, action: &str, values: &[(&str, RawValue)]) -> (Vec<String>, Diagnostics) {
    invoke(&new_process(service), action, values, CancellationToken::new()).await
}

fn stop_after(time: Duration) -> CancellationToken {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        stop.cancel();
    });
    cancel
}

/// The only error: its attribute and its text.
fn error(diags: &Diagnostics) -> (String, String) {
    let [error] = diags.errors.as_slice() else {
        panic!("{diags:?}");
    };
    (
        error.attribute.to_string(),
        format!("{}: {}", error.summary, error.detail),
    )
}

fn bodies(service: &SimulatedService, operation: Operation) -> Vec<Value> {
    let requests = service.simulator.requests().into_iter();
    let requests = requests.filter(|request| request.operation == operation);
    requests.filter_map(|request| request.body).collect()
}

fn create_values() -> Vec<(&'static str, RawValue)> {
    vec![("vault_id", FIRST_VAULT_ID.into()), ("resource_id", SERVER.into())]
}

/// An available backup; its ID.
async fn made(service: &SimulatedService) -> String {
    let mut core = new_core(service);
    core.apply(&nightly(&core)).await;
    core.text("id")
}

#[tokio::test(start_paused = true)]
async fn every_argument_is_sent_and_the_last_event_has_the_id() {
    let service = SimulatedService::new();
    let mut values = create_values();
    values.extend([
        ("name", "before-update".into()),
        ("description", "Before the update".into()),
        ("incremental", false.into()),
    ]);
    let (messages, diags) = run(&service, CREATE, &values).await;
    assert_eq!(diags, Diagnostics::default());
    let backup = only_backup(&service);
    let last = messages.last().unwrap();
    assert!(
        last.contains(&backup.id) && last.ends_with("is available."),
        "{messages:?}"
    );
    assert!(messages.iter().any(|message| message.contains(" %.")), "{messages:?}");
    let sent = bodies(&service, Operation::CbrCreateCheckpoint);
    assert_eq!(
        sent,
        [
            serde_json::json!({"checkpoint": {"vault_id": FIRST_VAULT_ID, "parameters": {
                "name": "before-update", "description": "Before the update", "incremental": false, "auto_trigger": false,
                "resources": [SERVER],
            }}})
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_backup_by_an_action_that_is_interrupted_or_fails_is_named() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(3600));
    let cancel = stop_after(Duration::from_secs(60));
    let (_, diags) = invoke(&new_process(&service), CREATE, &create_values(), cancel).await;
    let (_, text) = error(&diags);
    assert!(
        text.contains(&only_backup(&service).id) && text.contains("csbs_vault_backup"),
        "{text}"
    );

    let service = SimulatedService::new();
    fail_next_backup(&service);
    let (_, diags) = run(&service, CREATE, &create_values()).await;
    let (_, text) = error(&diags);
    for part in [
        "the disk is gone",
        &only_backup(&service).id,
        "No state has the failed backup",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_event_names_an_earlier_backup_of_the_same_name() {
    let service = SimulatedService::new();
    let mut values = create_values();
    values.push(("name", "before-update".into()));
    let (messages, diags) = run(&service, CREATE, &values).await;
    assert_eq!(diags, Diagnostics::default());
    let earlier = only_backup(&service).id;
    assert!(!messages.last().unwrap().contains("already had"), "{messages:?}");
    let (messages, diags) = run(&service, CREATE, &values).await;
    assert_eq!(diags, Diagnostics::default());
    let last = messages.last().unwrap();
    assert!(
        last.contains("already had a backup") && last.contains(&earlier),
        "{messages:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_action_that_fails_after_a_second_request_names_both() {
    let service = SimulatedService::new();
    next_create(&service, Effect::DropBefore);
    fail_next_backup(&service);
    let (_, diags) = run(&service, CREATE, &create_values()).await;
    let (_, text) = error(&diags);
    assert!(text.contains(&only_backup(&service).id), "{text}");
    assert_eq!(diags.warnings.len(), 1, "{diags:?}");
    assert!(diags.warnings[0].detail.contains("sent once more"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn an_action_for_a_server_outside_the_vault_creates_nothing() {
    let service = SimulatedService::new();
    let other = crate::server(1);
    service.simulator.add_server(Server::new(other.clone()));
    let values = [("vault_id", FIRST_VAULT_ID.into()), ("resource_id", other.into())];
    let (_, diags) = run(&service, CREATE, &values).await;
    assert_eq!(error(&diags).0, "vault_id");
    assert_eq!(posts(&service), 0);
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_restored_to_its_server_with_progress() {
    for (configured, sent) in [(RawValue::Null, true), (false.into(), false)] {
        let service = SimulatedService::new();
        let id = made(&service).await;
        let children = only_backup(&service).children;
        let values = [("backup_id", id.as_str().into()), ("power_on", configured)];
        let (messages, diags) = run(&service, RESTORE, &values).await;
        assert_eq!(diags, Diagnostics::default());
        let text = messages.join("\n");
        for part in [SERVER, "has begun", "restoring", " %.", "is restored"] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        let bodies = bodies(&service, Operation::CbrRestoreBackup);
        assert_eq!(bodies.len(), 1, "sent once");
        let restore = &bodies[0]["restore"];
        assert_eq!(
            (&restore["server_id"], &restore["power_on"]),
            (&SERVER.into(), &sent.into())
        );
        let mappings = restore["mappings"].as_array().unwrap();
        assert_eq!(mappings.len(), children.len());
        for (child, disk) in children {
            let mapping = serde_json::json!({"backup_id": child, "volume_id": disk});
            assert!(mappings.contains(&mapping), "{mapping} is missing in {mappings:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_without_permission_to_read_tasks_is_followed_by_the_status() {
    let service = SimulatedService::new();
    let id = made(&service).await;
    service
        .simulator
        .cbr()
        .configure(|config| config.tasks_forbidden = true);
    let (messages, diags) = run(&service, RESTORE, &[("backup_id", id.into())]).await;
    assert_eq!(diags, Diagnostics::default());
    let last = messages.last().unwrap();
    assert!(
        last.contains("has not confirmed") && last.contains("cbr:tasks:list"),
        "{messages:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_restore_has_the_reason_of_its_task() {
    for only_the_task_fails in [false, true] {
        let service = SimulatedService::new();
        let id = made(&service).await;
        let cbr = service.simulator.cbr();
        if only_the_task_fails {
            cbr.configure(|config| config.failed_restore = csbs_simulator::FailedRestore::Available);
        }
        cbr.fail_next_restore(None, "2013", "not onto a system disk");
        let (_, diags) = run(&service, RESTORE, &[("backup_id", id.into())]).await;
        let (_, text) = error(&diags);
        for part in [
            "BackupService.2013",
            "not onto a system disk",
            "Some disks may be overwritten",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_cannot_be_right_sends_nothing() {
    let service = SimulatedService::new();
    let id = made(&service).await;
    let child = only_backup(&service).children[0].0.clone();
    let other = crate::server(1);
    service.simulator.add_server(Server::new(other.clone()));
    let unknown = "6f2b3a52-0000-4000-8000-000000000000";
    for (values, attribute, words) in [
        (
            vec![("backup_id", RawValue::from(unknown))],
            "backup_id",
            "no backup with the ID",
        ),
        (vec![("backup_id", child.as_str().into())], "backup_id", "one disk"),
        (
            vec![("backup_id", id.as_str().into()), ("server_id", other.as_str().into())],
            "volumes",
            "another server",
        ),
        (
            vec![
                ("backup_id", id.as_str().into()),
                ("volumes", object(&[(child.as_str(), "disk".into())])),
            ],
            "volumes",
            "these have none",
        ),
    ] {
        let (_, diags) = run(&service, RESTORE, &values).await;
        let (at, text) = error(&diags);
        assert_eq!(at, attribute, "{text}");
        assert!(text.contains(words), "{text}");
        let provider = csbs::CsbsProvider::with_session_and_plan_checks(service.session());
        let diags = plan_action(&provider, RESTORE, &values).await;
        assert_eq!(error(&diags).0, attribute, "the plan says it as well");
    }
    assert_eq!(service.simulator.count(Operation::CbrRestoreBackup), 0);
}

#[tokio::test(start_paused = true)]
async fn only_an_available_backup_is_restored() {
    let service = SimulatedService::new();
    let id = made(&service).await;
    let changes = BackupChanges {
        status: Some(BackupStatus::Error),
        ..BackupChanges::default()
    };
    assert!(service.simulator.cbr().change_backup(&id, changes));
    let (_, diags) = run(&service, RESTORE, &[("backup_id", id.into())]).await;
    assert_eq!(error(&diags).0, "backup_id");
    assert_eq!(service.simulator.count(Operation::CbrRestoreBackup), 0);
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_restore_names_what_it_overwrites() {
    let service = SimulatedService::new();
    let id = made(&service).await;
    let provider = csbs::CsbsProvider::with_session_and_plan_checks(service.session());
    let diags = plan_action(&provider, RESTORE, &[("backup_id", id.as_str().into())]).await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    for part in [id.as_str(), SERVER, "overwrites"] {
        assert!(diags.warnings[0].detail.contains(part), "{part}: {diags:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_whose_answer_was_lost_is_followed_and_not_repeated() {
    for lost in [Effect::DropAfter, Effect::BadGateway { after: true }] {
        let service = SimulatedService::new();
        let id = made(&service).await;
        service.fault(Rule::on(Operation::CbrRestoreBackup, lost.clone()).times(1));
        let (_, diags) = run(&service, RESTORE, &[("backup_id", id.into())]).await;
        assert_eq!(diags, Diagnostics::default(), "{lost:?}");
        assert_eq!(service.simulator.count(Operation::CbrRestoreBackup), 1);
    }
    let service = SimulatedService::new();
    let id = made(&service).await;
    service.fault(Rule::on(Operation::CbrRestoreBackup, Effect::DropBefore));
    let (_, diags) = run(&service, RESTORE, &[("backup_id", id.into())]).await;
    assert!(error(&diags).1.contains("not known whether"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_restore_says_that_it_continues() {
    let service = SimulatedService::new();
    let id = made(&service).await;
    let cancel = stop_after(Duration::from_secs(30));
    let (_, diags) = invoke(&new_process(&service), RESTORE, &[("backup_id", id.into())], cancel).await;
    assert!(error(&diags).1.contains("continues in the cloud"), "{diags:?}");
    assert_eq!(backups(&service).len(), 1);
}
