//! Faults and limits.

use std::time::Duration;

use csbs_simulator::{Config, ConnectionFault, Effect, Operation, RateLimit, Rule};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::client::{Client, SERVER, quick};

fn made(client: &Client) -> usize {
    client.simulator.inventory().items().count()
}

#[tokio::test]
async fn before_means_not_carried_out_and_after_means_carried_out() {
    for (effect, fault, done) in [
        (Effect::DropBefore, Some(ConnectionFault::DropBefore), 0),
        (Effect::DropAfter, Some(ConnectionFault::DropAfter), 1),
        (Effect::Stall, Some(ConnectionFault::Stall), 0),
        (Effect::StallAfter, Some(ConnectionFault::Stall), 1),
        (Effect::BadGateway { after: false }, None, 0),
        (Effect::BadGateway { after: true }, None, 1),
        (Effect::refuse(503, "CSBS.9999"), None, 0),
        (
            Effect::Redirect {
                location: "https://elsewhere.example.com/".into(),
            },
            None,
            0,
        ),
        (Effect::HugeBody { bytes: 100_000 }, None, 0),
        (Effect::TruncateJson, None, 1),
        (Effect::WrongTypes, None, 1),
    ] {
        let client = Client::new(quick());
        let rule = client
            .simulator
            .fault(Rule::on(Operation::Protect, effect.clone()).once())
            .unwrap();
        let got = client.try_protect(SERVER, json!({})).await;
        assert_eq!(got.fault, fault, "{effect:?}");
        assert_eq!(made(&client), done, "{effect:?}");
        assert_eq!(client.simulator.fault_met(rule), 1);
        let record = client.simulator.requests().remove(0);
        assert_eq!(record.fault.as_deref(), Some(effect.name()));
        assert_eq!(record.carried_out, done == 1);
        assert_eq!(record.status.is_none(), fault.is_some());
    }
}

#[tokio::test]
async fn responses_follow_the_rule() {
    let client = Client::new(quick());
    client
        .simulator
        .fault(Rule::on(Operation::Quotas, Effect::refuse(429, "APIG.0308").retry_after(7)).once())
        .unwrap();
    let got = client.get("/quotas").await;
    assert_eq!(got.refusal(), "429 APIG.0308");
    assert_eq!(got.headers["retry-after"], "7");
    assert!(got.headers.contains_key("date") && got.headers.contains_key("x-openstack-request-id"));
    client
        .simulator
        .fault(
            Rule::on_path("/quotas$", Effect::BadGateway { after: false })
                .method("get")
                .once(),
        )
        .unwrap();
    let got = client.get("/quotas").await;
    assert_eq!(
        (got.status, got.headers["content-type"].to_str().unwrap()),
        (502, "text/html")
    );
    client.backup(SERVER, json!({})).await;
    client
        .simulator
        .fault(Rule::on(Operation::ListItems, Effect::EmptyList).once())
        .unwrap();
    assert_eq!(
        client.get("/checkpoint_items").await.ok(),
        json!({"checkpoint_items": []})
    );
    client
        .simulator
        .fault(Rule::on(Operation::ListItems, Effect::UnknownStatus).once())
        .unwrap();
    assert_eq!(
        client.get("/checkpoint_items").await.ok()["checkpoint_items"][0]["status"],
        "contemplating"
    );
    client.simulator.fault(Rule::always(Effect::Stall)).unwrap();
    assert_eq!(client.get("/quotas").await.fault, Some(ConnectionFault::Stall));
    client.simulator.clear_faults();
    assert_eq!(client.get("/quotas").await.status, 200);
    assert!(client.simulator.fault(Rule::on_path("(", Effect::Stall)).is_err());
}

#[tokio::test(start_paused = true)]
async fn delays_last_as_long_as_configured() {
    let client = Client::new(Config {
        clock: csbs_simulator::ClockMode::TokioTime,
        ..quick()
    });
    let begin = Instant::now();
    client
        .simulator
        .fault(Rule::on(Operation::Quotas, Effect::Delay { seconds: 40.0 }))
        .unwrap();
    client
        .simulator
        .fault(Rule::on(Operation::Quotas, Effect::DelayAfter { seconds: 2.0 }))
        .unwrap();
    client.get("/quotas").await.ok();
    assert_eq!(begin.elapsed(), Duration::from_secs(42));

    client
        .simulator
        .fault(Rule::on(Operation::Protect, Effect::Late { seconds: 90.0 }))
        .unwrap();
    assert_eq!(
        client.try_protect(SERVER, json!({})).await.fault,
        Some(ConnectionFault::Stall)
    );
    tokio::time::sleep(Duration::from_secs(89)).await;
    assert_eq!(made(&client), 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(made(&client), 1);
    assert!(client.simulator.requests()[1].carried_out);
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_limited() {
    let client = Client::new(Config {
        clock: csbs_simulator::ClockMode::TokioTime,
        rate_limit: Some(RateLimit {
            per_second: 5.0,
            burst: 10,
            retry_after: true,
        }),
        ..quick()
    });
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(client.get("/quotas").await.status);
    }
    assert_eq!(statuses[..10], [200; 10]);
    assert_eq!(statuses[10..], [429; 2]);
    let got = client.get("/quotas").await;
    assert_eq!(
        (got.code(), got.headers["retry-after"].to_str().unwrap()),
        ("APIG.0308", "1")
    );
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(client.get("/quotas").await.status, 200);
    client.simulator.set_rate_limit(Some(RateLimit {
        per_second: 1.0,
        burst: 1,
        retry_after: false,
    }));
    client.get("/quotas").await.ok();
    let got = client.get("/quotas").await;
    assert!(got.status == 429 && !got.headers.contains_key("retry-after"));
    client.simulator.set_rate_limit(None);
    assert_eq!(client.get("/quotas").await.status, 200);
}

#[tokio::test]
async fn a_shifted_date_affects_the_header_only() {
    let client = Client::new(quick());
    let right = client.get("/quotas").await.headers["date"].clone();
    client
        .simulator
        .fault(Rule::always(Effect::WrongDate { seconds: -86_400 }))
        .unwrap();
    let wrong = client.get("/quotas").await.headers["date"].clone();
    let parse = |value: &http::HeaderValue| {
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        parser.parse_timestamp(value.to_str().unwrap()).unwrap().as_second()
    };
    let off = parse(&right) - parse(&wrong);
    assert!((86_000..=86_400).contains(&off), "{off}");
}

#[tokio::test]
async fn the_log_keeps_the_newest_requests_and_counts_all() {
    let client = Client::new(Config {
        log_limit: 3,
        ..quick()
    });
    for _ in 0..10 {
        client.get("/quotas").await;
    }
    let numbers: Vec<_> = client.simulator.requests().iter().map(|record| record.number).collect();
    assert_eq!(numbers, [8, 9, 10]);
    assert_eq!(client.simulator.count(Operation::Quotas), 10);
    client.simulator.clear_requests();
    assert_eq!(client.simulator.count_csbs(), 0);
    client.simulator.reset();
    assert_eq!(client.get("/quotas").await.json["error"]["code"], Value::from(401));
}
