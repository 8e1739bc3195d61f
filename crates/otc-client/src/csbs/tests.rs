//! Repetition of calls, requests and lists.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::csbs::{ApiError, Client, ClientOptions, ItemFilter, ProtectRequest, TagKind, Tags, with_retry_deadline};
use crate::http::Delivery;
use crate::rest::testing::{Fake, Reply, answer, lost, refusal, text};

fn good(path: &str) -> Reply {
    if path.ends_with("/action") {
        answer(200, &json!({ "checkpoint": { "id": "cp" } }))
    } else if path.starts_with("/providers") {
        answer(200, &json!({}))
    } else {
        answer(200, &json!({ "checkpoint_item": { "id": "item" } }))
    }
}

/// Answers `bad` first and a success later; returns the number of requests and the outcome.
async fn after(bad: fn() -> Reply, times: usize, call: &str) -> (usize, Result<(), ApiError>) {
    let fake = Fake::new(move |seen, number| if number < times { bad() } else { good(&seen.path) });
    let client = fake.client();
    let outcome = match call {
        "read" => client.get_checkpoint_item("item").await.map(drop),
        "delete" => client.delete_checkpoint("cp", None).await,
        "protect" => client.protect("server", &ProtectRequest::default()).await.map(drop),
        _ => unreachable!(),
    };
    (fake.count(), outcome)
}

#[tokio::test(start_paused = true)]
async fn only_safe_calls_are_repeated() {
    type Bad = fn() -> Reply;
    let faults: [(&str, Bad, bool, bool); 14] = [
        ("not sent", || lost(Delivery::NotSent), true, true),
        ("reset", || lost(Delivery::Unknown), true, false),
        ("cut", || lost(Delivery::Answered), true, false),
        ("408", || text(408, ""), true, false),
        ("429", || text(429, ""), true, true),
        ("500", || text(500, ""), true, false),
        ("502", || text(502, "<html>Bad Gateway</html>"), true, false),
        ("503", || text(503, ""), true, false),
        ("9999", || refusal(500, "CSBS.9999"), true, false),
        ("busy", || refusal(500, "CSBS.1001"), false, false),
        ("6000", || refusal(400, "CSBS.6000"), false, false),
        ("401", || text(401, ""), false, false),
        ("403", || text(403, ""), false, false),
        ("redirect", || text(302, ""), false, false),
    ];
    for (name, bad, read, once) in faults {
        for (call, repeated) in [("read", read), ("delete", read), ("protect", once)] {
            let (asked, outcome) = after(bad, 2, call).await;
            assert_eq!(outcome.is_ok(), repeated, "{name} {call}: {outcome:?}");
            assert_eq!(asked, if repeated { 3 } else { 1 }, "{name} {call}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answered_is_given_up_within_five_seconds() {
    let options = || ClientOptions {
        max_retries: 50,
        ..ClientOptions::default()
    };
    let begin = Instant::now();
    let fake = Fake::new(|_, _| lost(Delivery::NotSent));
    let outcome = fake.client_with(options()).get_checkpoint_item("item").await;
    assert!(outcome.unwrap_err().is_failed_connection());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(fake.count() > 1, "a refused connection is tried again within that time");

    // A host that has answered before is most likely there again soon.
    let fake = Fake::new(|seen, number| match number {
        0 | 8.. => good(&seen.path),
        _ => lost(Delivery::NotSent),
    });
    let client = fake.client_with(options());
    for _ in 0..2 {
        client.get_checkpoint_item("item").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_is_repeated_after_the_retry_deadline() {
    let fake = Fake::new(|_, _| text(503, ""));
    let (client, end) = (fake.client(), Instant::now() + Duration::from_secs(5));
    let calls = with_retry_deadline(end, client.delete_checkpoint("cp", None));
    assert_eq!(
        calls.await.unwrap_err().status(),
        Some(503),
        "the failure itself, in time"
    );
    assert!(Instant::now() < end);
    assert!((2..6).contains(&fake.count()), "{}", fake.count());
}

#[tokio::test(start_paused = true)]
async fn a_lasting_failure_ends_the_call() {
    let began = Instant::now();
    for call in ["read", "delete"] {
        let (asked, outcome) = after(|| text(503, ""), 1000, call).await;
        assert_eq!(asked, 6);
        assert_eq!(outcome.unwrap_err().status(), Some(503));
    }
    let (asked, outcome) = after(|| text(429, ""), 1000, "protect").await;
    assert_eq!(asked, 6);
    let error = outcome.unwrap_err();
    assert!(!error.may_have_taken_effect());
    assert!(began.elapsed() < Duration::from_secs(180), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn zero_retries_means_no_repetition() {
    let fake = Fake::new(|_, _| text(503, ""));
    let client = fake.client_with(ClientOptions {
        max_retries: 0,
        ..ClientOptions::default()
    });
    client.get_checkpoint_item("item").await.unwrap_err();
    assert_eq!(fake.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_respected() {
    let fake = Fake::new(|seen, number| {
        if number > 0 {
            return good(&seen.path);
        }
        let mut response = text(503, "").unwrap();
        response.headers_mut().insert("retry-after", "17".parse().unwrap());
        Ok(response)
    });
    let began = Instant::now();
    fake.client().get_checkpoint_item("item").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(17), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_an_id_may_have_taken_effect() {
    for body in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"checkpoint":null}"#,
        r#"{"checkpoint":{"id":""}}"#,
        r#"{"checkpoint":{"status":"protecting"}}"#,
        r#"{"checkpoint":{"id":"cp","#,
        "<html>login</html>",
    ] {
        let fake = Fake::new(move |_, _| text(200, body));
        let error = fake
            .client()
            .protect("server", &ProtectRequest::default())
            .await
            .unwrap_err();
        assert!(matches!(error, ApiError::Decode { .. }), "{body}: {error}");
        assert!(error.may_have_taken_effect(), "{body}");
        assert_eq!(fake.count(), 1, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_another_item_is_an_error() {
    let fake = Fake::new(|_, _| answer(200, &json!({ "checkpoint_item": { "id": "other" } })));
    let error = fake.client().get_checkpoint_item("item").await.unwrap_err();
    assert!(matches!(error, ApiError::Decode { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn requests_have_the_documented_form() {
    let fake = Fake::new(|seen, _| good(&seen.path));
    let client = fake.client();
    let request = ProtectRequest {
        backup_name: Some("nightly".to_owned()),
        tags: Tags::from([("a".to_owned(), "b".to_owned())]),
        ..ProtectRequest::default()
    };
    client.protect("server", &request).await.unwrap();
    let sent = fake.last();
    assert_eq!(
        sent.line,
        "POST /providers/fc4d5750-22e7-4798-8a46-f48f62c4c1da/resources/server/action"
    );
    assert_eq!(
        sent.body,
        json!({ "protect": { "backup_name": "nightly", "tags": [{ "key": "a", "value": "b" }] } })
    );
    client.protect("server", &ProtectRequest::default()).await.unwrap();
    assert_eq!(fake.last().body, json!({ "protect": {} }));
    client.delete_checkpoint("cp", Some("item")).await.unwrap();
    assert_eq!(
        fake.last().line,
        "DELETE /providers/fc4d5750-22e7-4798-8a46-f48f62c4c1da/checkpoints/cp?checkpoint_items=item"
    );
    client.add_tags(TagKind::Backup, "item", &request.tags).await.unwrap();
    assert_eq!(fake.last().line, "POST /csbs_backup/item/tags/action");
    let before = fake.count();
    client.add_tags(TagKind::Backup, "item", &Tags::new()).await.unwrap();
    client.remove_tags(TagKind::Backup, "item", &[]).await.unwrap();
    assert_eq!(fake.count(), before, "an empty list is never sent");
}

#[tokio::test(start_paused = true)]
async fn an_invalid_id_is_refused_before_anything_is_sent() {
    let fake = Fake::new(|seen, _| good(&seen.path));
    let client = fake.client();
    for id in ["", "..", "a/b", "a?x=y", "%2e%2e"] {
        let invalid = |outcome: Result<(), ApiError>| matches!(outcome, Err(ApiError::InvalidId { .. }));
        assert!(invalid(client.get_checkpoint_item(id).await.map(drop)), "{id}");
        assert!(invalid(client.delete_checkpoint(id, None).await), "{id}");
        assert!(invalid(client.delete_checkpoint("cp", Some(id)).await), "{id}");
        assert!(
            invalid(client.protect(id, &ProtectRequest::default()).await.map(drop)),
            "{id}"
        );
        assert!(invalid(client.get_policy(id).await.map(drop)), "{id}");
        assert!(invalid(client.list_tags(TagKind::Policy, id).await.map(drop)), "{id}");
    }
    assert_eq!(fake.count(), 0);
}

fn items(range: std::ops::Range<usize>) -> Vec<serde_json::Value> {
    range.map(|number| json!({ "id": format!("i{number:05}") })).collect()
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_to_its_end() {
    let fake = Fake::new(|seen, _| {
        let start = seen
            .query("marker")
            .map_or(0, |marker| marker[1..].parse::<usize>().unwrap() + 1);
        answer(
            200,
            &json!({ "checkpoint_items": items(start..2500.min(start + 1000)) }),
        )
    });
    let all = fake
        .client()
        .list_checkpoint_items(&ItemFilter::default())
        .await
        .unwrap();
    assert_eq!(all.len(), 2500);
    assert_eq!(fake.count(), 3);
    let filter = ItemFilter {
        limit: Some(1200),
        ..ItemFilter::default()
    };
    let some = fake.client().list_checkpoint_items(&filter).await.unwrap();
    assert_eq!(some.len(), 1200);
    assert_eq!(fake.last().query("limit"), Some("200"));
}

#[tokio::test(start_paused = true)]
async fn a_short_page_with_a_link_has_a_successor_but_the_link_is_not_followed() {
    let fake = Fake::new(|seen, _| {
        let start = seen
            .query("marker")
            .map_or(0, |marker| marker[1..].parse::<usize>().unwrap() + 1);
        let mut body = json!({ "checkpoint_items": items(start..25.min(start + 10)) });
        if start + 10 < 25 {
            body["checkpoint_items_links"] = json!([{ "rel": "next", "href": "https://evil.example/steal" }]);
        }
        answer(200, &body)
    });
    let all = fake
        .client()
        .list_checkpoint_items(&ItemFilter::default())
        .await
        .unwrap();
    assert_eq!(all.len(), 25);
    assert_eq!(fake.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_repeats_itself_is_an_error() {
    let fake = Fake::new(|_, _| answer(200, &json!({ "checkpoint_items": items(0..1000) })));
    let error = fake
        .client()
        .list_checkpoint_items(&ItemFilter::default())
        .await
        .map(|items| items.len())
        .unwrap_err();
    assert!(error.to_string().contains("repeats itself"), "{error}");
    assert!(fake.count() <= 2);
}

#[tokio::test(start_paused = true)]
async fn an_endless_list_is_an_error() {
    let fake = Fake::new(|_, number| {
        let mut body = json!({ "checkpoint_items": items(number..number + 1) });
        body["checkpoint_items_links"] = json!([{ "rel": "next", "href": "x" }]);
        answer(200, &body)
    });
    let list = async |client: Client| {
        let found = client.list_checkpoint_items(&ItemFilter::default()).await;
        found.map(|items| items.len()).unwrap_err().to_string()
    };
    let text = list(fake.client()).await;
    assert!(text.contains("does not end"), "{text}");
    assert_eq!(fake.count(), 10_000);

    let fake = Fake::new(|_, number| {
        let mut item = items(number..number + 1);
        item[0]["description"] = "x".repeat(1024 * 1024).into();
        answer(
            200,
            &json!({ "checkpoint_items": item, "checkpoint_items_links": [{ "rel": "next" }] }),
        )
    });
    let text = list(fake.client()).await;
    assert!(text.contains("longer than"), "{text}");
    // The error counts as an answer that cannot be read; no page is read twice for it.
    assert_eq!(fake.count(), 32);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_its_member_is_not_an_empty_list() {
    for body in [
        "{}",
        r#"{"checkpoint_items":null}"#,
        r#"{"checkpoint_items":{}}"#,
        r#"{"checkpoint_items":[{}]}"#,
        "[]",
    ] {
        let fake = Fake::new(move |_, _| text(200, body));
        let outcome = fake.client().list_checkpoint_items(&ItemFilter::default()).await;
        assert!(matches!(outcome, Err(ApiError::Decode { .. })), "{body}: {outcome:?}");
    }
}

/// Five hundred calls at a parallelism of a hundred against a service that takes few requests per second.
#[tokio::test(start_paused = true)]
async fn a_rate_limit_slows_calls_down_without_failures() {
    for (rate, retry_after) in [(3.0, None), (3.0, Some("1")), (20.0, None), (20.0, Some("2"))] {
        let bucket = std::sync::Mutex::new((rate, Instant::now()));
        let fake = Fake::new(move |seen, _| {
            let mut bucket = bucket.lock().unwrap();
            let now = Instant::now();
            bucket.0 = f64::min(bucket.0 + (now - bucket.1).as_secs_f64() * rate, rate);
            bucket.1 = now;
            if bucket.0 >= 1.0 {
                bucket.0 -= 1.0;
                return good(&seen.path);
            }
            let mut response = text(429, r#"{"error_code":"APIG.0308","error_msg":"too fast"}"#).unwrap();
            if let Some(wait) = retry_after {
                response.headers_mut().insert("retry-after", wait.parse().unwrap());
            }
            Ok(response)
        });
        let client: Client = fake.client();
        let workers = std::sync::Arc::new(tokio::sync::Semaphore::new(100));
        let mut tasks = tokio::task::JoinSet::new();
        let began = Instant::now();
        for number in 0..500 {
            let (client, workers) = (client.clone(), workers.clone());
            tasks.spawn(async move {
                let _worker = workers.acquire().await.unwrap();
                let server = format!("server-{number}");
                client.protect(&server, &ProtectRequest::default()).await.map(drop)
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome.unwrap().unwrap();
        }
        let refused = fake.count() - 500;
        let took = began.elapsed().as_secs_f64();
        assert!(refused < 100, "{rate}/s {retry_after:?}: {refused} refused");
        assert!(took < 500.0 / rate * 2.0 + 30.0, "{rate}/s {retry_after:?}: {took} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_truncated_answer_is_read_again() {
    let fake = Fake::new(|seen, number| {
        if number == 0 {
            text(200, r#"{"checkpoint_item":{"id":"it"#)
        } else {
            good(&seen.path)
        }
    });
    fake.client().get_checkpoint_item("item").await.unwrap();
    assert_eq!(fake.count(), 2);
    let fake = Fake::new(|_, _| text(200, "<html>"));
    fake.client().get_checkpoint_item("item").await.unwrap_err();
    assert_eq!(fake.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_changed_policy_is_read_if_the_answer_does_not_have_it() {
    let fake = Fake::new(|seen, _| {
        if seen.line.starts_with("PUT") {
            text(200, "{}")
        } else {
            answer(200, &json!({ "policy": { "id": "p" } }))
        }
    });
    let update = crate::csbs::PolicyUpdate::default();
    assert_eq!(fake.client().update_policy("p", &update).await.unwrap().id, "p");
    assert_eq!(fake.lines(), ["PUT /policies/p", "GET /policies/p"]);
}

/// Answers to a call that is refused with 429: each 429 comes while other calls succeed if `others_succeed`. Returns the number of
/// refusals before the call gave up, and the time that it took.
async fn refused_with_429(options: ClientOptions, others_succeed: bool) -> (usize, Duration) {
    let fake = Fake::new(|seen, _| match seen.path.as_str() {
        "/checkpoint_items/item" => good(&seen.path),
        _ => text(429, ""),
    });
    let client = fake.client_with(options);
    let other = client.clone();
    let others = tokio::spawn(async move {
        if !others_succeed {
            return;
        }
        loop {
            let _ = other.get_checkpoint_item("item").await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    // The first answer to the others comes while the call is under way.
    tokio::time::sleep(Duration::from_millis(25)).await;
    let began = Instant::now();
    client.delete_checkpoint("cp", None).await.unwrap_err();
    let took = began.elapsed();
    others.abort();
    let refused = fake.lines().iter().filter(|line| line.starts_with("DELETE")).count();
    (refused, took)
}

#[tokio::test(start_paused = true)]
async fn a_429_counts_only_if_no_other_call_succeeds() {
    let (refused, _) = refused_with_429(ClientOptions::default(), false).await;
    assert_eq!(refused, 6);
    // While others succeed, the call waits for its turn for a quarter of an hour.
    let (refused, took) = refused_with_429(ClientOptions::default(), true).await;
    assert!(refused > 20, "{refused}");
    assert!((900..1000).contains(&took.as_secs()), "{took:?}");
    let none = ClientOptions {
        max_retries: 0,
        ..ClientOptions::default()
    };
    assert_eq!(refused_with_429(none, true).await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_repetitions_after_a_429_has_its_own_limit() {
    let options = || ClientOptions {
        max_retries: 4,
        max_backoff_retries: Some(1),
        ..ClientOptions::default()
    };
    assert_eq!(refused_with_429(options(), false).await.0, 2);
    let fake = Fake::new(|_, _| text(503, ""));
    fake.client_with(options())
        .get_checkpoint_item("item")
        .await
        .unwrap_err();
    assert_eq!(fake.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_longest_pause_after_a_429_can_be_limited() {
    for (status, expected) in [(429, 3..30), (503, 60..90)] {
        let fake = Fake::new(move |seen, number| {
            if number > 0 {
                return good(&seen.path);
            }
            let mut response = text(status, "").unwrap();
            response.headers_mut().insert("retry-after", "60".parse().unwrap());
            Ok(response)
        });
        let client = fake.client_with(ClientOptions {
            longest_backoff: Some(Duration::from_secs(3)),
            ..ClientOptions::default()
        });
        let began = Instant::now();
        client.get_checkpoint_item("item").await.unwrap();
        let took = began.elapsed();
        assert!(expected.contains(&took.as_secs()), "{status}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_page_of_a_list_may_be_as_long_as_the_longest_body() {
    let fake = Fake::new(|seen, _| match seen.path.as_str() {
        "/checkpoint_items" => answer(200, &json!({ "checkpoint_items": [] })),
        _ => good(&seen.path),
    });
    let client = fake.client();
    client.get_checkpoint_item("item").await.unwrap();
    assert_eq!(fake.last().longest, 4_194_304);
    client.delete_checkpoint("cp", None).await.unwrap();
    assert_eq!(fake.last().longest, 4_194_304);
    client.list_checkpoint_items(&ItemFilter::default()).await.unwrap();
    assert_eq!(fake.last().longest, crate::http::MAX_BODY);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_is_lost_may_have_taken_effect_and_only_an_idempotent_one_is_repeated() {
    let options = || ClientOptions {
        max_retries: 1,
        ..ClientOptions::default()
    };
    let tags = Tags::from([("a".to_owned(), "b".to_owned())]);
    let servers = || Vec::<crate::csbs::PolicyResource>::new();
    for (call, is_change, requests) in [
        ("get", false, 2),
        ("delete", true, 2),
        ("tag", true, 2),
        ("update a policy", true, 2),
        ("set its servers", true, 1),
        ("protect", true, 1),
    ] {
        let fake = Fake::new(|_, _| lost(Delivery::Unknown));
        let client = fake.client_with(options());
        let error = match call {
            "get" => client.get_checkpoint_item("item").await.map(drop),
            "delete" => client.delete_checkpoint("cp", None).await,
            "tag" => client.add_tags(TagKind::Backup, "item", &tags).await,
            "update a policy" => {
                let update = crate::csbs::PolicyUpdate::default();
                client.update_policy("p", &update).await.map(drop)
            }
            "set its servers" => client.replace_policy_servers("p", servers()).await,
            _ => client.protect("server", &ProtectRequest::default()).await.map(drop),
        }
        .unwrap_err();
        assert_eq!(error.may_have_taken_effect(), is_change, "{call}");
        assert_eq!(fake.count(), requests, "{call}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_read_whose_answer_is_too_long_is_like_one_that_cannot_be_read() {
    for (message, reads, is_unreadable) in [
        // It would be too long again.
        ("the answer is longer than 9 bytes", 3, true),
        ("the answer broke off", 6, false),
    ] {
        let fake = Fake::new(move |_, _| {
            Err(crate::http::TransportError {
                delivery: Delivery::Answered,
                message: message.to_owned(),
            })
        });
        let client = fake.client();
        let error = client.get_checkpoint_item("item").await.unwrap_err();
        assert_eq!(matches!(error, ApiError::Decode { .. }), is_unreadable, "{error}");
        assert_eq!(fake.count(), reads, "{message}");
        let error = client.protect("server", &ProtectRequest::default()).await.unwrap_err();
        assert!(matches!(error, ApiError::Transport { .. }), "{error}");
        assert!(error.may_have_taken_effect());
        assert_eq!(fake.count(), reads + 1, "a create is not repeated");
    }
}
