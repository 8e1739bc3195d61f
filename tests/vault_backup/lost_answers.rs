//! Requests whose answers are lost: the backup is found again, and never requested twice.

use std::time::Duration;

use csbs_simulator::{Effect, Operation, Rule};
use terraform_plugin::Diagnostics;
use test_support::{
    core::Action,
    simulated_service::{SERVER, SimulatedService},
};

use crate::{backups, config, new_core, next_create, nightly, only_backup, posts};

/// Fates of a request that was carried out.
const LOST: [Effect; 3] = [
    Effect::DropAfter,
    Effect::TruncateJson,
    Effect::BadGateway { after: true },
];

#[tokio::test(start_paused = true)]
async fn a_backup_whose_answer_was_lost_is_found_by_its_name() {
    for lost in LOST {
        let service = SimulatedService::new();
        // Another one of the same name, which must not be taken for this one.
        let mut first = new_core(&service);
        first.apply(&nightly(&first)).await;
        next_create(&service, lost.clone());
        let mut core = new_core(&service);
        let config = nightly(&core);
        let (_, diags) = core.apply(&config).await;
        assert!(diags.errors.is_empty(), "{lost:?}: {diags:?}");
        assert_eq!(diags.warnings.len(), 1, "the earlier one is named");
        assert!(diags.warnings[0].detail.contains(&first.text("id")));
        assert_eq!(backups(&service).len(), 2);
        assert_ne!(core.text("id"), first.text("id"));
        assert_eq!(core.text("status"), "available");
        assert_eq!(core.plan(&config).await.0, Action::Nothing);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_without_a_configured_name_is_found_as_well() {
    for lost in LOST {
        let service = SimulatedService::new();
        next_create(&service, lost.clone());
        let mut core = new_core(&service);
        let config = config(&core, &[]);
        assert_eq!(
            core.apply(&config).await,
            (Action::Create, Diagnostics::default()),
            "{lost:?}"
        );
        assert_eq!(only_backup(&service).id, core.text("id"));
        assert_eq!(posts(&service), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_arrived_is_sent_once_more_if_the_tasks_prove_it() {
    let service = SimulatedService::new();
    next_create(&service, Effect::DropBefore);
    let mut core = new_core(&service);
    let config = nightly(&core);
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags.errors.len()), (Action::Create, 0), "{diags:?}");
    assert_eq!((only_backup(&service).id, posts(&service)), (core.text("id"), 2));
    // The first request may still be carried out.
    assert_eq!(diags.warnings.len(), 1, "{diags:?}");
    for part in [
        "sent once more",
        SERVER,
        "nightly",
        "terraform import ADDRESS BACKUP_ID",
    ] {
        assert!(diags.warnings[0].detail.contains(part), "{diags:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_earlier_backup_is_named_also_when_the_request_is_sent_twice() {
    let service = SimulatedService::new();
    let mut lost = new_core(&service);
    lost.apply(&nightly(&lost)).await;
    // Its task is too old to be that of the lost request.
    tokio::time::sleep(Duration::from_secs(600)).await;
    next_create(&service, Effect::DropBefore);
    let mut core = new_core(&service);
    let (_, diags) = core.apply(&nightly(&core)).await;
    let warnings: Vec<_> = diags.warnings.iter().map(|warning| &warning.detail).collect();
    assert_eq!((diags.errors.len(), warnings.len()), (0, 2), "{diags:?}");
    assert!(warnings[0].contains(&lost.text("id")), "{warnings:?}");
    assert!(warnings[1].contains("sent once more"), "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_of_which_nothing_is_known_leaves_nothing_and_says_how_to_check() {
    let service = SimulatedService::new();
    service
        .simulator
        .cbr()
        .configure(|config| config.tasks_forbidden = true);
    service.fault(Rule::on(Operation::CbrCreateCheckpoint, Effect::DropBefore));
    let mut core = new_core(&service);
    let (_, diags) = core.apply(&nightly(&core)).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    for part in [SERVER, "terraform import ADDRESS BACKUP_ID", "csbs_vault_backups"] {
        assert!(
            diags.errors[0].detail.contains(part),
            "{part}: {}",
            diags.errors[0].detail
        );
    }
    assert!(core.stored.is_none() && backups(&service).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_earlier_backup_of_the_same_name_is_named() {
    let service = SimulatedService::new();
    let mut lost = new_core(&service);
    lost.apply(&nightly(&lost)).await;
    let mut core = new_core(&service);
    let (_, diags) = core.apply(&nightly(&core)).await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    let detail = &diags.warnings[0].detail;
    assert!(
        detail.contains(&lost.text("id")) && detail.contains("BACKUP_ID"),
        "{detail}"
    );
}

#[tokio::test(start_paused = true)]
async fn two_creates_for_one_server_take_turns() {
    let service = SimulatedService::new();
    let provider = crate::new_process(&service);
    let mut first = test_support::core::Core::of(&provider, "csbs_vault_backup");
    let mut second = first.clone();
    let config = nightly(&first);
    let (made_first, made_second) = tokio::join!(first.apply(&config), second.apply(&config));
    assert!(
        made_first.1.errors.is_empty() && made_second.1.errors.is_empty(),
        "{made_first:?} {made_second:?}"
    );
    assert_ne!(first.text("id"), second.text("id"));
    assert_eq!(backups(&service).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_answer_was_lost_is_complete() {
    for lost in LOST {
        let service = SimulatedService::new();
        let mut core = new_core(&service);
        core.apply(&nightly(&core)).await;
        service.fault(Rule::on(Operation::CbrDeleteBackup, lost.clone()).times(1));
        assert_eq!(core.destroy().await, Diagnostics::default(), "{lost:?}");
        assert!(backups(&service).is_empty());
    }
}
