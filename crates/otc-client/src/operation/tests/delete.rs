//! A deletion that the service accepts, and the wait until the backup is gone.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::service::*;
use crate::{
    csbs::Status,
    http::Delivery,
    operation::delete_backup::{DeleteBackup, DeleteError},
    rest::testing::{Reply, lost, refusal, text},
};

pub(super) fn job() -> DeleteBackup {
    DeleteBackup {
        checkpoint_id: "cp-old".to_owned(),
        item_id: Some("old".to_owned()),
        server_id: Some(SERVER.to_owned()),
        not_shown_for: None,
        timeout: Duration::from_secs(1800),
    }
}

/// A service with one backup, `old`.
pub(super) fn with_backup() -> Service {
    let service = Service::new();
    service.add("old", |_| ());
    service
}

pub(super) async fn delete(service: &Service, job: &DeleteBackup) -> Result<(), DeleteError> {
    job.run(&service.context(), &CancellationToken::new()).await
}

#[tokio::test(start_paused = true)]
async fn the_request_is_sent_once_and_success_means_that_the_backup_is_gone() {
    let service = with_backup();
    service.at(30, |service| service.remove("old"));
    delete(&service, &job()).await.unwrap();
    assert_eq!(service.count(Op::Delete), 1);
    assert!((30.0..32.0).contains(&service.elapsed()), "{}", service.elapsed());
    // The whole checkpoint is deleted, because the backup is its only one.
    assert!(service.lines(Op::Delete)[0].ends_with("/checkpoints/cp-old"));
    assert_eq!(service.order()[..2], [Op::List, Op::Delete]);
    assert!(service.order()[2..].iter().all(|op| *op == Op::Read));
    assert!(
        service.moments(Op::Read)[0] >= 0.25,
        "there is a pause after the request"
    );
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_stays_is_an_error_at_the_timeout() {
    let service = with_backup();
    let job = DeleteBackup {
        timeout: Duration::from_secs(60),
        ..job()
    };
    let Err(DeleteError::TimedOut {
        waited,
        accepted,
        status,
        last,
    }) = delete(&service, &job).await
    else {
        panic!()
    };
    assert_eq!((waited.as_secs(), accepted), (60, true));
    assert_eq!(status, Some(Status::Deleting));
    assert!(last.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_status_deleted_means_gone() {
    let service = with_backup();
    service.status_at(10, "old", "deleted");
    delete(&service, &job()).await.unwrap();
    assert!((10.0..12.0).contains(&service.elapsed()));
    assert_eq!(service.count(Op::Delete), 1);
    let service = with_backup();
    service.set_status("old", "deleted");
    delete(&service, &job()).await.unwrap();
    assert_eq!(service.count(Op::Delete), 0);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_gone_already_needs_no_request() {
    let service = Service::new();
    delete(&service, &job()).await.unwrap();
    assert_eq!(service.order(), [Op::List, Op::Read]);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_the_backup_is_not_enough() {
    let service = with_backup();
    service.change("old", |item| item["hidden"] = true.into());
    service.at(30, |service| service.remove("old"));
    delete(&service, &job()).await.unwrap();
    assert_eq!(service.count(Op::Delete), 1);
    assert!(service.elapsed() >= 30.0);
}

#[tokio::test(start_paused = true)]
async fn one_failed_look_does_not_end_the_deletion() {
    let replies: [fn() -> Reply; 5] = [
        || text(503, ""),
        || text(500, ""),
        || text(404, "<html>"),
        || lost(Delivery::Unknown),
        || lost(Delivery::NotSent),
    ];
    for reply in replies {
        for op in [Op::List, Op::Read] {
            let service = with_backup();
            match op {
                Op::List => service.refuse(Op::List, [reply()]),
                _ => service.at(10, move |service| service.refuse(Op::Read, [reply()])),
            }
            service.at(30, |service| service.remove("old"));
            delete(&service, &job()).await.unwrap();
            assert_eq!(service.count(Op::Delete), 1);
            assert!((30.0..42.0).contains(&service.elapsed()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_not_allowed_ends_the_deletion() {
    for op in [Op::List, Op::Read] {
        let service = with_backup();
        match op {
            Op::List => service.refuse(Op::List, [text(403, "")]),
            _ => service.at(10, |service| service.refuse(Op::Read, [text(403, "")])),
        }
        let result = delete(&service, &job()).await;
        let Err(DeleteError::Api(error)) = result else {
            panic!("{result:?}")
        };
        assert_eq!(error.status(), Some(403));
        assert!(service.elapsed() < 12.0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_failure_of_the_last_look_is_part_of_the_timeout() {
    let service = with_backup();
    service.at(20, |service| service.refuse_all(Op::Read, Some(text(503, ""))));
    let job = DeleteBackup {
        timeout: Duration::from_secs(60),
        ..job()
    };
    let Err(DeleteError::TimedOut { last, .. }) = delete(&service, &job).await else {
        panic!()
    };
    assert_eq!(last.unwrap().status(), Some(503));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_is_an_error_with_the_backup() {
    let service = with_backup();
    service.status_at(20, "old", "error");
    let result = delete(&service, &job()).await;
    let Err(DeleteError::Failed(item)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(item.id, "old");
    assert_eq!(service.count(Op::Delete), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_backup_can_be_deleted() {
    for status in ["error", "polishing"] {
        let service = with_backup();
        service.set_status("old", status);
        service.at(30, |service| service.remove("old"));
        delete(&service, &job()).await.unwrap();
        assert_eq!(service.count(Op::Delete), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_under_way_is_only_waited_for() {
    for status in ["waiting_delete", "deleting"] {
        let service = with_backup();
        service.set_status("old", status);
        service.at(30, |service| service.remove("old"));
        delete(&service, &job()).await.unwrap();
        assert_eq!(service.count(Op::Delete), 0, "{status}");
    }
    let service = with_backup();
    service.set_status("old", "deleting");
    service.status_at(20, "old", "error");
    let result = delete(&service, &job()).await;
    assert!(matches!(result, Err(DeleteError::Failed(_))), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn a_backup_at_work_gets_no_request_until_the_work_is_done() {
    for status in ["waiting_protect", "protecting", "waiting_restore", "restoring"] {
        let service = with_backup();
        service.set_status("old", status);
        service.status_at(100, "old", "available");
        service.after(Op::Delete, |service| service.remove("old"));
        delete(&service, &job()).await.unwrap();
        let sent = service.moments(Op::Delete);
        assert_eq!(sent.len(), 1, "{status}");
        assert!((100.0..102.0).contains(&sent[0]), "{status} {sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_deletion_without_a_sign_is_sent_again_after_two_minutes() {
    let service = with_backup();
    service.after(Op::Delete, |service| service.set_status("old", "available"));
    service.at(100, |service| {
        service.after(Op::Delete, |service| service.remove("old"));
    });
    delete(&service, &job()).await.unwrap();
    let sent = service.moments(Op::Delete);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!((120.0..123.0).contains(&(sent[1] - sent[0])), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn of_a_checkpoint_with_several_backups_only_ours_is_deleted() {
    for item_id in [Some("old"), None] {
        let service = with_backup();
        service.add("foreign", |item| {
            item["checkpoint_id"] = "cp-old".into();
            item["resource_id"] = "server-2".into();
        });
        service.at(20, |service| service.remove("old"));
        let job = DeleteBackup {
            item_id: item_id.map(str::to_owned),
            ..job()
        };
        delete(&service, &job).await.unwrap();
        assert_eq!(service.count(Op::Delete), 1);
        assert!(service.lines(Op::Delete)[0].ends_with("/checkpoints/cp-old?checkpoint_items=old"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_with_several_backups_of_which_none_is_known_is_not_deleted() {
    for server_id in [None, Some("server-3")] {
        let service = with_backup();
        service.add("foreign", |item| item["checkpoint_id"] = "cp-old".into());
        let job = DeleteBackup {
            item_id: None,
            server_id: server_id.map(str::to_owned),
            ..job()
        };
        let result = delete(&service, &job).await;
        let Err(DeleteError::Ambiguous(items)) = result else {
            panic!("{result:?}")
        };
        assert_eq!(items.len(), 2);
        assert_eq!(service.count(Op::Delete), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_only_backup_of_a_checkpoint_is_ours_when_nothing_else_is_known() {
    let service = with_backup();
    service.at(20, |service| service.remove("old"));
    let job = DeleteBackup {
        item_id: None,
        server_id: None,
        ..job()
    };
    delete(&service, &job).await.unwrap();
    assert!(service.lines(Op::Delete)[0].ends_with("/checkpoints/cp-old"));
}

#[tokio::test(start_paused = true)]
async fn the_backup_of_another_server_is_not_deleted_for_ours() {
    let service = with_backup();
    service.change("old", |item| item["resource_id"] = "server-2".into());
    let job = DeleteBackup { item_id: None, ..job() };
    let result = delete(&service, &job).await;
    assert!(matches!(result, Err(DeleteError::Ambiguous(_))), "{result:?}");
    assert_eq!(service.count(Op::Delete), 0);
}

#[tokio::test(start_paused = true)]
async fn a_known_backup_among_others_that_is_gone_leaves_the_others() {
    let service = Service::new();
    service.add("foreign", |item| item["checkpoint_id"] = "cp-old".into());
    delete(&service, &job()).await.unwrap();
    assert_eq!(service.count(Op::Delete), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_says_whether_the_deletion_was_accepted() {
    let service = with_backup();
    let cancel = stop_after(Duration::from_secs(20));
    let result = job().run(&service.context(), &cancel).await;
    assert!(
        matches!(result, Err(DeleteError::Stopped { accepted: true })),
        "{result:?}"
    );
    assert!((20.0..20.1).contains(&service.elapsed()));
    let service = with_backup();
    service.set_status("old", "protecting");
    let cancel = stop_after(Duration::from_secs(20));
    let result = job().run(&service.context(), &cancel).await;
    assert!(
        matches!(result, Err(DeleteError::Stopped { accepted: false })),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_404_in_another_form_must_last_for_a_minute_and_the_list_must_agree() {
    let service = with_backup();
    service.at(10, |service| {
        service.refuse_all(Op::Read, Some(text(404, "<html>")));
        service.change("old", |item| item["hidden"] = true.into());
    });
    delete(&service, &job()).await.unwrap();
    assert!((70.0..85.0).contains(&service.elapsed()), "{}", service.elapsed());
    assert_eq!(service.count(Op::List), 2);

    // The list shows it.
    let service = with_backup();
    service.at(10, |service| service.refuse_all(Op::Read, Some(text(404, "<html>"))));
    let job_of_two_minutes = DeleteBackup {
        timeout: Duration::from_secs(120),
        ..job()
    };
    let result = delete(&service, &job_of_two_minutes).await;
    assert!(matches!(result, Err(DeleteError::TimedOut { .. })), "{result:?}");

    // It does not last.
    let service = with_backup();
    service.at(10, |service| service.refuse_all(Op::Read, Some(text(404, "<html>"))));
    service.at(60, |service| service.refuse_all(Op::Read, None));
    service.at(75, |service| service.refuse_all(Op::Read, Some(text(404, "<html>"))));
    service.at(76, |service| service.remove("old"));
    delete(&service, &job()).await.unwrap();
    assert!(service.elapsed() >= 135.0, "{}", service.elapsed());
}

#[tokio::test(start_paused = true)]
async fn looks_after_such_a_404_become_less_frequent() {
    let service = with_backup();
    service.at(10, |service| service.refuse_all(Op::Read, Some(text(404, "<html>"))));
    let job = DeleteBackup {
        timeout: Duration::from_secs(60),
        ..job()
    };
    let _ = delete(&service, &job).await;
    let late = service.moments(Op::Read).into_iter().filter(|at| *at > 12.0).count();
    // Pauses from 1 s to 10 s, on the grid of the schedule.
    assert!((5..=12).contains(&late), "{late}");
}

#[tokio::test(start_paused = true)]
async fn a_backup_without_an_id_that_no_list_shows_is_gone_when_the_request_says_so() {
    let unknown = DeleteBackup { item_id: None, ..job() };
    let service = Service::new();
    delete(&service, &unknown).await.unwrap();
    assert_eq!(service.order(), [Op::List, Op::Delete]);

    // An accepted request is repeated until then, with pauses of 5 s and more.
    let service = with_backup();
    service.change("old", |item| item["hidden"] = true.into());
    service.at(20, |service| service.remove("old"));
    delete(&service, &unknown).await.unwrap();
    let sent = service.moments(Op::Delete);
    let pauses: Vec<_> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| *pause >= 5.0), "{pauses:?}");
    assert!((3..=4).contains(&sent.len()), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_new_backup_is_not_gone_before_the_service_must_show_it() {
    let new = DeleteBackup {
        item_id: None,
        not_shown_for: Some(Duration::from_secs(30)),
        ..job()
    };
    // It is never shown: two minutes after it was accepted, the answer counts.
    let service = Service::new();
    delete(&service, &new).await.unwrap();
    assert!((90.0..125.0).contains(&service.elapsed()), "{}", service.elapsed());

    let service = Service::new();
    service.at(40, |service| service.add("old", |_| ()));
    service.at(100, |service| service.remove("old"));
    delete(&service, &new).await.unwrap();
    assert!(service.elapsed() >= 100.0, "{}", service.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_backup_without_an_id_that_is_listed_later_is_found() {
    let service = with_backup();
    service.change("old", |item| {
        item["hidden"] = true.into();
        item["status"] = "protecting".into();
    });
    service.refuse(Op::Delete, [refusal(400, "CSBS.2003")]);
    service.at(4, |service| {
        service.change("old", |item| {
            item["hidden"] = false.into();
            item["status"] = "available".into();
        });
    });
    service.at(40, |service| service.remove("old"));
    let unknown = DeleteBackup { item_id: None, ..job() };
    delete(&service, &unknown).await.unwrap();
    assert_eq!(service.count(Op::Delete), 2);
}

#[tokio::test(start_paused = true)]
async fn only_404s_count_towards_the_minute_after_which_the_list_is_read() {
    let service = with_backup();
    service.at(10, |service| service.refuse_all(Op::Read, Some(text(503, ""))));
    service.at(80, |service| {
        service.refuse_all(Op::Read, Some(text(404, "<html>")));
        service.change("old", |item| item["hidden"] = true.into());
    });
    delete(&service, &job()).await.unwrap();
    assert!((140.0..160.0).contains(&service.elapsed()), "{}", service.elapsed());
}
