//! Interrupts, and backups that an earlier run left unfinished.

use std::time::Duration;

use csbs_simulator::{BackupChanges, BackupStatus, Effect, Operation, Rule};
use terraform_plugin::{Diagnostics, ImportTarget, RawValue};
use test_support::{
    core::{Action, Core, object},
    simulated_service::{SERVER, SimulatedService},
};
use tokio::time::Instant;

use crate::{config, fail_next_backup, new_core, new_process, next_create, nightly, only_backup, posts};

const MINUTE: Duration = Duration::from_secs(60);

/// Interrupts the operation of `core` after some time; returns the moment of the interrupt.
fn interrupt_after(core: &Core, time: Duration) -> tokio::task::JoinHandle<Instant> {
    let cancel = core.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        cancel.cancel();
        Instant::now()
    })
}

/// A create that was interrupted after a minute, in a new process.
async fn interrupted(service: &SimulatedService) -> Core {
    let mut core = new_core(service);
    let interrupt = interrupt_after(&core, MINUTE);
    let (_, diags) = core.apply(&nightly(&core)).await;
    assert!(interrupt.await.unwrap().elapsed() < Duration::from_secs(2));
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert!(!core.stored.as_ref().unwrap().tainted);
    assert_eq!(core.text("checkpoint_id"), only_backup(service).checkpoint_id);
    core.cancel = Default::default();
    core.reconnect(&new_process(service));
    core
}

#[tokio::test(start_paused = true)]
async fn the_next_apply_waits_for_an_interrupted_create() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = interrupted(&service).await;
    let config = nightly(&core);
    assert_eq!(core.plan(&config).await, (Action::Update, Diagnostics::default()));
    assert_eq!(core.apply(&config).await, (Action::Update, Diagnostics::default()));
    assert_eq!(core.text("status"), "available");
    assert_eq!(core.text("id"), only_backup(&service).id);
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    assert_eq!(posts(&service), 1, "nothing was started twice");
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_finished_by_then_needs_no_wait() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = interrupted(&service).await;
    tokio::time::sleep(60 * MINUTE).await;
    let config = nightly(&core);
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    assert_eq!(core.text("status"), "available");
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_fails_after_an_interrupt_is_an_error_and_replaced_by_the_apply_after() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    fail_next_backup(&service);
    let mut core = interrupted(&service).await;
    let config = nightly(&core);
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Update, 1), "{diags:?}");
    assert!(diags.errors[0].detail.contains("the disk is gone"), "{diags:?}");
    assert_eq!(core.text("status"), "error");
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Replace, 0), "{diags:?}");
    assert_eq!(core.text("status"), "available");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_before_the_service_shows_the_backup_keeps_its_checkpoint() {
    let service = SimulatedService::new();
    service
        .simulator
        .configure(|config| config.timing.visible_after = Duration::from_secs(150));
    let mut core = interrupted(&service).await;
    assert!(core.get("id").is_null());
    let config = nightly(&core);
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Update, 0), "{diags:?}");
    // Deleting it now would find nothing, and leave it in the cloud.
    let diags = core.clone().destroy().await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Update, 0), "{diags:?}");
    assert_eq!(core.text("id"), only_backup(&service).id);
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    assert_eq!(posts(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_before_the_answer_finds_the_backup_by_a_last_look() {
    let service = SimulatedService::new();
    service.fault(Rule::on(
        Operation::CbrCreateCheckpoint,
        Effect::DelayAfter { seconds: 30.0 },
    ));
    let mut core = new_core(&service);
    let config = nightly(&core);
    let interrupt = interrupt_after(&core, Duration::from_secs(10));
    let (_, diags) = core.apply(&config).await;
    assert!(interrupt.await.unwrap().elapsed() < Duration::from_secs(2));
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert_eq!(core.text("checkpoint_id"), only_backup(&service).checkpoint_id);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_while_the_request_is_on_its_way_says_what_to_check() {
    let service = SimulatedService::new();
    next_create(&service, Effect::Stall);
    let mut core = new_core(&service);
    let interrupt = interrupt_after(&core, Duration::from_secs(10));
    let (_, diags) = core.apply(&nightly(&core)).await;
    assert!(interrupt.await.unwrap().elapsed() < Duration::from_secs(2));
    assert_eq!(diags.errors.len(), 1);
    for part in [SERVER, "terraform import", "csbs_vault_backups"] {
        assert!(
            diags.errors[0].detail.contains(part),
            "{part}: {}",
            diags.errors[0].detail
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_limited_by_update() {
    let service = SimulatedService::new();
    service.set_backup_time(600 * MINUTE);
    let mut core = interrupted(&service).await;
    let limits = object(&[
        ("create", RawValue::Null),
        ("update", "5m".into()),
        ("delete", RawValue::Null),
    ]);
    let config = config(&core, &[("name", "nightly".into()), ("timeouts", limits)]);
    let begun = Instant::now();
    let (_, diags) = core.apply(&config).await;
    assert_eq!(begun.elapsed().as_secs() / 60, 5);
    assert_eq!(diags.errors.len(), 1);
    assert_eq!(diags.errors[0].attribute.to_string(), "timeouts.update");
    assert!(!core.stored.as_ref().unwrap().tainted);
}

/// A create whose time was over after ten minutes of a backup that takes thirty, in a new process; and its configuration.
async fn timed_out(service: &SimulatedService) -> (Core, RawValue) {
    service.set_backup_time(30 * MINUTE);
    let mut core = new_core(service);
    let limits = object(&[
        ("create", "10m".into()),
        ("update", RawValue::Null),
        ("delete", RawValue::Null),
    ]);
    let config = config(&core, &[("name", "nightly".into()), ("timeouts", limits)]);
    let (_, diags) = core.apply(&config).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert!(core.stored.as_ref().unwrap().tainted);
    core.reconnect(&new_process(service));
    (core, config)
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_time_was_over_is_kept_by_untaint() {
    let service = SimulatedService::new();
    let (mut core, config) = timed_out(&service).await;
    // The plan that would replace the backup warns about it.
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Replace, 1), "{diags:?}");
    let warning = &diags.warnings[0].detail;
    assert!(
        warning.contains("terraform untaint") && warning.contains("protecting"),
        "{diags:?}"
    );
    core.stored.as_mut().unwrap().tainted = false;
    tokio::time::sleep(15 * MINUTE).await;
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Update, 0), "{diags:?}");
    assert_eq!(core.text("status"), "available");
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    assert_eq!(posts(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_was_not_waited_for_is_mentioned_until_it_is_saved_and_not_when_it_has_failed() {
    let service = SimulatedService::new();
    let (mut core, config) = timed_out(&service).await;
    tokio::time::sleep(60 * MINUTE).await;
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Replace, 1), "{diags:?}");
    assert!(diags.warnings[0].detail.contains("available"), "{diags:?}");
    core.stored.as_mut().unwrap().tainted = false;
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));

    let service = SimulatedService::new();
    let (mut core, config) = timed_out(&service).await;
    for status in [BackupStatus::Error, BackupStatus::Deleting] {
        let changes = BackupChanges {
            status: Some(status),
            ..BackupChanges::default()
        };
        assert!(service.simulator.cbr().change_backup(&core.text("id"), changes));
        core.reconnect(&new_process(&service));
        let (_, diags) = core.plan(&config).await;
        assert!(
            !diags
                .warnings
                .iter()
                .any(|warning| warning.detail.contains("terraform untaint")),
            "{diags:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_finds_that_an_interrupted_backup_has_failed_and_why() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    fail_next_backup(&service);
    let mut core = interrupted(&service).await;
    tokio::time::sleep(60 * MINUTE).await;
    let diags = core.refresh().await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert_eq!(
        (core.text("status").as_str(), core.text("fail_reason").as_str()),
        ("error", "the disk is gone")
    );
    // It cannot be restored, so it is made again.
    let config = nightly(&core);
    assert_eq!(core.plan(&config).await.0, Action::Replace);
    let mut imported = new_core(&service);
    let diags = imported.import(ImportTarget::Id(core.text("id"))).await;
    assert!(diags.errors.is_empty(), "{diags:?}");
    assert_eq!(imported.text("fail_reason"), "the disk is gone");
}
