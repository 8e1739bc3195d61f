//! The wait for a backup that an earlier run has started.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::service::*;
use crate::{
    csbs::{ApiError, Status},
    operation::create_backup::{CreateError, CreateProgress, ResumeBackup},
};

fn job(item_id: Option<&str>) -> ResumeBackup {
    ResumeBackup {
        server_id: SERVER.to_owned(),
        checkpoint_id: Some("cp-started".to_owned()),
        item_id: item_id.map(str::to_owned),
        timeout: Duration::from_secs(600),
    }
}

async fn resume(service: &Service, job: &ResumeBackup) -> (Result<(), CreateError>, CreateProgress) {
    let mut progress = CreateProgress::default();
    let result = job
        .run(&service.context(), &CancellationToken::new(), &mut progress)
        .await;
    (result, progress)
}

fn with(status: &str) -> Service {
    let service = Service::new();
    service.add("started", |item| item["status"] = status.into());
    service
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_but_looks() {
    for item_id in [Some("started"), None] {
        let service = with("protecting");
        service.status_at(60, "started", "available");
        let (result, progress) = resume(&service, &job(item_id)).await;
        result.unwrap();
        assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-started"));
        assert_eq!(progress.item.unwrap().status, Status::Available);
        assert!((60.0..62.0).contains(&service.elapsed()));
        assert!(service.order().iter().all(|op| matches!(op, Op::Read | Op::List)));
        assert_eq!(service.count(Op::List), usize::from(item_id.is_none()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_whose_id_is_known_is_gone_at_the_first_look_that_says_so() {
    let service = Service::new();
    let (result, _) = resume(&service, &job(Some("started"))).await;
    assert!(matches!(result, Err(CreateError::Removed)), "{result:?}");
    assert!(service.elapsed() < 2.0);
}

#[tokio::test(start_paused = true)]
async fn a_backup_of_which_nothing_is_known_is_not_shown_within_two_minutes() {
    let service = Service::new();
    let job = ResumeBackup {
        checkpoint_id: None,
        ..job(None)
    };
    let (result, _) = resume(&service, &job).await;
    assert!(matches!(result, Err(CreateError::NotShown { .. })), "{result:?}");
    assert_eq!(service.order(), []);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_is_an_error_after_a_minute_and_not_before() {
    let service = with("polishing");
    let (result, progress) = resume(&service, &job(Some("started"))).await;
    let Err(CreateError::UnknownStatus(status)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(status, Status::Unknown("polishing".to_owned()));
    assert!((60.0..63.0).contains(&service.elapsed()), "{}", service.elapsed());
    assert!(progress.item.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_that_passes_is_tolerated_from_the_beginning() {
    for known in ["protecting", "waiting_protect"] {
        let service = with("polishing");
        service.status_at(50, "started", known);
        service.status_at(55, "started", "polishing");
        service.status_at(105, "started", "available");
        resume(&service, &job(Some("started"))).await.0.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_cannot_be_sent_ends_the_wait_at_once() {
    let service = Service::new();
    let (result, _) = resume(&service, &job(Some("../other"))).await;
    assert!(
        matches!(
            result,
            Err(CreateError::Api {
                source: ApiError::InvalidId { .. },
                ..
            })
        ),
        "{result:?}"
    );
    assert!(service.elapsed() < 2.0);
    assert_eq!(service.order(), []);
}
