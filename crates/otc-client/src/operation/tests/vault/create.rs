//! Creates: what is looked at before, what ends them, and what they cost.

use std::{sync::Mutex, time::Duration};

use serde_json::json;
use tokio::time::Instant;

use super::service::{Scripted, Service};
use crate::{
    cbr::VaultStatus,
    http::captured_log::CapturedLog,
    operation::create_vault_backup::{
        CreateVaultBackup, CreateVaultBackupError as Error, ResumeVaultBackup, VaultBackupProgress, VaultProblem,
        problem_of,
    },
    rest::testing::{answer, refusal, text},
};

#[tokio::test(start_paused = true)]
async fn a_backup_is_made_by_one_request_and_waited_for_by_its_own_id() {
    let service = Service::new();
    let (result, progress) = service.create("s0").await;
    result.unwrap();
    assert_eq!(service.count("POST"), 1);
    let backup = progress.backup.unwrap();
    assert_eq!(
        (backup.id.as_str(), progress.checkpoint_id.as_deref()),
        ("b0", Some("cp0"))
    );
    assert_eq!(progress.checkpoint.unwrap().vault_name.as_deref(), Some("vault-app"));
    assert_eq!(progress.vault.unwrap().status, VaultStatus::Available);
    let lines = service.fake.lines();
    assert!(
        lines[..2]
            .iter()
            .all(|line| line.starts_with("GET /vaults/v") || line.starts_with("GET /backups?"))
    );
    assert!(lines[2].starts_with("POST"), "{lines:?}");
    assert_eq!(
        service.count("GET /checkpoints"),
        0,
        "a user may have no permission to read it"
    );
    assert!(service.count("GET /backups/b0") > 10);
}

#[tokio::test(start_paused = true)]
async fn the_vault_decides_before_anything_is_made() {
    for (pointer, value, problem) in [
        ("/billing/status", json!("frozen"), VaultProblem::Status),
        ("/billing/status", json!("deleting"), VaultProblem::Status),
        ("/billing/status", json!("error"), VaultProblem::Status),
        ("/billing/protect_type", json!("replication"), VaultProblem::WrongKind),
        ("/billing/object_type", json!("disk"), VaultProblem::WrongKind),
        ("/billing/used", json!(200 * 1024 + 1), VaultProblem::Full),
        ("/resources", json!([{ "id": "s1" }]), VaultProblem::NotAssociated),
        (
            "/resources",
            json!([{ "id": "s0", "protect_status": "removing" }]),
            VaultProblem::NotAssociated,
        ),
    ] {
        let service = Service::new();
        *service.state().vault.pointer_mut(pointer).unwrap() = value.clone();
        let (result, progress) = service.create("s0").await;
        match result {
            Err(Error::VaultRefused(vault)) => assert_eq!(problem_of(&vault, "s0"), Some(problem), "{pointer} {value}"),
            other => panic!("{pointer} {value}: {other:?}"),
        }
        assert!(progress.checkpoint_id.is_none());
        assert_eq!(service.count("POST"), 0, "{pointer} {value}");
    }
    let service = Service::new();
    service.script("GET /vaults", [Scripted::Refused(refusal(404, "BackupService.6105"))]);
    assert!(matches!(service.create("s0").await.0, Err(Error::VaultNotFound)));
    assert_eq!(service.count("POST"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_is_resized_or_grows_by_itself_takes_backups() {
    let service = Service::new();
    service.state().vault["billing"]["status"] = "lock".into();
    service.state().vault["locked"] = true.into();
    service.create("s0").await.0.unwrap();
    let service = Service::new();
    service.state().vault["billing"]["used"] = (200 * 1024 + 1).into();
    service.state().vault["auto_expand"] = true.into();
    service.create("s0").await.0.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_skipped_server_is_a_failure_that_says_why() {
    let service = Service::new();
    let skipped = json!({ "id": "s0", "code": "BackupService.7102", "reason": "the server is stopped" });
    service.state().skipped.push_back(skipped);
    let (result, progress) = service.create("s0").await;
    match result {
        Err(Error::Skipped(skipped)) => assert_eq!(skipped.reason.as_deref(), Some("the server is stopped")),
        other => panic!("{other:?}"),
    }
    assert_eq!((progress.checkpoint_id, service.count("POST")), (None, 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_skipped_because_it_is_busy_is_tried_again_while_a_backup_of_it_runs() {
    let busy = json!({ "id": "s0", "code": "BackupService.6125", "reason": "busy" });
    let service = Service::new();
    service.create("s0").await.0.unwrap();
    let before = service.count("POST");
    // Nothing runs: the service would skip it again and again, and leave a checkpoint each time.
    service.state().skipped.extend((0..100).map(|_| busy.clone()));
    assert!(matches!(service.create("s0").await.0, Err(Error::Skipped(_))));
    assert_eq!(service.count("POST"), before + 3);

    let service = Service::new();
    service.state().skipped.push_back(busy);
    service.add("s0", "other");
    service.state().backups[0].statuses[0].1 = "protecting";
    let end = Instant::now() + Duration::from_secs(40);
    service.state().backups[0].statuses.push((end, "available"));
    service.create("s0").await.0.unwrap();
    assert_eq!(service.count("POST"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_backed_up_because_a_backup_of_it_runs_is_waited_for() {
    let service = Service::new();
    service.add("s0", "other");
    service.state().backups[0].statuses[0].1 = "protecting";
    let end = Instant::now() + Duration::from_secs(40);
    service.state().backups[0].statuses.push((end, "available"));
    service.script("POST", [Scripted::Refused(refusal(400, "BackupService.0001"))]);
    service.create("s0").await.0.unwrap();
    assert!(Instant::now() > end);
    assert_eq!(service.count("POST"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_or_vault_is_waited_for() {
    for (status, code) in [
        (500, "BackupService.0002"),
        (400, "BackupService.6125"),
        (400, "BackupService.1001"),
        (400, "BackupService.6123"),
        (409, "APIG.9"),
    ] {
        let service = Service::new();
        service.script("POST", (0..3).map(|_| Scripted::Refused(refusal(status, code))));
        service.create("s0").await.0.unwrap();
        assert_eq!(service.count("POST"), 4, "{code}");
        assert_eq!(service.state().backups.len(), 1);

        let service = Service::new();
        service.script("POST", (0..1000).map(|_| Scripted::Refused(refusal(status, code))));
        let (result, _) = service.create_within("s0", Duration::from_secs(120)).await;
        assert!(matches!(result, Err(Error::Busy { .. })), "{code}: {result:?}");
        assert!(service.count("POST") < 10, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_and_not_repeated() {
    for (status, code) in [
        (400, "BackupService.6114"),
        (400, "BackupService.6135"),
        (404, "BackupService.6302"),
        (400, "BackupService.0001"),
        (400, "BackupService.9900"),
        (403, "BackupService.8600"),
    ] {
        let service = Service::new();
        service.script("POST", [Scripted::Refused(refusal(status, code))]);
        match service.create("s0").await.0 {
            Err(Error::Api { source, .. }) => assert_eq!(source.code(), Some(code)),
            other => panic!("{code}: {other:?}"),
        }
        assert_eq!(service.count("POST"), 1, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_not_listed_at_once_is_looked_for() {
    let service = Service::new();
    service.state().listed_after = Duration::from_secs(45);
    service.create("s0").await.0.unwrap();
    let service = Service::new();
    service.state().listed_after = Duration::from_secs(900);
    let (result, progress) = service.create("s0").await;
    assert!(matches!(result, Err(Error::NotShown { .. })), "{result:?}");
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp0"), "it is kept");
    assert_eq!(service.count("POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_backup_stays_known_and_its_task_has_the_reason() {
    let fail = |service: &Service| {
        let mut state = service.state();
        state.ends_as = "error";
        state.error = Some(("BackupService.6114", "the vault is full"));
    };
    let service = Service::new();
    fail(&service);
    let (result, progress) = service.create("s0").await;
    assert!(matches!(result, Err(Error::Failed)), "{result:?}");
    let task = progress.task.unwrap();
    assert_eq!(task.error_code.as_deref(), Some("BackupService.6114"));
    assert_eq!(task.error_message.as_deref(), Some("the vault is full"));
    assert_eq!(progress.backup.unwrap().id, "b0");

    let service = Service::new();
    fail(&service);
    service.state().refuses_tasks = true;
    let (result, progress) = service.create("s0").await;
    assert!(matches!(result, Err(Error::Failed)), "{result:?}");
    assert!(progress.task.is_none() && progress.backup.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_percentage_comes_from_the_task_and_is_not_needed() {
    for refuses_tasks in [false, true] {
        let service = Service::new();
        service.state().refuses_tasks = refuses_tasks;
        service.state().takes = Duration::from_secs(300);
        let seen = Mutex::new(Vec::new());
        let create = CreateVaultBackup {
            request: Service::request("s0"),
            reads_percentage: true,
            timeout: Duration::from_secs(1800),
        };
        let on_progress = |progress: &VaultBackupProgress| {
            let percent = progress.task.as_ref().and_then(|task| task.progress);
            seen.lock().unwrap().extend(percent);
        };
        let mut progress = VaultBackupProgress::default();
        create
            .run(&service.context, &service.cancel, &mut progress, &on_progress)
            .await
            .unwrap();
        assert_eq!(seen.lock().unwrap().contains(&42), !refuses_tasks);
        let requests = service.count("GET /operation-logs");
        assert!(
            if refuses_tasks {
                requests == 1
            } else {
                (10..20).contains(&requests)
            },
            "{requests}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_percentage_that_nobody_sees_is_not_read_and_the_log_shows_it() {
    let service = Service::new();
    service.state().takes = Duration::from_secs(300);
    service.create("s0").await.0.unwrap();
    assert_eq!(service.count("GET /operation-logs"), 0);

    let log = CapturedLog::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let service = Service::new();
    service.state().takes = Duration::from_secs(300);
    // With a single subscriber, a log line that a thread of another test reaches first is disabled for all threads.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let logged = tracing::subscriber::set_default(subscriber);
    service.create("s0").await.0.unwrap();
    drop(logged);
    let requests = service.count("GET /operation-logs");
    assert!((10..20).contains(&requests), "{requests}");
    assert!(log.text().contains("percent=42"), "{}", log.text());
}

#[tokio::test(start_paused = true)]
async fn a_hundred_creates_need_at_most_three_requests_each() {
    let service = Service::new();
    service.state().takes = Duration::from_secs(240);
    let creates = (0..100).map(|number| {
        let service = &service;
        async move { service.create(&format!("s{number}")).await.0.unwrap() }
    });
    futures_util::future::join_all(creates).await;
    let requests = service.fake.count();
    assert_eq!(service.count("POST"), 100);
    assert!(requests <= 300, "{requests}");
    assert!(service.count("GET /vaults") <= 2);
    println!("{requests} requests for 100 creates");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_create_within_two_seconds_and_keeps_what_exists() {
    for after in [Duration::from_millis(20), Duration::from_secs(20)] {
        let service = Service::new();
        let cancel = service.cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            cancel.cancel();
        });
        let began = Instant::now();
        let (result, progress) = service.create("s0").await;
        assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
        assert!(began.elapsed() < after + Duration::from_secs(2));
        assert_eq!(progress.checkpoint_id.is_some(), service.count("POST") > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_create_is_resumed_by_checkpoint_or_backup() {
    for (checkpoint_id, backup_id) in [(Some("cp0"), None), (None, Some("b0")), (Some("cp0"), Some("b0"))] {
        let service = Service::new();
        let (result, _) = service.create_within("s0", Duration::from_secs(20)).await;
        assert!(matches!(result, Err(Error::TimedOut { .. })), "{result:?}");
        let resume = ResumeVaultBackup {
            resource_id: "s0".to_owned(),
            checkpoint_id: checkpoint_id.map(str::to_owned),
            backup_id: backup_id.map(str::to_owned),
            timeout: Duration::from_secs(600),
        };
        let mut progress = VaultBackupProgress::default();
        resume
            .run(&service.context, &service.cancel, &mut progress)
            .await
            .unwrap();
        assert_eq!(progress.checkpoint_id.as_deref(), Some("cp0"));
        assert_eq!(progress.backup.unwrap().id, "b0");
        assert_eq!(service.count("POST"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_disappears_while_it_is_made_is_an_error() {
    let service = Service::new();
    let gone_at = Instant::now() + Duration::from_secs(30);
    service.state().takes = Duration::from_secs(100);
    let create = service.create("s0");
    let remove = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        service.state().backups[0].gone_at = Some(gone_at);
    };
    let ((result, _), ()) = tokio::join!(create, remove);
    assert!(matches!(result, Err(Error::Removed)), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_for_a_time_does_not_end_the_wait() {
    let service = Service::new();
    service.script("GET /backups/", (0..12).map(|_| Scripted::Refused(text(503, ""))));
    service.create("s0").await.0.unwrap();
    let service = Service::new();
    service.script("GET /backups/", [Scripted::Refused(answer(403, &json!({})))]);
    let (result, progress) = service.create("s0").await;
    assert!(matches!(result, Err(Error::Api { .. })), "{result:?}");
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp0"));
}
