//! A delete request that the service refuses, or whose answer is lost.

use std::time::Duration;

use serde_json::json;

use super::{
    delete::{delete, job, with_backup},
    service::*,
};
use crate::{
    csbs::Status,
    http::Delivery,
    operation::delete_backup::{DeleteBackup, DeleteError},
    rest::testing::{Reply, answer, lost, refusal, text},
};

#[tokio::test(start_paused = true)]
async fn the_request_is_sent_again_after_a_refusal_that_may_pass() {
    let replies: [fn() -> Reply; 7] = [
        || refusal(400, "CSBS.2003"),
        || text(409, ""),
        || refusal(409, "CSBS.8007"),
        || text(429, ""),
        || text(503, ""),
        || lost(Delivery::NotSent),
        || text(404, "<html>"),
    ];
    for reply in replies {
        let service = with_backup();
        service.refuse(Op::Delete, [reply()]);
        service.at(30, |service| service.remove("old"));
        delete(&service, &job()).await.unwrap();
        let sent = service.moments(Op::Delete);
        assert_eq!(sent.len(), 2, "{sent:?}");
        assert!((5.0..10.0).contains(&(sent[1] - sent[0])), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_between_requests_grow_and_are_not_shorter_than_the_service_asks() {
    let service = with_backup();
    service.refuse(Op::Delete, std::iter::repeat_n(refusal(400, "CSBS.2003"), 3));
    service.at(60, |service| service.remove("old"));
    delete(&service, &job()).await.unwrap();
    let sent = service.moments(Op::Delete);
    let pauses: Vec<_> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, least) in pauses.iter().zip([5.0, 7.5, 11.25]) {
        assert!((least..least + 2.0).contains(pause), "{pauses:?}");
    }
    let service = with_backup();
    let asks = answer(429, &json!({})).map(|mut reply| {
        reply.headers_mut().insert("retry-after", "40".parse().unwrap());
        reply
    });
    service.refuse(Op::Delete, [asks]);
    service.at(90, |service| service.remove("old"));
    delete(&service, &job()).await.unwrap();
    let sent = service.moments(Op::Delete);
    assert!((40.0..45.0).contains(&(sent[1] - sent[0])), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_does_not_repeat_a_request_that_was_carried_out() {
    for reply in [lost(Delivery::Unknown), text(502, ""), refusal(500, "CSBS.9999")] {
        let service = with_backup();
        service.answer_after_effect(Op::Delete, [reply]);
        service.at(30, |service| service.remove("old"));
        delete(&service, &job()).await.unwrap();
        assert_eq!(service.count(Op::Delete), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_clear_refusal_is_an_error_at_once() {
    for reply in [refusal(400, "CSBS.8007"), text(403, ""), text(400, "")] {
        let service = with_backup();
        service.refuse(Op::Delete, [reply]);
        let result = delete(&service, &job()).await;
        assert!(matches!(result, Err(DeleteError::Api(_))), "{result:?}");
        assert!(service.elapsed() < 1.0);
        assert_eq!(service.count(Op::Delete), 1);
        assert_eq!(service.count(Op::Read), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_services_own_404_needs_a_look_that_agrees() {
    let service = with_backup();
    service.refuse(Op::Delete, [refusal(404, "CSBS.3001")]);
    service.at(20, |service| service.remove("old"));
    delete(&service, &job()).await.unwrap();
    assert!((20.0..22.0).contains(&service.elapsed()), "{}", service.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_404_in_another_form_is_tolerated_twice() {
    let service = with_backup();
    service.refuse_all(Op::Delete, Some(text(404, "<html>")));
    let result = delete(&service, &job()).await;
    let Err(DeleteError::Api(error)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.status(), Some(404));
    assert_eq!(service.count(Op::Delete), 3);
    let service = with_backup();
    service.refuse(Op::Delete, [text(404, "<html>"), text(404, "<html>")]);
    service.at(60, |service| service.remove("old"));
    delete(&service, &job()).await.unwrap();
    assert_eq!(service.count(Op::Delete), 3);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_names_the_last_refusal_and_the_status() {
    let service = with_backup();
    service.refuse_all(Op::Delete, Some(refusal(400, "CSBS.2003")));
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
    assert_eq!((waited.as_secs(), accepted), (60, false));
    assert_eq!(status, Some(Status::Available));
    assert_eq!(last.unwrap().code(), Some("CSBS.2003"));
}

#[tokio::test(start_paused = true)]
async fn an_accepted_request_forgets_the_earlier_refusal() {
    let service = with_backup();
    service.refuse(Op::Delete, [refusal(400, "CSBS.2003")]);
    let job = DeleteBackup {
        timeout: Duration::from_secs(60),
        ..job()
    };
    let Err(DeleteError::TimedOut { accepted, last, .. }) = delete(&service, &job).await else {
        panic!()
    };
    assert!(accepted && last.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_answered_ends_with_the_deletion() {
    let service = with_backup();
    service.delay(Op::Delete, Duration::from_secs(9999));
    let job = DeleteBackup {
        timeout: Duration::from_secs(60),
        ..job()
    };
    let result = delete(&service, &job).await;
    assert!(
        matches!(result, Err(DeleteError::TimedOut { accepted: false, .. })),
        "{result:?}"
    );
    assert!((60.0..61.0).contains(&service.elapsed()));
}
