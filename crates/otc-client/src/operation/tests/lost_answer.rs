//! A protect action that gets no clear answer.

use std::time::Duration;

use serde_json::json;

use super::service::*;
use crate::{
    http::Delivery,
    operation::create_backup::CreateError,
    rest::testing::{Reply, answer, lost, refusal, text},
};

fn unclear() -> [Reply; 6] {
    [
        lost(Delivery::Unknown),
        lost(Delivery::Answered),
        text(502, "<html>"),
        text(503, ""),
        text(200, "{}"),
        refusal(500, "CSBS.9999"),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_backup_is_found_and_the_action_is_not_sent_again() {
    for reply in unclear() {
        let service = Service::new();
        service.answer_after_effect(Op::Protect, [reply]);
        service.status_at(20, "new-1", "available");
        let (result, progress) = create(&service.context(), &nightly()).await;
        result.unwrap();
        assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
        assert!(progress.checkpoint.is_none());
        assert_eq!(progress.item.unwrap().id, "new-1");
        assert_eq!(service.count(Op::Protect), 1);
        // The first look is at once.
        assert!(service.moments(Op::List)[1] < 1.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_not_found_within_a_minute_is_an_error_and_nothing_is_sent_again() {
    for reply in unclear() {
        let service = Service::new();
        service.refuse(Op::Protect, [reply]);
        let (result, progress) = create(&service.context(), &nightly()).await;
        let Err(CreateError::NoAnswer { look, sent_at, .. }) = result else {
            panic!("{result:?}")
        };
        assert!(look.is_none(), "every look was answered");
        assert!(sent_at.to_string().starts_with("2026-01-01T12:00:00"), "{sent_at}");
        assert!(progress.checkpoint_id.is_none());
        assert_eq!(service.count(Op::Protect), 1);
        assert!((60.0..61.0).contains(&service.elapsed()), "{}", service.elapsed());
        assert!(service.moments(Op::List).last().unwrap() >= &60.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_listed_late_is_found() {
    let service = Service::new();
    service.refuse(Op::Protect, [lost(Delivery::Unknown)]);
    service.at(50, |service| {
        service.add("late", |item| {
            item["status"] = "protecting".into();
            item["created_at"] = time(Duration::from_secs(1)).into();
        });
    });
    service.status_at(90, "late", "available");
    let (result, progress) = create(&service.context(), &nightly()).await;
    result.unwrap();
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-late"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_does_not_end_the_search() {
    let service = Service::new();
    service.answer_after_effect(Op::Protect, [lost(Delivery::Unknown)]);
    service.after(Op::Protect, |service| {
        service.refuse(Op::List, [text(503, ""), text(403, ""), lost(Delivery::Unknown)]);
    });
    service.status_at(30, "new-1", "available");
    create(&service.context(), &nightly()).await.0.unwrap();
    assert_eq!(service.count(Op::Protect), 1);
}

#[tokio::test(start_paused = true)]
async fn the_failure_of_the_last_look_is_part_of_the_error() {
    let service = Service::new();
    service.refuse(Op::Protect, [lost(Delivery::Unknown)]);
    service.at(30, |service| service.refuse_all(Op::List, Some(text(503, ""))));
    let (result, _) = create(&service.context(), &nightly()).await;
    let Err(CreateError::NoAnswer { look, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(look.unwrap().status(), Some(503));
    // A failure before the last look is not.
    let service = Service::new();
    service.refuse(Op::Protect, [lost(Delivery::Unknown)]);
    service.at(10, |service| service.refuse_all(Op::List, Some(text(503, ""))));
    service.at(30, |service| service.refuse_all(Op::List, None));
    let (result, _) = create(&service.context(), &nightly()).await;
    assert!(
        matches!(result, Err(CreateError::NoAnswer { look: None, .. })),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_is_a_failure_at_the_end_of_the_search() {
    let service = Service::new();
    service.refuse(Op::Protect, [lost(Delivery::Unknown)]);
    service.at(30, |service| service.delay_all(Op::List, Duration::from_secs(9999)));
    let (result, _) = create(&service.context(), &nightly()).await;
    let Err(CreateError::NoAnswer { look, .. }) = result else {
        panic!("{result:?}")
    };
    assert!(look.unwrap().to_string().contains("no answer came"));
    assert!(service.elapsed() < 66.0, "{}", service.elapsed());
}

#[tokio::test(start_paused = true)]
async fn two_possible_backups_are_an_error_that_names_both() {
    let service = Service::new();
    service.answer_after_effect(Op::Protect, [lost(Delivery::Unknown)]);
    service.after(Op::Protect, |service| {
        service.add("twin", |item| {
            item["created_at"] = time(Duration::from_secs(1)).into();
        });
    });
    let (result, progress) = create(&service.context(), &nightly()).await;
    let Err(CreateError::Several { candidates, .. }) = result else {
        panic!("{result:?}")
    };
    let mut ids: Vec<_> = candidates.iter().map(|item| item.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["new-1", "twin"]);
    assert!(progress.checkpoint_id.is_none());
}

#[tokio::test(start_paused = true)]
async fn backups_that_the_request_cannot_have_made_are_not_adopted() {
    let service = Service::new();
    service.add("before", |item| item["created_at"] = time(Duration::ZERO).into());
    service.refuse(Op::Protect, [lost(Delivery::Unknown)]);
    service.at(5, |service| {
        let made_now = |item: &mut serde_json::Value| item["created_at"] = time(Duration::from_secs(2)).into();
        service.add("old", |item| {
            item["created_at"] = time_ago(jiff::SignedDuration::from_mins(6)).into();
        });
        service.add("other-name", |item| {
            made_now(item);
            item["name"] = "weekly".into();
        });
        service.add("other-description", |item| {
            made_now(item);
            item["description"] = "by hand".into();
        });
        service.add("other-tags", |item| {
            made_now(item);
            item["tags"] = json!([{ "key": "a", "value": "b" }]);
        });
        service.add("other-server", |item| {
            made_now(item);
            item["resource_id"] = "server-2".into();
        });
        service.add("scheduled", |item| {
            made_now(item);
            item["extend_info"]["auto_trigger"] = true.into();
        });
    });
    let (result, progress) = create(&service.context(), &nightly()).await;
    assert!(matches!(result, Err(CreateError::NoAnswer { .. })), "{result:?}");
    assert!(progress.checkpoint_id.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_backup_of_another_create_of_this_process_is_not_adopted() {
    let service = Service::new();
    let context = service.context();
    service.status_at(10, "new-1", "available");
    create(&context, &nightly()).await.0.unwrap();
    // Its own backup was hidden when the next create looked, so it seems new.
    service.change("new-1", |item| item["hidden"] = true.into());
    service.refuse(Op::Protect, [lost(Delivery::Unknown)]);
    service.at(service.elapsed() as u64 + 5, |service| {
        service.change("new-1", |item| item["hidden"] = false.into());
    });
    let (result, _) = create(&context, &nightly()).await;
    assert!(matches!(result, Err(CreateError::NoAnswer { .. })), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn an_adopted_backup_is_not_adopted_again() {
    let service = Service::new();
    let context = service.context();
    service.answer_after_effect(Op::Protect, [lost(Delivery::Unknown)]);
    service.status_at(10, "new-1", "available");
    let (result, progress) = create(&context, &nightly()).await;
    result.unwrap();
    assert!(context.locks.is_created_here(SERVER, &progress.checkpoint_id.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn tags_that_the_list_leaves_out_are_read_before_a_backup_is_adopted() {
    for (tags, found) in [(json!([]), true), (json!([{ "key": "a", "value": "b" }]), false)] {
        let service = Service::new();
        service.answer_after_effect(Op::Protect, [lost(Delivery::Unknown)]);
        service.after(Op::Protect, |service| {
            service.change("new-1", |item| item["tags"] = serde_json::Value::Null);
        });
        service.refuse_all(Op::Tags, Some(answer(200, &json!({ "tags": tags }))));
        service.status_at(20, "new-1", "available");
        let (result, _) = create(&service.context(), &nightly()).await;
        assert_eq!(result.is_ok(), found, "{result:?}");
        assert!(service.count(Op::Tags) > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn tags_that_cannot_be_read_are_the_failure_of_the_look() {
    let service = Service::new();
    service.answer_after_effect(Op::Protect, [lost(Delivery::Unknown)]);
    service.after(Op::Protect, |service| {
        service.change("new-1", |item| item["tags"] = serde_json::Value::Null);
    });
    service.refuse_all(Op::Tags, Some(text(500, "")));
    let (result, _) = create(&service.context(), &nightly()).await;
    let Err(CreateError::NoAnswer { look, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(look.unwrap().status(), Some(500));
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_one_look_finds_the_backup() {
    let service = Service::new();
    service.delay(Op::Protect, Duration::from_secs(9999));
    let cancel = stop_after(Duration::from_secs(5));
    let context = service.context();
    let (result, progress) = create_until(&context, &nightly(), &cancel).await;
    assert!(matches!(result, Err(CreateError::Stopped)), "{result:?}");
    assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
    assert!((6.0..7.0).contains(&service.elapsed()), "{}", service.elapsed());
    assert_eq!(service.count(Op::List), 2);
    assert!(context.locks.is_created_here(SERVER, "cp-new-1"));
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_a_look_that_finds_nothing_or_hangs_is_an_error_within_two_seconds() {
    for hangs in [false, true] {
        let service = Service::new();
        // The request is lost without an effect, and its answer never comes.
        service.delay(Op::Protect, Duration::from_secs(9999));
        service.at(4, move |service| {
            service.remove("new-1");
            if hangs {
                service.delay_all(Op::List, Duration::from_secs(9999));
            }
        });
        let cancel = stop_after(Duration::from_secs(5));
        let (result, progress) = create_until(&service.context(), &nightly(), &cancel).await;
        assert!(
            matches!(result, Err(CreateError::StoppedUnanswered { .. })),
            "{result:?}"
        );
        assert!(progress.checkpoint_id.is_none());
        assert!(service.elapsed() < 7.0, "{}", service.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_the_search_ends_it_with_one_look() {
    for exists in [true, false] {
        let service = Service::new();
        service.refuse(Op::Protect, [lost(Delivery::Unknown)]);
        service.after(Op::Protect, |service| {
            service.refuse(Op::List, std::iter::repeat_n(text(503, ""), 3));
        });
        if exists {
            service.at(4, |service| {
                service.add("late", |item| item["created_at"] = time(Duration::ZERO).into());
            });
        }
        let cancel = stop_after(Duration::from_secs(5));
        let (result, progress) = create_until(&service.context(), &nightly(), &cancel).await;
        if exists {
            assert!(matches!(result, Err(CreateError::Stopped)), "{result:?}");
        } else {
            assert!(
                matches!(result, Err(CreateError::StoppedUnanswered { .. })),
                "{result:?}"
            );
        }
        assert_eq!(progress.checkpoint_id.is_some(), exists);
        assert!(service.elapsed() < 6.0, "{}", service.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_found_backup_that_is_finished_or_has_failed_needs_no_further_look() {
    for (status, is_done) in [("available", true), ("error", false)] {
        let service = Service::new();
        service.answer_after_effect(Op::Protect, [lost(Delivery::Unknown)]);
        service.after(Op::Protect, move |service| service.set_status("new-1", status));
        let (result, progress) = create(&service.context(), &nightly()).await;
        assert_eq!(result.is_ok(), is_done, "{result:?}");
        assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new-1"));
        assert_eq!(service.count(Op::Read), 0);
        assert!(service.elapsed() < 1.0);
    }
}
