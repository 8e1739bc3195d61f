//! Restores.

use std::{sync::Mutex, time::Duration};

use tokio::time::Instant;

use super::service::{Scripted, Service};
use crate::{
    cbr::VolumeMapping,
    http::Delivery,
    operation::{
        restore::MappingError,
        restore_vault_backup::{
            RestoreProof, RestoreVaultBackup, RestoreVaultBackupError as Error, RestoreVaultProgress,
        },
    },
    rest::testing::{lost, refusal, text},
};

fn job(id: &str) -> RestoreVaultBackup {
    RestoreVaultBackup {
        backup_id: id.to_owned(),
        server_id: None,
        volumes: Vec::new(),
        power_on: true,
        timeout: Duration::from_secs(1800),
    }
}

async fn restore(service: &Service, id: &str) -> (Result<RestoreProof, Error>, Vec<RestoreVaultProgress>) {
    let seen = Mutex::new(Vec::new());
    let on_progress = |progress| seen.lock().unwrap().push(progress);
    let result = job(id).run(&service.context, &service.cancel, &on_progress).await;
    (result, seen.into_inner().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_restore_is_proved_by_its_task() {
    let service = Service::new();
    let id = service.add("s0", "n");
    // An earlier restore of the same backup is not taken for this one.
    restore(&service, &id).await.0.unwrap();
    let (result, seen) = restore(&service, &id).await;
    assert_eq!(result.unwrap(), RestoreProof::Task);
    assert!(seen.contains(&RestoreVaultProgress::Checked {
        server_id: "s0".to_owned(),
        disks: 1
    }));
    let is_running =
        |progress: &RestoreVaultProgress| matches!(progress, RestoreVaultProgress::Running { percent: Some(7), .. });
    assert!(seen.iter().any(is_running), "{seen:?}");
    assert_eq!(service.count("POST"), 2);
    let bodies = service.fake.lines();
    assert!(bodies.iter().any(|line| line == "POST /backups/b0/restore"));
}

#[tokio::test(start_paused = true)]
async fn without_tasks_the_status_is_a_weaker_proof() {
    let service = Service::new();
    service.state().refuses_tasks = true;
    let id = service.add("s0", "n");
    assert_eq!(restore(&service, &id).await.0.unwrap(), RestoreProof::Status);
}

#[tokio::test(start_paused = true)]
async fn tasks_that_cannot_be_read_for_a_time_prove_nothing() {
    let service = Service::new();
    service.state().restore_ends_as = "failed";
    let id = service.add("s0", "n");
    let restoring = restore(&service, &id);
    let failing = async {
        tokio::time::sleep(Duration::from_secs(35)).await;
        service.script("GET /operation-logs", (0..60).map(|_| Scripted::Refused(text(503, ""))));
    };
    let ((result, _), ()) = tokio::join!(restoring, failing);
    assert!(matches!(result, Err(Error::Failed { .. })), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_task_is_a_failure_although_the_backup_is_available_again() {
    let service = Service::new();
    service.state().restore_ends_as = "failed";
    let id = service.add("s0", "n");
    match restore(&service, &id).await.0 {
        Err(Error::Failed { task: Some(task), .. }) => {
            assert_eq!(task.error_code.as_deref(), Some("BackupService.2001"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_restore_is_sent_once_whatever_happens() {
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("POST", [Scripted::Lost]);
    assert_eq!(restore(&service, &id).await.0.unwrap(), RestoreProof::Task);
    assert_eq!(service.count("POST"), 1);

    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("POST", [Scripted::Refused(lost(Delivery::Unknown))]);
    let (result, _) = restore(&service, &id).await;
    assert!(matches!(result, Err(Error::NoAnswer(_))), "{result:?}");
    assert_eq!(service.count("POST"), 1);

    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("POST", [Scripted::Refused(refusal(400, "BackupService.2010"))]);
    let (result, _) = restore(&service, &id).await;
    assert!(matches!(result, Err(Error::Api(_))), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_request_is_looked_for_at_the_backup_and_seldom_at_the_tasks() {
    let service = Service::new();
    let id = service.add("s0", "n");
    service.script("POST", [Scripted::Refused(lost(Delivery::Unknown))]);
    let (result, _) = restore(&service, &id).await;
    assert!(matches!(result, Err(Error::NoAnswer(_))), "{result:?}");
    let (looks, tasks) = (service.count("GET /backups"), service.count("GET /operation-logs"));
    assert!(looks >= 60, "{looks}");
    // In two minutes, every ten seconds; and once before the request.
    assert!((10..=15).contains(&tasks), "{tasks}");
}

#[tokio::test(start_paused = true)]
async fn a_restore_whose_looks_are_never_answered_timed_out() {
    let service = Service::new();
    let id = service.add("s0", "n");
    let mut job = job(&id);
    job.timeout = Duration::from_secs(4);
    let restoring = job.run(&service.context, &service.cancel, &|_| {});
    let hanging = async {
        while service.count("POST") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        service.fake.hang_reads();
    };
    let (result, ()) = tokio::join!(restoring, hanging);
    assert!(matches!(result, Err(Error::TimedOut { last: None, .. })), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_restore_is_seen_at_once_although_tasks_are_read_seldom() {
    for ends_as in ["success", "failed"] {
        let service = Service::new();
        service.state().restore_ends_as = ends_as;
        let id = service.add("s0", "n");
        let begin = Instant::now();
        let (result, _) = restore(&service, &id).await;
        assert_eq!(result.is_ok(), ends_as == "success", "{result:?}");
        // The service takes 40 s.
        let took = begin.elapsed();
        assert!((40..=42).contains(&took.as_secs()), "{took:?}");
        let tasks = service.count("GET /operation-logs");
        assert!(tasks <= 9, "{tasks}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_restored_is_refused_before_anything_is_sent() {
    let service = Service::new();
    let id = service.add("s0", "n");
    assert!(matches!(restore(&service, "b9").await.0, Err(Error::NotFound)));
    service.state().backups[0].statuses[0].1 = "error";
    assert!(matches!(restore(&service, &id).await.0, Err(Error::NotAvailable(_))));
    service.state().backups[0].statuses[0].1 = "available";
    let mut other = job(&id);
    other.server_id = Some("s1".to_owned());
    let result = other.run(&service.context, &service.cancel, &|_| {}).await;
    assert!(
        matches!(result, Err(Error::Mapping(MappingError::OtherServer(_)))),
        "{result:?}"
    );
    other.volumes = vec![VolumeMapping {
        backup_id: id.clone(),
        volume_id: "disk".to_owned(),
    }];
    let result = other.run(&service.context, &service.cancel, &|_| {}).await;
    assert!(
        matches!(result, Err(Error::Mapping(MappingError::NotInBackup(..)))),
        "{result:?}"
    );
    assert_eq!(service.count("POST"), 0);
}
