//! Failures: of the service, interrupts, lost responses, and changes outside of Terraform.

use std::time::Duration;

use terraform_plugin::{AttributePath, ImportTarget, RawValue};
use tokio::time::Instant;

use crate::{
    core::{Action, Core, object},
    new_process,
};
use test_support::simulated_service::{LostAnswer, SERVER, SimulatedService};

fn simple(core: &Core) -> RawValue {
    core.config(&[("resource_id", SERVER.into()), ("backup_name", "nightly".into())])
}

fn with_timeout(core: &Core, operation: &str, limit: &str) -> RawValue {
    let limits: Vec<_> = ["create", "update", "delete"]
        .map(|name| {
            (
                name,
                if name == operation {
                    limit.into()
                } else {
                    RawValue::Null
                },
            )
        })
        .into();
    core.config(&[
        ("resource_id", SERVER.into()),
        ("backup_name", "nightly".into()),
        ("timeouts", object(&limits)),
    ])
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

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_backed_up_is_found_out_before_anything_is_made() {
    let service = SimulatedService::new();
    service.refuse_server("CSBS.6007");
    let mut core = Core::new(&new_process(&service));
    let (_, diags) = core.apply(&simple(&core)).await;
    assert_eq!(diags.errors.len(), 1);
    assert!(
        diags.errors[0].detail.contains("CSBS.6007"),
        "{}",
        diags.errors[0].detail
    );
    assert_eq!(diags.errors[0].attribute, AttributePath::new("resource_id"));
    assert!(core.stored.is_none());
    assert!(service.items().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_fails_is_tainted_then_replaced() {
    let service = SimulatedService::new();
    service.fail_next_backup("CSBS.1234", "the disk is gone");
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    let (_, diags) = core.apply(&config).await;
    assert_eq!(diags.errors.len(), 1);
    for part in ["CSBS.1234", "the disk is gone", &core.text("checkpoint_id")] {
        assert!(
            diags.errors[0].detail.contains(part),
            "{part}: {}",
            diags.errors[0].detail
        );
    }
    assert!(core.stored.as_ref().unwrap().tainted);
    let (action, diags) = core.apply(&config).await;
    assert_eq!(action, Action::Replace);
    assert!(diags.errors.is_empty(), "{diags:?}");
    assert_eq!(core.text("status"), "available");
    assert_eq!(service.items().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_turns_out_failed_is_warned_of_and_replaced() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    service.set_status(&core.text("id"), "error");
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Replace, 1));
    core.apply(&config).await;
    assert_eq!(core.text("status"), "available");
    assert_eq!(core.plan(&config).await, (Action::Nothing, Default::default()));
}

#[tokio::test(start_paused = true)]
async fn a_backup_whose_restore_failed_is_warned_of_and_stays() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    service.fail_restore(&core.text("id"));
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Nothing, 1), "{diags:?}");
    assert_eq!(diags.warnings[0].summary, "A restore from the backup has failed");
}

#[tokio::test(start_paused = true)]
async fn create_keeps_the_checkpoint_when_the_wait_times_out() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(3600));
    let mut core = Core::new(&new_process(&service));
    let begin = Instant::now();
    let (_, diags) = core.apply(&with_timeout(&core, "create", "10m")).await;
    assert_eq!(begin.elapsed().as_secs() / 60, 10);
    assert_eq!(diags.errors.len(), 1);
    assert_eq!(
        diags.errors[0].attribute,
        AttributePath::new("timeouts").attribute("create")
    );
    assert!(core.stored.as_ref().unwrap().tainted);
    assert_eq!(core.text("checkpoint_id"), service.items()[0].checkpoint_id);
}

#[tokio::test(start_paused = true)]
async fn a_stop_returns_at_once_and_the_next_plan_waits() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(1800));
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    let stop = stop_after(&core, Duration::from_secs(60));
    let (_, diags) = core.apply(&config).await;
    assert!(stop.await.unwrap().elapsed() < Duration::from_secs(2));
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert!(!core.stored.as_ref().unwrap().tainted);
    assert_eq!(core.text("checkpoint_id"), service.items()[0].checkpoint_id);
    core.cancel = Default::default();
    assert_eq!(core.plan(&config).await.0, Action::Update);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(core.plan(&config).await, (Action::Nothing, Default::default()));
    assert_eq!(core.text("status"), "available");
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_protect_action_is_unanswered_finds_its_backup_by_a_last_look() {
    let service = SimulatedService::new();
    service.slow_protect(Duration::from_secs(30));
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    let stop = stop_after(&core, Duration::from_secs(10));
    let (_, diags) = core.apply(&config).await;
    assert!(stop.await.unwrap().elapsed() < Duration::from_secs(2));
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert_eq!(core.text("checkpoint_id"), service.items()[0].checkpoint_id);
    core.cancel = Default::default();
    assert_eq!(core.plan(&config).await.0, Action::Update);
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_protect_action_is_on_its_way_says_what_to_check() {
    let service = SimulatedService::new();
    service.lose_protect(LostAnswer::NeverAnswered);
    let mut core = Core::new(&new_process(&service));
    let stop = stop_after(&core, Duration::from_secs(10));
    let (_, diags) = core.apply(&simple(&core)).await;
    assert!(stop.await.unwrap().elapsed() < Duration::from_secs(2));
    assert_eq!(diags.errors.len(), 1);
    for part in [
        SERVER,
        "the configured name",
        "2026-01-01T12:00:00Z",
        "terraform import",
    ] {
        assert!(
            diags.errors[0].detail.contains(part),
            "{part}: {}",
            diags.errors[0].detail
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_protect_action_without_an_answer_is_resolved_by_looking() {
    for lost in [
        LostAnswer::AnswerReset,
        LostAnswer::AnswerTruncated,
        LostAnswer::AnswerIs502,
    ] {
        let service = SimulatedService::new();
        // Another one of the same name, which must not be taken for ours.
        let mut first = Core::new(&new_process(&service));
        first.apply(&simple(&first)).await;
        service.lose_protect(lost);
        let mut core = Core::new(&new_process(&service));
        let config = simple(&core);
        let (_, diags) = core.apply(&config).await;
        assert!(diags.errors.is_empty(), "{lost:?}: {diags:?}");
        assert_eq!(diags.warnings.len(), 1, "the earlier one is named");
        assert!(diags.warnings[0].detail.contains(&first.text("checkpoint_id")));
        assert_eq!(service.items().len(), 2);
        assert_ne!(core.text("id"), first.text("id"));
        assert_eq!(core.text("status"), "available");
        assert_eq!(core.plan(&config).await.0, Action::Nothing);
    }
}

#[tokio::test(start_paused = true)]
async fn a_protect_action_that_never_arrived_is_not_sent_again_and_named() {
    let service = SimulatedService::new();
    service.lose_protect(LostAnswer::RequestReset);
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    let (_, diags) = core.apply(&config).await;
    assert_eq!(diags.errors.len(), 1);
    for part in [SERVER, "the configured name", "terraform import"] {
        assert!(
            diags.errors[0].detail.contains(part),
            "{part}: {}",
            diags.errors[0].detail
        );
    }
    assert!(core.stored.is_none());
    assert!(service.items().is_empty());
    let (_, diags) = core.apply(&config).await;
    assert!(diags.errors.is_empty(), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_backup_is_named_by_the_next_create() {
    let service = SimulatedService::new();
    let mut lost = Core::new(&new_process(&service));
    lost.apply(&simple(&lost)).await;
    let mut core = Core::new(&new_process(&service));
    let (_, diags) = core.apply(&simple(&core)).await;
    assert_eq!(diags.warnings.len(), 1);
    let detail = &diags.warnings[0].detail;
    assert!(
        detail.contains(&lost.text("checkpoint_id")) && detail.contains("terraform import"),
        "{detail}"
    );
}

#[tokio::test(start_paused = true)]
async fn two_creates_for_one_server_take_turns() {
    let service = SimulatedService::new();
    let provider = new_process(&service);
    let (mut a, mut b) = (Core::new(&provider), Core::new(&provider));
    let (config_a, config_b) = (simple(&a), simple(&b));
    let (made_a, made_b) = tokio::join!(a.apply(&config_a), b.apply(&config_b));
    assert!(
        made_a.1.errors.is_empty() && made_b.1.errors.is_empty(),
        "{made_a:?} {made_b:?}"
    );
    assert_ne!(a.text("id"), b.text("id"));
    assert_eq!(service.items().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_waited_for_until_the_time_is_over() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(3600));
    let mut first = Core::new(&new_process(&service));
    first.apply(&with_timeout(&first, "create", "1m")).await;
    let running = service.items()[0].checkpoint_id.clone();
    let mut core = Core::new(&new_process(&service));
    let (_, diags) = core.apply(&with_timeout(&core, "create", "5m")).await;
    assert_eq!(diags.errors.len(), 1);
    assert!(diags.errors[0].detail.contains(&running), "{}", diags.errors[0].detail);
    assert!(core.stored.is_none());
    assert_eq!(service.items().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn deleted_behind_our_back_is_planned_anew() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    service.remove(&core.text("id"));
    assert_eq!(core.plan(&config).await.0, Action::Create);
    assert_eq!(core.apply(&config).await.0, Action::Create);
    assert_eq!(core.plan(&config).await.0, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_the_service_shows_as_deleted_is_planned_anew() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    service.set_status(&core.text("id"), "deleted");
    core.reconnect(&new_process(&service));
    assert_eq!(core.refresh().await, Default::default());
    assert!(core.stored.is_none());
    assert_eq!(core.plan(&config).await.0, Action::Create);
}

#[tokio::test(start_paused = true)]
async fn changes_on_the_server_side_are_drift() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    service.add_tag(&core.text("id"), "by", "hand");
    assert_eq!(core.plan(&config).await.0, Action::Update);
    core.apply(&config).await;
    assert_eq!(core.plan(&config).await.0, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_backup_of_which_an_image_was_made_is_not_waited_for() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    core.apply(&simple(&core)).await;
    service.make_image(&core.text("id"));
    let begin = Instant::now();
    let diags = core.destroy().await;
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(diags.errors.len(), 1);
    assert!(diags.errors[0].detail.contains("CSBS.8007"));
    assert!(core.stored.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_backup_at_work_is_deleted_when_the_work_is_done() {
    let service = SimulatedService::new();
    service.set_backup_time(Duration::from_secs(600));
    let mut core = Core::new(&new_process(&service));
    core.apply(&with_timeout(&core, "create", "1m")).await;
    let diags = core.destroy().await;
    assert_eq!(diags, Default::default());
    assert!(service.items().is_empty());
    assert_eq!(service.count("DELETE", "/checkpoints/"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_takes_too_long_keeps_the_state() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    core.apply(&with_timeout(&core, "delete", "2m")).await;
    service.set_deletion_time(Duration::from_secs(3600));
    let diags = core.destroy().await;
    assert_eq!(diags.errors.len(), 1);
    assert_eq!(
        diags.errors[0].attribute,
        AttributePath::new("timeouts").attribute("delete")
    );
    assert!(core.stored.is_some());
    assert_eq!(service.count("DELETE", "/checkpoints/"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_delete_keeps_the_state_and_is_finished_later() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    core.apply(&simple(&core)).await;
    service.set_deletion_time(Duration::from_secs(600));
    stop_after(&core, Duration::from_secs(30));
    let diags = core.destroy().await;
    assert_eq!(diags.errors.len(), 1);
    assert!(core.stored.is_some());
    core.cancel = Default::default();
    assert_eq!(core.destroy().await, Default::default());
    assert!(service.items().is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_refusal_has_its_status_code_message_and_request_id() {
    for (status, code) in [
        (400, Some("CSBS.9001")),
        (400, Some("CSBS.9006")),
        (400, Some("BackupService.4008")),
        (401, None),
        (403, None),
        (404, None),
        (500, Some("CSBS.6019")),
    ] {
        let service = SimulatedService::new();
        service.refuse_protect(status, code);
        let mut core = Core::new(&new_process(&service));
        let (_, diags) = core.apply(&simple(&core)).await;
        assert!(!diags.errors.is_empty(), "{status}");
        let detail = &diags.errors[0].detail;
        assert!(detail.contains(&format!("HTTP status {status}")), "{detail}");
        if let Some(code) = code {
            assert!(detail.contains(code), "{detail}");
        }
        assert!(core.stored.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_leaves_the_state() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    service.refuse_reads(403);
    let (_, diags) = core.plan(&config).await;
    assert_eq!(diags.errors.len(), 1);
    assert!(core.stored.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_import_can_be_stopped() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    core.cancel.cancel();
    let diags = core.import(ImportTarget::Id(SERVER.to_owned())).await;
    assert_eq!(diags.errors.len(), 1);
}
