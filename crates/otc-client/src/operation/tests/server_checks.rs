//! The remembered answers on whether a server can be backed up.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use crate::{
    csbs::{ApiError, Capability, Server},
    http::Delivery,
    operation::OperationContext,
    rest::testing::{Fake, Reply, answer, lost, refusal, text},
};

/// A service that answers every question in the same way.
fn service(reply: fn() -> Reply) -> (Arc<Fake>, OperationContext) {
    let fake = Fake::new(move |_, _| reply());
    let context = fake.context();
    (fake, context)
}

fn yes() -> Reply {
    answer(200, &json!({ "protectable": [{ "result": true, "resource_id": "s" }] }))
}

async fn check(context: &OperationContext, server: &str) -> Result<Capability, ApiError> {
    context
        .checks
        .check(&context.inventory, &Server::new(server.to_owned()))
        .await
}

#[tokio::test(start_paused = true)]
async fn plans_do_not_ask_a_failing_service_again_for_half_a_minute() {
    let failing: [(fn() -> Reply, bool); 6] = [
        (|| text(503, ""), true),
        (|| lost(Delivery::Unknown), true),
        // The rate limit is no failure, and "busy" is about one server.
        (|| text(429, ""), false),
        (|| refusal(400, "CSBS.6005"), false),
        (|| refusal(500, "CSBS.6005"), false),
        (|| refusal(400, "CSBS.6007"), false),
    ];
    for (reply, is_remembered) in failing {
        let (fake, context) = service(reply);
        let error = check(&context, "s").await.unwrap_err();
        let asked = fake.count();
        for after in [0, 29] {
            tokio::time::sleep(Duration::from_secs(after)).await;
            let again = check(&context, "other").await.unwrap_err();
            assert_eq!(again.to_string(), error.to_string());
            assert_eq!(fake.count() == asked, is_remembered, "{error} after {after} s");
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        check(&context, "s").await.unwrap_err();
        assert!(fake.count() > asked, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_used_again_for_a_minute_and_by_one_create() {
    let (fake, context) = service(yes);
    assert!(check(&context, "s").await.unwrap().result);
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert!(check(&context, "s").await.unwrap().result);
    assert_eq!(fake.count(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(check(&context, "s").await.unwrap().result);
    assert_eq!(fake.count(), 2);
    let server = Server::new("s".to_owned());
    assert!(context.checks.take(&server).is_some());
    assert!(context.checks.take(&server).is_none());
}
