//! The wait for a backup that the service has accepted.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::service::*;
use crate::{
    csbs::{ItemKey, Lookup, Status},
    http::Delivery,
    operation::create_backup::{CreateBackup, CreateError, Step},
    rest::testing::{Reply, answer, lost, refusal, text},
};

fn within(seconds: u64) -> CreateBackup {
    CreateBackup {
        timeout: Duration::from_secs(seconds),
        ..nightly()
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_finished_backup_ends_the_wait_well() {
    for (status, is_done) in [
        ("available", true),
        ("waiting_restore", true),
        ("restoring", true),
        ("protecting", false),
        ("waiting_protect", false),
        ("polishing", false),
    ] {
        let service = Service::new();
        service.status_at(30, "new-1", status);
        let (result, progress) = create(&service.context(), &within(600)).await;
        assert_eq!(result.is_ok(), is_done, "{status}: {result:?}");
        let expected = if is_done { 30.0..32.0 } else { 600.0..601.0 };
        assert!(expected.contains(&service.elapsed()), "{status}: {}", service.elapsed());
        assert_eq!(progress.item.unwrap().status, Status::from(status));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_or_deleted_backup_ends_the_wait_with_an_error() {
    for (status, expected) in [
        ("error", "the backup failed"),
        ("waiting_delete", "the backup was deleted before it was available"),
        ("deleting", "the backup was deleted before it was available"),
        ("deleted", "the backup was deleted before it was available"),
    ] {
        let service = Service::new();
        service.status_at(30, "new-1", status);
        let (result, progress) = create(&service.context(), &within(600)).await;
        assert_eq!(result.unwrap_err().to_string(), expected, "{status}");
        assert!(service.elapsed() < 32.0, "{status}");
        assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
        assert_eq!(progress.item.unwrap().status, Status::from(status));
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_was_shown_and_is_gone_is_an_error_at_once() {
    let service = Service::new();
    service.at(30, |service| service.remove("new-1"));
    let (result, _) = create(&service.context(), &within(600)).await;
    assert!(matches!(result, Err(CreateError::Removed)), "{result:?}");
    assert!(service.elapsed() < 32.0);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_not_listed_yet_is_waited_for_two_minutes() {
    let service = Service::new();
    service.after(Op::Protect, |service| {
        service.change("new-1", |item| item["hidden"] = true.into())
    });
    service.at(118, |service| {
        service.change("new-1", |item| item["hidden"] = false.into());
    });
    service.status_at(140, "new-1", "available");
    create(&service.context(), &within(600)).await.0.unwrap();

    let service = Service::new();
    service.after(Op::Protect, |service| {
        service.change("new-1", |item| item["hidden"] = true.into())
    });
    let (result, progress) = create(&service.context(), &within(600)).await;
    let Err(CreateError::NotShown { waited }) = result else {
        panic!("{result:?}")
    };
    assert!((120..123).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
}

#[tokio::test(start_paused = true)]
async fn one_failed_look_does_not_end_the_wait() {
    let replies: [fn() -> Reply; 7] = [
        || text(503, ""),
        || text(500, ""),
        || text(404, ""),
        || text(400, ""),
        || text(429, ""),
        || lost(Delivery::Unknown),
        || lost(Delivery::NotSent),
    ];
    for reply in replies {
        let service = Service::new();
        service.at(10, move |service| service.refuse(Op::Read, [reply()]));
        service.status_at(30, "new-1", "available");
        let (result, _) = create(&service.context(), &within(600)).await;
        result.unwrap();
        assert!((30.0..33.0).contains(&service.elapsed()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_not_allowed_ends_the_wait_and_keeps_what_is_known() {
    for status in [401, 403] {
        let service = Service::new();
        service.at(10, move |service| {
            service.refuse(Op::Read, [text(status, ""), text(status, "")])
        });
        let (result, progress) = create(&service.context(), &within(600)).await;
        let error = result.unwrap_err();
        let step = match &error {
            CreateError::Api { step, .. } => *step,
            other => panic!("{other:?}"),
        };
        assert_eq!(step, Step::Wait);
        assert!(service.elapsed() < 13.0, "{}", service.elapsed());
        assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
        assert_eq!(progress.item.unwrap().id, "new-1");
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeout_names_the_failure_of_the_last_look_only() {
    for (until, expected) in [(9999, Some(503)), (100, None)] {
        let service = Service::new();
        service.at(50, |service| service.refuse_all(Op::Read, Some(text(503, ""))));
        service.at(until, |service| service.refuse_all(Op::Read, None));
        let (result, _) = create(&service.context(), &within(200)).await;
        let Err(CreateError::TimedOut { waited, look }) = result else {
            panic!("{result:?}")
        };
        assert_eq!(waited.as_secs(), 200);
        assert_eq!(look.and_then(|look| look.status()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_the_backup_is_listed_is_forgotten_after_an_answer_without_it() {
    let service = Service::new();
    service.after(Op::Protect, |service| {
        service.change("new-1", |item| item["hidden"] = true.into());
        service.refuse(Op::List, [text(503, "")]);
    });
    let (result, _) = create(&service.context(), &within(60)).await;
    assert!(
        matches!(result, Err(CreateError::TimedOut { look: None, .. })),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_looked_at_when_the_time_was_over_before_the_backup_was_accepted() {
    let service = Service::new();
    service.delay(Op::Protect, Duration::from_secs(20));
    let (result, progress) = create(&service.context(), &within(10)).await;
    assert!(
        matches!(result, Err(CreateError::TimedOut { look: None, .. })),
        "{result:?}"
    );
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
    assert_eq!((service.count(Op::List), service.count(Op::Read)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_at_once_and_keeps_the_checkpoint() {
    let service = Service::new();
    let cancel = stop_after(Duration::from_secs(40));
    let (result, progress) = create_until(&service.context(), &within(600), &cancel).await;
    assert!(matches!(result, Err(CreateError::Stopped)), "{result:?}");
    assert!((40.0..40.1).contains(&service.elapsed()));
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
}

#[tokio::test(start_paused = true)]
async fn of_a_checkpoint_with_several_backups_the_one_of_the_server_is_waited_for() {
    let service = Service::new();
    service.after(Op::Protect, |service| {
        service.add("foreign", |item| {
            item["checkpoint_id"] = "cp-new-1".into();
            item["resource_id"] = "server-2".into();
        });
        service.change("new-1", |item| item["hidden"] = true.into());
    });
    service.at(10, |service| {
        service.change("new-1", |item| item["hidden"] = false.into());
    });
    service.status_at(30, "new-1", "available");
    let (result, progress) = create(&service.context(), &within(600)).await;
    result.unwrap();
    assert_eq!(progress.item.unwrap().id, "new-1");
    assert!(service.elapsed() >= 30.0);
}

#[tokio::test(start_paused = true)]
async fn a_backup_whose_server_the_answer_leaves_out_is_taken() {
    let service = Service::new();
    service.after(Op::Protect, |service| {
        service.change("new-1", |item| item["resource_id"] = Value::Null);
    });
    service.status_at(30, "new-1", "available");
    create(&service.context(), &within(600)).await.0.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_shown_backup_is_read_by_its_id() {
    let service = Service::new();
    service.status_at(30, "new-1", "available");
    create(&service.context(), &within(600)).await.0.unwrap();
    // The list before the protect action, and the one that shows the backup.
    assert_eq!(service.count(Op::List), 2);
    assert!(service.count(Op::Read) > 10);
    assert!(
        service
            .lines(Op::Read)
            .iter()
            .all(|line| line == "GET /checkpoint_items/new-1")
    );
}

#[tokio::test(start_paused = true)]
async fn disks_that_the_last_answer_leaves_out_are_read() {
    let service = Service::new();
    service.after(Op::Protect, |service| {
        service.change("new-1", |item| item["extend_info"] = json!({}));
    });
    let disks = json!({ "id": "new-1", "checkpoint_id": "cp-new-1", "status": "available",
        "created_at": time(Duration::ZERO), "extend_info": { "volume_backups": [{ "id": "disk" }] } });
    service.at(30, move |service| {
        service.set_status("new-1", "available");
        service.refuse_second(Op::Read, answer(200, &json!({ "checkpoint_item": disks })));
    });
    let (result, progress) = create(&service.context(), &within(600)).await;
    result.unwrap();
    let info = progress.item.unwrap().extend_info.unwrap();
    assert_eq!(info.volume_backups().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn disks_that_cannot_be_read_do_not_fail_the_create() {
    for reply in [text(500, ""), lost(Delivery::Unknown), refusal(404, "CSBS.3001")] {
        let service = Service::new();
        service.after(Op::Protect, |service| {
            service.change("new-1", |item| item["extend_info"] = json!({}));
        });
        service.at(30, |service| {
            service.set_status("new-1", "available");
            service.refuse_second(Op::Read, reply);
        });
        let (result, progress) = create(&service.context(), &within(600)).await;
        result.unwrap();
        assert_eq!(progress.item.unwrap().status, Status::Available);
    }
}

#[tokio::test(start_paused = true)]
async fn earlier_reads_of_the_backup_are_stale_after_the_wait() {
    let service = Service::new();
    let context = service.context();
    // Ten looks at once read the list as pages, which are kept.
    for number in 0..10 {
        service.add(&format!("item-{number}"), |_| ());
    }
    let began = Instant::now();
    service.status_at(30, "new-1", "available");
    let job = within(600);
    let reads = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let mut looks = tokio::task::JoinSet::new();
        for number in 0..10 {
            let inventory = context.inventory.clone();
            looks.spawn(async move {
                inventory
                    .look(ItemKey::Item(format!("item-{number}")), Instant::now())
                    .await
            });
        }
        looks.join_all().await;
    };
    let ((result, _), ()) = tokio::join!(create(&context, &job), reads);
    result.unwrap();
    let look = context.inventory.look(ItemKey::Item("new-1".to_owned()), began).await;
    let Ok(Lookup::Found(items)) = look else {
        panic!("{look:?}")
    };
    assert_eq!(items[0].status, Status::Available);
    let look = context
        .inventory
        .look(ItemKey::Checkpoint("cp-new-1".to_owned()), began)
        .await;
    let Ok(Lookup::Found(items)) = look else {
        panic!("{look:?}")
    };
    assert_eq!(items[0].status, Status::Available);
}

#[tokio::test(start_paused = true)]
async fn disks_are_read_after_the_deadline_too() {
    let service = Service::new();
    service.after(Op::Protect, |service| {
        service.change("new-1", |item| item["extend_info"] = json!({}));
    });
    // The look at the deadline finds the backup finished. Reading its disks takes two seconds more.
    service.at(30, |service| {
        service.set_status("new-1", "available");
        service.delay(Op::Read, Duration::from_millis(50));
        service.delay(Op::Read, Duration::from_secs(2));
    });
    service.at(31, |service| {
        service.change("new-1", |item| {
            item["extend_info"] = json!({ "volume_backups": [{ "id": "disk" }] });
        });
    });
    let (result, progress) = create(&service.context(), &within(30)).await;
    result.unwrap();
    let info = progress.item.unwrap().extend_info.unwrap();
    assert_eq!(info.volume_backups().len(), 1);
}
