//! A protect action that the service refuses because the server is busy.

use std::time::Duration;

use super::service::*;
use crate::{
    http::Delivery,
    operation::create_backup::{CreateBackup, CreateError, Step},
    rest::testing::{Reply, answer, lost, refusal, text},
};

fn busy() -> Reply {
    refusal(500, "CSBS.1001")
}

/// A refusal with 429 that asks for a pause.
fn too_many(retry_after: &str) -> Reply {
    answer(429, &serde_json::json!({ "error_code": "APIG.0308" })).map(|mut reply| {
        reply.headers_mut().insert("retry-after", retry_after.parse().unwrap());
        reply
    })
}

#[tokio::test(start_paused = true)]
async fn the_server_is_looked_at_before_the_protect_action_is_sent_again() {
    for reply in [busy(), refusal(400, "CSBS.6005"), text(409, ""), text(429, "")] {
        let service = Service::new();
        service.refuse(Op::Protect, [reply]);
        service.status_at(60, "new-1", "available");
        create(&service.context(), &nightly()).await.0.unwrap();
        assert_eq!(service.order()[2..5], [Op::Protect, Op::List, Op::Protect]);
        assert_eq!(service.count(Op::Protect), 2);
        // After a 429 the client also limits the rate of its requests.
        let pause = service.moments(Op::Protect)[1] - service.moments(Op::Protect)[0];
        assert!((5.0..7.0).contains(&pause), "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_while_a_backup_of_the_server_is_running() {
    let service = Service::new();
    service.add("running", |item| item["status"] = "protecting".into());
    service.refuse(Op::Protect, [busy()]);
    service.status_at(100, "running", "available");
    service.status_at(200, "new-1", "available");
    create(&service.context(), &nightly()).await.0.unwrap();
    let protects = service.moments(Op::Protect);
    assert_eq!(protects.len(), 2);
    assert!((100.0..131.0).contains(&protects[1]), "{protects:?}");
    // Pauses of 5, 7.5, 11.25, ... up to 30 s.
    let looks = service.moments(Op::List);
    let pauses: Vec<_> = looks
        .windows(2)
        .take(4)
        .map(|pair| (pair[1] - pair[0]) as u64)
        .collect();
    assert_eq!(pauses[..3], [5, 7, 11]);
}

#[tokio::test(start_paused = true)]
async fn the_pauses_grow_from_refusal_to_refusal() {
    let service = Service::new();
    service.refuse(Op::Protect, [busy(), busy(), busy()]);
    service.status_at(300, "new-1", "available");
    create(&service.context(), &nightly()).await.0.unwrap();
    let protects = service.moments(Op::Protect);
    let pauses: Vec<_> = protects.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect();
    assert_eq!(pauses, [5, 7, 11]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_service_asks_for_is_kept() {
    let service = Service::new();
    service.refuse(Op::Protect, [too_many("45")]);
    service.status_at(100, "new-1", "available");
    create(&service.context(), &nightly()).await.0.unwrap();
    let protects = service.moments(Op::Protect);
    assert!((45.0..47.0).contains(&(protects[1] - protects[0])), "{protects:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_busy_is_an_error_at_the_timeout_that_names_the_backup() {
    let service = Service::new();
    service.add("running", |item| item["status"] = "protecting".into());
    service.add("finished", |_| ());
    service.refuse_all(Op::Protect, Some(busy()));
    let job = CreateBackup {
        timeout: Duration::from_secs(300),
        ..nightly()
    };
    let (result, progress) = create(&service.context(), &job).await;
    let Err(CreateError::Busy {
        source,
        running,
        waited,
    }) = result
    else {
        panic!("{result:?}")
    };
    assert_eq!(source.code(), Some("CSBS.1001"));
    assert_eq!(running.len(), 1);
    assert_eq!((running[0].id.as_str(), waited.as_secs()), ("running", 300));
    assert!(progress.checkpoint_id.is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_at_the_timeout_or_later() {
    let service = Service::new();
    service.refuse_all(Op::Protect, Some(busy()));
    let job = CreateBackup {
        timeout: Duration::from_secs(7),
        ..nightly()
    };
    let (result, _) = create(&service.context(), &job).await;
    assert!(matches!(result, Err(CreateError::Busy { .. })), "{result:?}");
    let protects = service.moments(Op::Protect);
    assert_eq!(protects.len(), 2, "{protects:?}");
    assert!(protects[1] < 7.0, "{protects:?}");
    assert!((7.0..7.2).contains(&service.elapsed()), "{}", service.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_the_timeout_ends_the_create_without_another_look() {
    // The questions take 100 ms, and the refusal another 50.
    let job = CreateBackup {
        timeout: Duration::from_millis(130),
        ..nightly()
    };
    let service = Service::new();
    service.refuse(Op::Protect, [busy()]);
    let (result, _) = create(&service.context(), &job).await;
    assert!(matches!(result, Err(CreateError::Busy { .. })), "{result:?}");
    assert_eq!(service.count(Op::List), 1);
}

#[tokio::test(start_paused = true)]
async fn one_failed_look_does_not_end_the_wait_for_the_server() {
    for reply in [text(503, ""), lost(Delivery::Unknown), text(200, "<html>")] {
        let service = Service::new();
        service.refuse(Op::Protect, [busy()]);
        service.at(1, move |service| service.refuse(Op::List, [reply]));
        service.status_at(60, "new-1", "available");
        create(&service.context(), &nightly()).await.0.unwrap();
        assert_eq!(service.count(Op::Protect), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_not_allowed_ends_the_wait_for_the_server() {
    let service = Service::new();
    service.refuse(Op::Protect, [busy()]);
    service.at(1, |service| service.refuse(Op::List, [text(403, "")]));
    let (result, _) = create(&service.context(), &nightly()).await;
    let Err(CreateError::Api { step, source }) = result else {
        panic!("{result:?}")
    };
    assert_eq!((step, source.status()), (Step::Lookup, Some(403)));
    assert_eq!(service.count(Op::Protect), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_for_the_server() {
    let service = Service::new();
    service.refuse_all(Op::Protect, Some(busy()));
    let cancel = stop_after(Duration::from_secs(9));
    let (result, _) = create_until(&service.context(), &nightly(), &cancel).await;
    assert!(matches!(result, Err(CreateError::Stopped)), "{result:?}");
    assert!((9.0..9.1).contains(&service.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_an_earlier_look_has_shown_is_not_taken_for_the_lost_one() {
    let service = Service::new();
    // The list shows the other backup at first, then not, then again.
    service.add("other", |item| item["created_at"] = time(Duration::ZERO).into());
    service.refuse(Op::Protect, [busy(), lost(Delivery::Unknown)]);
    service.at(1, |service| {
        service.change("other", |item| item["hidden"] = true.into())
    });
    service.at(6, |service| {
        service.change("other", |item| item["hidden"] = false.into())
    });
    let (result, progress) = create(&service.context(), &nightly()).await;
    assert!(matches!(result, Err(CreateError::NoAnswer { .. })), "{result:?}");
    assert!(progress.checkpoint_id.is_none());
}
