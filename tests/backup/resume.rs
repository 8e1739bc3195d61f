//! Backups that an earlier run left unfinished: the next apply waits for them.

use std::time::Duration;

use csbs::CsbsProvider;
use terraform_plugin::{AttributePath, Context, Diagnostics, Provider, RawValue, ReadData};
use tokio::time::Instant;

use crate::{
    core::{Action, Core, object},
    new_process, tags_of,
};
use test_support::simulated_service::{SERVER, SimulatedService};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn config(core: &Core, timeouts: &[(&str, &str)], tags: &[(&str, &str)]) -> RawValue {
    let limit = |name: &str| {
        let found = timeouts.iter().find(|(operation, _)| *operation == name);
        found.map_or(RawValue::Null, |(_, limit)| (*limit).into())
    };
    let limits = object(&["create", "update", "delete"].map(|name| (name, limit(name))));
    let tags: Vec<_> = tags.iter().map(|(key, value)| (*key, RawValue::from(*value))).collect();
    core.config(&[
        ("resource_id", SERVER.into()),
        ("backup_name", "nightly".into()),
        ("tags", object(&tags)),
        ("timeouts", if timeouts.is_empty() { RawValue::Null } else { limits }),
    ])
}

fn simple(core: &Core) -> RawValue {
    config(core, &[], &[])
}

fn later(time: Duration, what: impl FnOnce() + Send + 'static) {
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        what();
    });
}

/// Interrupts the operation of `core` after some time.
fn interrupt_after(core: &Core, time: Duration) {
    let cancel = core.cancel.clone();
    later(time, move || cancel.cancel());
}

/// A create that was interrupted after a minute.
async fn interrupted(service: &SimulatedService) -> Core {
    let mut core = Core::new(&new_process(service));
    interrupt_after(&core, MINUTE);
    let (_, diags) = core.apply(&simple(&core)).await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert!(!core.stored.as_ref().unwrap().tainted);
    assert_eq!(core.text("status"), "protecting");
    core.cancel = Default::default();
    core.reconnect(&new_process(service));
    core
}

fn detail(diags: &Diagnostics) -> String {
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    diags.errors[0].detail.to_string()
}

async fn status_in_the_data_source(provider: &CsbsProvider, id: &str) -> String {
    let source = provider.data_sources()["csbs_backup"].clone();
    let names = source.schema().block.attributes.into_keys();
    let mut config = RawValue::Map(names.map(|name| (name, RawValue::Null)).collect());
    config.set("id", id);
    let mut diags = Diagnostics::default();
    match source.read(&Context::default(), config, &mut diags).await {
        Some(ReadData::Found(found)) => found.get("status").as_str().unwrap().to_owned(),
        _ => panic!("{diags:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_apply_waits_for_an_interrupted_create() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = interrupted(&service).await;
    let config = simple(&core);
    let id = core.text("id");
    assert_eq!(
        status_in_the_data_source(&new_process(&service), &id).await,
        "protecting"
    );
    assert_eq!(core.plan(&config).await, (Action::Update, Diagnostics::default()));
    let begun = Instant::now();
    assert_eq!(core.apply(&config).await, (Action::Update, Diagnostics::default()));
    assert!(begun.elapsed() > 28 * MINUTE, "it returned after {:?}", begun.elapsed());
    assert_eq!((core.text("status").as_str(), core.text("id")), ("available", id));
    assert!(!core.text("finished_at").is_empty());
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    assert_eq!(service.items().len(), 1);
    assert_eq!(service.count("POST", "/action"), 2, "nothing was started twice");
}

#[tokio::test(start_paused = true)]
async fn one_that_the_service_does_not_show_yet_stays_in_the_state() {
    let service = SimulatedService::new();
    service
        .simulator
        .configure(|config| config.timing.visible_after = 3 * MINUTE);
    let mut core = Core::new(&new_process(&service));
    interrupt_after(&core, MINUTE);
    core.apply(&simple(&core)).await;
    core.cancel = Default::default();
    core.reconnect(&new_process(&service));
    let checkpoint_id = core.text("checkpoint_id");
    assert!(core.get("id").is_null());
    let diags = core.refresh().await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert_eq!(core.text("checkpoint_id"), checkpoint_id);
    let config = simple(&core);
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Update, 0), "{diags:?}");
    assert_eq!(service.items()[0].id, core.text("id"));
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    assert_eq!(service.items().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_finished_by_then_needs_no_wait() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = interrupted(&service).await;
    let config = simple(&core);
    tokio::time::sleep(HOUR).await;
    let before = core.text("status");
    core.refresh().await;
    assert_eq!(
        (before.as_str(), core.text("status").as_str()),
        ("protecting", "available")
    );
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_an_error_and_replaced_by_the_apply_after() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    service.fail_next_backup("CSBS.1234", "the disk is gone");
    let mut core = interrupted(&service).await;
    let config = simple(&core);
    let (action, diags) = core.apply(&config).await;
    assert_eq!(action, Action::Update);
    let detail = detail(&diags);
    for part in ["CSBS.1234", "the disk is gone", &core.text("checkpoint_id")] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    assert_eq!(core.text("status"), "error");
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Replace, 0), "{diags:?}");
    assert_eq!(core.text("status"), "available");
    assert_eq!(service.items().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_deleted_meanwhile_is_an_error_and_made_again_by_the_apply_after() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = interrupted(&service).await;
    let config = simple(&core);
    let (shared, id) = (service.clone(), core.text("id"));
    later(5 * MINUTE, move || shared.remove(&id));
    let (action, diags) = core.apply(&config).await;
    assert_eq!(action, Action::Update);
    assert!(diags.errors[0].summary.contains("deleted"), "{diags:?}");
    assert!(core.stored.is_some(), "only a refresh removes it");
    assert_eq!(core.apply(&config).await.0, Action::Create);
    assert_eq!(core.text("status"), "available");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_being_deleted_does_not_pass_for_unchanged() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    for status in ["waiting_delete", "deleting"] {
        service.set_status(&core.text("id"), status);
        let (action, diags) = core.apply(&config).await;
        assert_eq!(action, Action::Update, "{status}");
        assert!(detail(&diags).contains(status), "{diags:?}");
        assert!(!core.stored.as_ref().unwrap().tainted);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_being_restored_is_complete() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = simple(&core);
    core.apply(&config).await;
    for status in ["waiting_restore", "restoring"] {
        service.set_status(&core.text("id"), status);
        assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
        assert_eq!(core.text("status"), status);
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_limited_by_update_or_else_by_create() {
    for (timeouts, attribute) in [
        (vec![("create", "10m")], "create"),
        (vec![("create", "1m"), ("update", "10m")], "update"),
    ] {
        let service = SimulatedService::new();
        service.set_backup_time(HOUR);
        let mut core = interrupted(&service).await;
        let config = config(&core, &timeouts, &[]);
        let begun = Instant::now();
        let (action, diags) = core.apply(&config).await;
        assert_eq!((action, begun.elapsed().as_secs() / 60), (Action::Update, 10));
        assert_eq!(
            diags.errors[0].attribute,
            AttributePath::new("timeouts").attribute(attribute)
        );
        assert!(!core.stored.as_ref().unwrap().tainted);
        assert_eq!(core.text("status"), "protecting");
        tokio::time::sleep(45 * MINUTE).await;
        assert_eq!(core.apply(&config).await, (Action::Update, Diagnostics::default()));
        assert_eq!(core.text("status"), "available");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_can_be_interrupted_as_often_as_one_likes() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = interrupted(&service).await;
    let config = simple(&core);
    // The last interrupt is before the first lookup.
    for time in [MINUTE, 2 * MINUTE, Duration::from_millis(100)] {
        interrupt_after(&core, time);
        let (action, diags) = core.apply(&config).await;
        assert_eq!((action, diags.errors.len()), (Action::Update, 0), "{diags:?}");
        assert_eq!(diags.warnings[0].summary, "The backup continues in the cloud");
        assert_eq!(core.text("status"), "protecting");
        core.cancel = Default::default();
    }
    assert_eq!(core.apply(&config).await, (Action::Update, Diagnostics::default()));
    assert_eq!(core.text("status"), "available");
}

#[tokio::test(start_paused = true)]
async fn tags_are_changed_after_the_wait_and_not_before() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = interrupted(&service).await;
    let config = config(&core, &[], &[("team", "web")]);
    interrupt_after(&core, MINUTE);
    let (_, diags) = core.apply(&config).await;
    assert!(detail(&diags).contains("tags"), "{diags:?}");
    assert_eq!(diags.errors[0].summary, "Interrupted before the tags were changed");
    assert_eq!(core.get("tags"), object(&[]));
    core.cancel = Default::default();
    assert_eq!(core.apply(&config).await, (Action::Update, Diagnostics::default()));
    assert_eq!(core.text("status"), "available");
    assert_eq!(tags_of(&service), core.get("tags"));
    assert_eq!(core.plan(&config).await.0, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn half_a_day_is_waited_for_a_large_backup() {
    for (hours, available) in [(11, true), (13, false)] {
        let service = SimulatedService::new();
        service.set_backup_time(hours * HOUR);
        let mut core = Core::new(&new_process(&service));
        let (_, diags) = core.apply(&simple(&core)).await;
        assert_eq!(diags.errors.is_empty(), available, "{hours} h: {diags:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_time_was_over_is_kept_by_untaint() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = Core::new(&new_process(&service));
    let config = config(&core, &[("create", "10m")], &[]);
    let (_, diags) = core.apply(&config).await;
    assert!(detail(&diags).contains("terraform untaint"), "{diags:?}");
    assert!(core.stored.as_ref().unwrap().tainted);
    // The plan that would replace the backup warns about it.
    let (action, diags) = core.plan(&config).await;
    assert_eq!(action, Action::Replace);
    let warning = &diags.warnings[0].detail;
    assert!(
        warning.contains("terraform untaint") && warning.contains("protecting"),
        "{diags:?}"
    );
    core.stored.as_mut().unwrap().tainted = false;
    tokio::time::sleep(15 * MINUTE).await;
    let id = core.text("id");
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Update, 0), "{diags:?}");
    assert_eq!((core.text("status").as_str(), core.text("id")), ("available", id));
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn one_that_was_not_waited_for_and_is_available_is_mentioned_once_it_is_saved() {
    let service = SimulatedService::new();
    service.set_backup_time(30 * MINUTE);
    let mut core = Core::new(&new_process(&service));
    let config = config(&core, &[("create", "10m")], &[]);
    core.apply(&config).await;
    tokio::time::sleep(HOUR).await;
    let (action, diags) = core.plan(&config).await;
    assert_eq!((action, diags.warnings.len()), (Action::Replace, 1));
    assert!(diags.warnings[0].detail.contains("available"), "{diags:?}");
    core.stored.as_mut().unwrap().tainted = false;
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_does_not_cost_the_backup() {
    let service = SimulatedService::new();
    service.set_backup_time(10 * MINUTE);
    let mut core = Core::new(&new_process(&service));
    let shared = service.clone();
    later(5 * MINUTE, move || {
        shared.set_status(&shared.items()[0].id, "polishing")
    });
    let shared = service.clone();
    later(50 * MINUTE, move || {
        shared.set_status(&shared.items()[0].id, "available")
    });
    let config = simple(&core);
    assert_eq!(core.apply(&config).await, (Action::Create, Diagnostics::default()));
    assert_eq!(core.text("status"), "available");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_is_named_and_waited_for_again() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = config(&core, &[("create", "10m")], &[]);
    core.apply(&config).await;
    service.set_status(&core.text("id"), "polishing");
    for _ in 0..2 {
        let begun = Instant::now();
        let (action, diags) = core.apply(&config).await;
        assert_eq!(action, Action::Update);
        assert!(detail(&diags).contains("polishing"), "{diags:?}");
        assert!(begun.elapsed() < 2 * MINUTE, "{:?}", begun.elapsed());
        assert_eq!(core.text("status"), "polishing");
        assert!(!core.stored.as_ref().unwrap().tainted);
    }
    service.set_status(&core.text("id"), "available");
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    // A create cannot return an error without a taint; the error says what is known, and how to keep the backup.
    let shared = service.clone();
    later(MINUTE, move || {
        for item in shared.items() {
            shared.set_status(&item.id, "polishing");
        }
    });
    service.set_backup_time(5 * MINUTE);
    let mut other = Core::new(&new_process(&service));
    let (_, diags) = other.apply(&config).await;
    let detail = detail(&diags);
    for part in ["polishing", "does not know this status", "terraform untaint"] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
}
