//! The admin API.

use csbs_simulator::Config;
use serde_json::json;

use super::client::{Client, SERVER, quick, text};

async fn admin(client: &Client, method: &str, path: &str, body: Option<serde_json::Value>) -> super::client::Got {
    client
        .send(client.request(method, &format!("/_admin/{path}"), body))
        .await
}

#[tokio::test]
async fn every_admin_call_works() {
    let client = Client::new(Config {
        auth: csbs_simulator::AuthMode::Open,
        ..quick()
    });
    let post = |path: &'static str, body| admin(&client, "POST", path, Some(body));
    post("servers", json!([{"id": "new", "name": "made-outside"}]))
        .await
        .ok();
    let checkpoint = client.protect("new", json!({})).await;
    post("advance", json!({"seconds": 100})).await.ok();
    let state = admin(&client, "GET", "state", None).await.ok();
    assert_eq!(state["checkpoints"][0]["id"], checkpoint.as_str());
    assert_eq!(state["checkpoints"][0]["items"][0]["status"], "available");
    assert_eq!(state["now"], "2026-01-01T12:01:40Z");
    assert_eq!(state["counts"]["protect"], 1);
    let item = text(&state["checkpoints"][0]["items"][0], "id").to_owned();

    let rule = json!({"operation": "quotas", "times": 1, "effect": {"kind": "answer", "status": 503}});
    let id = post("faults", rule.clone()).await.ok()["id"].clone();
    assert_eq!(client.get("/quotas").await.status, 503);
    admin(&client, "DELETE", &format!("faults/{id}"), None).await.ok();
    post("faults", rule).await.ok();
    admin(&client, "DELETE", "faults", None).await.ok();
    assert_eq!(client.get("/quotas").await.status, 200);
    assert_eq!(post("faults", json!({"effect": {"kind": "what"}})).await.status, 400);

    let change = json!({"name": "other", "description": "d", "tags": {"a": "b"}, "status": "error", "images": ["i"]});
    admin(&client, "POST", &format!("items/{item}"), Some(change))
        .await
        .ok();
    let seen = client.get(&format!("/checkpoint_items/{item}")).await.ok()["checkpoint_item"].clone();
    assert_eq!((text(&seen, "name"), text(&seen, "status")), ("other", "error"));
    admin(&client, "DELETE", &format!("items/{item}"), None).await.ok();
    assert_eq!(
        admin(&client, "DELETE", &format!("items/{item}"), None).await.status,
        404
    );

    post("failures", json!({"server": "new", "code": "1", "reason": "r"}))
        .await
        .ok();
    let failed = client.protect("new", json!({})).await;
    post("clock", json!({"mode": "per_request", "step": 60})).await.ok();
    client.get("/quotas").await;
    client.get("/quotas").await;
    assert_eq!(client.items(&failed).await[0]["status"], "error");
    let made = post("checkpoints", json!({"servers": [SERVER, "new"], "name": "old"}))
        .await
        .ok();
    assert_eq!(made["items"].as_array().unwrap().len(), 2);

    post("settings", json!({"closed": true, "backup": 5})).await.ok();
    assert_eq!(client.try_protect(SERVER, json!({})).await.code(), "BackupService.4008");
    post("rate_limit", json!({"per_second": 1, "burst": 1, "retry_after": false}))
        .await
        .ok();
    client.get("/quotas").await;
    assert_eq!(client.get("/quotas").await.status, 429);
    post("rate_limit", json!(null)).await.ok();
    let log = admin(&client, "GET", "requests?operation=protect", None).await.ok();
    assert_eq!(log["requests"].as_array().unwrap().len(), 3);
    post("tokens/revoke", json!({})).await.ok();
    post("reset", json!({})).await.ok();
    let state = admin(&client, "GET", "state", None).await.ok();
    assert_eq!(state["checkpoints"], json!([]));
    assert_eq!(admin(&client, "GET", "nothing", None).await.status, 404);
}
