//! A create until the protect action is answered clearly.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::service::*;
use crate::{
    csbs::{ApiError, Status},
    http::Delivery,
    operation::create_backup::{CreateBackup, CreateError, Step},
    rest::testing::{answer, lost, refusal, text},
};

#[tokio::test(start_paused = true)]
async fn the_service_is_asked_before_the_protect_action_is_sent_once() {
    let service = Service::new();
    service.status_at(20, "new-1", "available");
    let (result, progress) = create(&service.context(), &nightly()).await;
    result.unwrap();
    let mut before = service.order()[..2].to_vec();
    before.sort_by_key(|op| *op != Op::Check);
    assert_eq!(before, [Op::Check, Op::List]);
    assert_eq!(service.order()[2], Op::Protect);
    let list = &service.lines(Op::List)[0];
    assert!(
        list.contains(&format!("resource_id={SERVER}")),
        "of one server only: {list}"
    );
    assert_eq!(service.count(Op::Protect), 1);
    assert_eq!(service.count(Op::Check), 1);
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
    assert_eq!(progress.checkpoint.unwrap().id, "cp-new-1");
    assert_eq!(progress.item.unwrap().status, Status::Available);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_backed_up_gets_no_protect_action() {
    let service = Service::new();
    let no = json!({ "result": false, "resource_id": SERVER, "error_code": "CSBS.6007" });
    service.refuse(Op::Check, [answer(200, &json!({ "protectable": [no] }))]);
    let (result, progress) = create(&service.context(), &nightly()).await;
    let Err(CreateError::NotProtectable(capability)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(capability.error_code.as_deref(), Some("CSBS.6007"));
    assert_eq!(service.count(Op::Protect), 0);
    assert!(progress.checkpoint_id.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_no_reason_to_give_up_before_the_protect_action() {
    let busy = json!({ "result": false, "resource_id": SERVER, "error_code": "CSBS.6005" });
    for reply in [
        answer(200, &json!({ "protectable": [busy] })),
        refusal(400, "CSBS.6005"),
    ] {
        let service = Service::new();
        service.refuse(Op::Check, [reply]);
        service.status_at(20, "new-1", "available");
        create(&service.context(), &nightly()).await.0.unwrap();
        assert_eq!(service.count(Op::Protect), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_question_before_the_protect_action_is_an_error_with_its_step() {
    for (op, expected) in [(Op::Check, Step::Check), (Op::List, Step::Lookup)] {
        let service = Service::new();
        service.refuse(op, [text(403, "")]);
        let (result, _) = create(&service.context(), &nightly()).await;
        let Err(CreateError::Api { step, source }) = result else {
            panic!("{result:?}")
        };
        assert_eq!((step, source.status()), (expected, Some(403)));
        assert_eq!(service.count(Op::Protect), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_not_answered_in_time_sends_no_protect_action() {
    let service = Service::new();
    service.delay(Op::Check, Duration::from_secs(9999));
    let (result, _) = create(&service.context(), &nightly()).await;
    let Err(CreateError::NotStarted { step, waited }) = result else {
        panic!("{result:?}")
    };
    assert_eq!((step, waited.as_secs()), (Step::Check, 3600));
    assert_eq!(service.count(Op::Protect), 0);
}

#[tokio::test(start_paused = true)]
async fn a_clear_refusal_of_the_protect_action_is_an_error_at_once() {
    for reply in [refusal(400, "CSBS.6000"), text(403, ""), lost(Delivery::NotSent)] {
        let service = Service::new();
        service.refuse(Op::Protect, [reply]);
        let (result, progress) = create(&service.context(), &nightly()).await;
        let Err(CreateError::Api { step, .. }) = result else {
            panic!("{result:?}")
        };
        assert_eq!(step, Step::Protect);
        assert!(service.elapsed() < 1.0, "{}", service.elapsed());
        assert_eq!(service.count(Op::Protect), 1);
        assert!(progress.checkpoint_id.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_stopped_before_sends_nothing() {
    let service = Service::new();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (result, _) = create_until(&service.context(), &nightly(), &cancel).await;
    assert!(matches!(result, Err(CreateError::Stopped)), "{result:?}");
    assert_eq!(service.order(), []);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_stopped_during_its_questions_sends_no_protect_action() {
    let service = Service::new();
    service.delay(Op::List, Duration::from_secs(30));
    let cancel = stop_after(Duration::from_secs(5));
    let (result, _) = create_until(&service.context(), &nightly(), &cancel).await;
    assert!(matches!(result, Err(CreateError::Stopped)), "{result:?}");
    assert!(service.elapsed() < 5.1);
    assert_eq!(service.count(Op::Protect), 0);
}

#[tokio::test(start_paused = true)]
async fn creates_of_one_server_take_turns_until_the_protect_action_is_answered() {
    let service = Service::new();
    service.delay(Op::Protect, Duration::from_secs(10));
    service.status_at(20, "new-1", "available");
    service.status_at(30, "new-2", "available");
    let context = service.context();
    let job = nightly();
    let (first, second) = tokio::join!(create(&context, &job), create(&context, &job));
    first.0.unwrap();
    second.0.unwrap();
    assert_ne!(first.1.checkpoint_id, second.1.checkpoint_id);
    let protects = service.moments(Op::Protect);
    assert!(protects[1] >= protects[0] + 10.0, "{protects:?}");
    // The backup of the first is not mentioned to the second as one that an interrupted run has left.
    assert!(second.1.earlier.is_empty());
}

#[tokio::test(start_paused = true)]
async fn creates_of_different_servers_do_not_wait_for_each_other() {
    let service = Service::new();
    service.delay_all(Op::Protect, Duration::from_secs(10));
    service.status_at(20, "new-1", "available");
    service.status_at(20, "new-2", "available");
    let context = service.context();
    let other = CreateBackup {
        server_id: "server-2".to_owned(),
        ..nightly()
    };
    let job = nightly();
    let (first, second) = tokio::join!(create(&context, &job), create(&context, &other));
    first.0.unwrap();
    second.0.unwrap();
    let protects = service.moments(Op::Protect);
    assert!(protects[1] < protects[0] + 1.0, "{protects:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_within_a_second_after_a_stop_is_used() {
    let service = Service::new();
    service.delay(Op::Protect, Duration::from_millis(5500));
    let cancel = stop_after(Duration::from_secs(5));
    let (result, progress) = create_until(&service.context(), &nightly(), &cancel).await;
    assert!(matches!(result, Err(CreateError::Stopped)), "{result:?}");
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
    assert!(progress.checkpoint.is_some());
    assert!(service.elapsed() < 7.0);
}

#[tokio::test(start_paused = true)]
async fn progress_is_reported_at_the_start_and_after_every_change_only() {
    let service = Service::new();
    service.status_at(10, "new-1", "protecting");
    service.at(20, |service| {
        service.change("new-1", |item| item["extend_info"]["progress"] = 50.into());
    });
    service.status_at(30, "new-1", "available");
    let context = service.context();
    let seen = std::sync::Mutex::new(Vec::new());
    let job = nightly();
    let mut progress = Default::default();
    let on_progress = |progress: &crate::operation::create_backup::CreateProgress| {
        let item = progress.item.as_ref();
        let percent = item
            .and_then(|item| item.extend_info.as_ref())
            .and_then(|info| info.progress);
        seen.lock()
            .unwrap()
            .push((item.map(|item| item.status.clone()), percent));
    };
    job.run(&context, &CancellationToken::new(), &mut progress, &on_progress)
        .await
        .unwrap();
    let expected = [
        (None, None),
        (Some(Status::Protecting), Some(0)),
        (Some(Status::Protecting), Some(50)),
        (Some(Status::Available), Some(50)),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

/// The IDs of the backups that a create mentions as left by an interrupted run.
async fn mentioned(service: &Service, job: &CreateBackup) -> Vec<String> {
    let context = service.context();
    service.status_at(service.elapsed() as u64 + 20, "new-1", "available");
    let (result, progress) = create(&context, job).await;
    result.unwrap();
    progress.earlier.into_iter().map(|item| item.id).collect()
}

fn hours_ago(hours: i64) -> serde_json::Value {
    time_ago(SignedDuration::from_hours(hours)).into()
}

#[tokio::test(start_paused = true)]
async fn recent_backups_that_equal_the_request_are_mentioned_newest_first() {
    let service = Service::new();
    // The tags are compared 100 ms after the beginning.
    service.add("just-old", |item| {
        item["created_at"] = time_ago(SignedDuration::from_hours(72) - SignedDuration::from_millis(100)).into();
    });
    service.add("just-recent", |item| {
        item["created_at"] = time_ago(SignedDuration::from_hours(72) - SignedDuration::from_millis(101)).into();
    });
    service.add("older", |item| item["created_at"] = hours_ago(100));
    service.add("recent", |item| item["created_at"] = hours_ago(71));
    service.add("newest", |item| item["created_at"] = hours_ago(1));
    service.add("undated", |item| item["created_at"] = serde_json::Value::Null);
    service.add("other-name", |item| item["name"] = "weekly".into());
    service.add("other-server", |item| item["resource_id"] = "server-2".into());
    service.add("other-tags", |item| {
        item["tags"] = json!([{ "key": "a", "value": "b" }])
    });
    service.add("scheduled", |item| item["extend_info"]["auto_trigger"] = true.into());
    for (id, status) in [
        ("waits", "waiting_delete"),
        ("deleting", "deleting"),
        ("deleted", "deleted"),
    ] {
        service.add(id, |item| item["status"] = status.into());
    }
    let mentioned = mentioned(&service, &nightly()).await;
    assert_eq!(mentioned, ["newest", "recent", "just-recent", "undated"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_configured_name_no_backup_is_mentioned_and_no_tags_are_read() {
    let service = Service::new();
    service.add("recent", |item| item["tags"] = serde_json::Value::Null);
    let mut job = nightly();
    job.request.backup_name = None;
    assert!(mentioned(&service, &job).await.is_empty());
    assert_eq!(service.count(Op::Tags), 0);
}

#[tokio::test(start_paused = true)]
async fn tags_that_the_list_leaves_out_are_read_for_ten_backups_at_most() {
    let service = Service::new();
    for number in 0..12 {
        service.add(&format!("sparse-{number:02}"), |item| {
            item["tags"] = serde_json::Value::Null
        });
    }
    service.add("other-name", |item| {
        item["tags"] = serde_json::Value::Null;
        item["name"] = "weekly".into();
    });
    let tags = json!({ "tags": [{ "key": "a", "value": "b" }] });
    service.refuse(Op::Tags, [answer(200, &tags)]);
    let mentioned = mentioned(&service, &nightly()).await;
    assert_eq!(service.count(Op::Tags), 10);
    assert!(!mentioned.contains(&"sparse-00".to_owned()), "its tags differ");
    assert_eq!(mentioned.len(), 11, "{mentioned:?}");
}

#[tokio::test(start_paused = true)]
async fn tags_that_cannot_be_read_do_not_fail_the_create() {
    for reply in [refusal(404, "CSBS.3001"), text(500, "")] {
        let service = Service::new();
        service.add("first", |item| item["tags"] = serde_json::Value::Null);
        service.add("second", |item| item["tags"] = serde_json::Value::Null);
        let goes_on = matches!(&reply, Ok(reply) if reply.status() == 404);
        service.refuse(Op::Tags, [reply]);
        assert_eq!(mentioned(&service, &nightly()).await.len(), 2);
        assert_eq!(service.count(Op::Tags), if goes_on { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn the_backups_of_a_policy_run_are_not_mentioned() {
    let service = Service::new();
    service.add("run-1", |item| item["checkpoint_id"] = "cp-run".into());
    service.add("run-2", |item| {
        item["checkpoint_id"] = "cp-run".into();
        item["resource_id"] = "server-2".into();
    });
    service.add("single", |_| ());
    assert_eq!(mentioned(&service, &nightly()).await, ["single"]);
}

#[tokio::test(start_paused = true)]
async fn a_plans_answer_on_a_server_is_used_by_one_create_and_for_a_minute() {
    let service = Service::new();
    let context = service.context();
    let server = crate::csbs::Server::new(SERVER);
    context.checks.check(&context.inventory, &server).await.unwrap();
    context.checks.check(&context.inventory, &server).await.unwrap();
    assert_eq!(service.count(Op::Check), 1, "the second plan uses the first answer");
    service.status_at(20, "new-1", "available");
    create(&context, &nightly()).await.0.unwrap();
    assert_eq!(service.count(Op::Check), 1, "the create uses it");
    service.status_at(60, "new-2", "available");
    create(&context, &nightly()).await.0.unwrap();
    assert_eq!(service.count(Op::Check), 2, "the next create asks");
    context.checks.check(&context.inventory, &server).await.unwrap();
    assert_eq!(service.count(Op::Check), 3);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(context.checks.take(&server).is_none(), "it is a minute old");
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_lost_connection_keeps_its_source() {
    let service = Service::new();
    service.refuse(Op::Protect, [lost(Delivery::NotSent)]);
    let (result, _) = create(&service.context(), &nightly()).await;
    assert!(matches!(
        result,
        Err(CreateError::Api {
            source: ApiError::Transport { .. },
            ..
        })
    ));
    assert_eq!(result.unwrap_err().to_string(), "starting the backup: protect: lost");
}
