//! Deletions.

use std::time::Duration;

use tokio::time::Instant;

use super::service::{Scripted, Service};
use crate::{
    http::Delivery,
    operation::delete_vault_backup::{DeleteVaultBackup, DeleteVaultBackupError as Error},
    rest::testing::{lost, refusal, text},
};

async fn delete(service: &Service, id: &str) -> Result<(), Error> {
    let job = DeleteVaultBackup {
        backup_id: id.to_owned(),
        timeout: Duration::from_secs(600),
    };
    job.run(&service.context, &service.cancel).await
}

#[tokio::test(start_paused = true)]
async fn a_deletion_ends_when_the_service_says_that_the_backup_is_gone() {
    let service = Service::new();
    let id = service.add("s0", "n");
    delete(&service, &id).await.unwrap();
    assert_eq!(service.count("DELETE"), 1);
    let lines = service.fake.lines();
    assert_eq!(
        lines.last().unwrap(),
        "GET /backups/b0",
        "a list may hide what is being deleted"
    );
    delete(&service, &id).await.unwrap();
    assert_eq!(service.count("DELETE"), 1, "it is gone already");
}

#[tokio::test(start_paused = true)]
async fn a_busy_backup_is_deleted_later() {
    for code in ["BackupService.6203", "BackupService.6216", "CSBS.2003"] {
        let service = Service::new();
        let id = service.add("s0", "n");
        service.script("DELETE", (0..3).map(|_| Scripted::Refused(refusal(400, code))));
        delete(&service, &id).await.unwrap();
        assert_eq!(service.count("DELETE"), 4, "{code}");
    }
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script(
        "DELETE",
        (0..900).map(|_| Scripted::Refused(refusal(400, "BackupService.6203"))),
    );
    match delete(&service, &id).await {
        Err(Error::TimedOut {
            accepted: false,
            last: Some(last),
            ..
        }) => assert!(last.is_busy()),
        other => panic!("{other:?}"),
    }
    assert!(service.count("DELETE") < 40);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_cannot_succeed_says_why() {
    let refused = async |code: &str, times: usize| {
        let service = Service::new();
        let id = service.add("s0", "n");
        service.script("DELETE", (0..times).map(|_| Scripted::Refused(refusal(400, code))));
        let result = delete(&service, &id).await;
        (result.unwrap_err(), service.count("DELETE"))
    };
    for (code, requests) in [
        ("BackupService.6710", 1),
        // The service asks to try again.
        ("BackupService.6201", 3),
    ] {
        let (error, sent) = refused(code, 100).await;
        assert!(
            matches!(&error, Error::Api(error) if error.code() == Some(code)),
            "{error}"
        );
        assert_eq!(sent, requests, "{code}");
    }
    let (error, sent) = refused("BackupService.6204", 100).await;
    let Error::UsedByImages { source, image_ids } = error else {
        panic!("{error:?}");
    };
    assert_eq!(source.code(), Some("BackupService.6204"));
    assert_eq!((image_ids, sent), (vec!["i0".to_owned()], 1));
    let (error, sent) = refused("BackupService.6220", 100).await;
    let Error::LockedVault { source, vault_id } = error else {
        panic!("{error:?}");
    };
    assert_eq!(source.code(), Some("BackupService.6220"));
    assert_eq!((vault_id.as_deref(), sent), (Some("v"), 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_followed_by_a_look_and_gone_is_success() {
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("DELETE", [Scripted::Lost]);
    delete(&service, &id).await.unwrap();
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("DELETE", [Scripted::Refused(refusal(404, "BackupService.6200"))]);
    delete(&service, &id).await.unwrap();
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("DELETE", (0..6).map(|_| Scripted::Refused(lost(Delivery::Unknown))));
    delete(&service, &id).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_404_of_a_gateway_does_not_end_a_deletion() {
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("GET /backups/", (0..3).map(|_| Scripted::Refused(text(404, "<html>"))));
    delete(&service, &id).await.unwrap();
    assert_eq!(
        service.count("DELETE"),
        1,
        "the backup is deleted when it can be read again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_deletion_at_once() {
    let service = Service::new();
    let id = service.add("s0", "n");
    let cancel = service.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        cancel.cancel();
    });
    let began = Instant::now();
    let result = delete(&service, &id).await;
    assert!(matches!(result, Err(Error::Stopped { accepted: true })), "{result:?}");
    assert!(began.elapsed() < Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_under_way_is_only_waited_for_and_its_failure_is_an_error() {
    for status in ["waiting_delete", "deleting"] {
        let service = Service::new();
        let id = service.add("s0", "n");
        service.state().backups[0].statuses[0].1 = status;
        service.state().backups[0].gone_at = Some(Instant::now() + Duration::from_secs(30));
        delete(&service, &id).await.unwrap();
        assert_eq!(service.count("DELETE"), 0, "{status}");
    }
    let service = Service::new();
    let id = service.add("s0", "n");
    service.state().backups[0].statuses[0].1 = "deleting";
    let end = Instant::now() + Duration::from_secs(20);
    service.state().backups[0].statuses.push((end, "error"));
    match delete(&service, &id).await {
        Err(Error::Failed(backup)) => assert_eq!(backup.id, id),
        other => panic!("{other:?}"),
    }
    assert_eq!(service.count("DELETE"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_backup_is_deleted_and_one_at_work_only_when_the_work_is_done() {
    for status in ["error", "polishing"] {
        let service = Service::new();
        let id = service.add("s0", "n");
        service.state().backups[0].statuses[0].1 = status;
        delete(&service, &id).await.unwrap();
        assert_eq!(service.count("DELETE"), 1, "{status}");
    }
    for status in ["waiting_protect", "protecting", "waiting_restore", "restoring"] {
        let service = Service::new();
        let id = service.add("s0", "n");
        service.state().backups[0].statuses[0].1 = status;
        let end = Instant::now() + Duration::from_secs(100);
        service.state().backups[0].statuses.push((end, "available"));
        delete(&service, &id).await.unwrap();
        assert_eq!(service.count("DELETE"), 1, "{status}");
        assert!(end.elapsed() >= Duration::from_secs(30), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_not_allowed_ends_the_deletion_and_one_that_fails_does_not() {
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("GET /backups/", [Scripted::Refused(text(403, ""))]);
    match delete(&service, &id).await {
        Err(Error::Api(error)) => assert_eq!(error.status(), Some(403)),
        other => panic!("{other:?}"),
    }
    assert_eq!(service.count("DELETE"), 0);

    for reply in [|| text(503, ""), || lost(Delivery::Unknown)] {
        let service = Service::new();
        let id = service.add("s0", "n");
        let began = Instant::now();
        service.script("GET /backups/", [Scripted::Refused(reply())]);
        delete(&service, &id).await.unwrap();
        assert_eq!(service.count("DELETE"), 1);
        assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_without_a_sign_is_sent_again_and_the_timeout_says_what_was_seen() {
    let service = Service::new();
    let id = service.add("s0", "n");
    // The service accepts each request, and deletes nothing.
    service.script("DELETE", (0..100).map(|_| Scripted::Refused(text(204, ""))));
    match delete(&service, &id).await {
        Err(Error::TimedOut {
            waited,
            accepted: true,
            status: Some(status),
            last: None,
        }) => assert_eq!((waited.as_secs(), status.as_str()), (600, "available")),
        other => panic!("{other:?}"),
    }
    assert_eq!(service.count("DELETE"), 5, "every two minutes");
}
