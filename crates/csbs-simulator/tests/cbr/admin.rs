//! The admin API of CBR.

use csbs_simulator::FIRST_VAULT_ID;
use serde_json::{Value, json};

use super::client::{Client, OTHER, SERVER, STRANGER, text};

#[tokio::test]
async fn every_admin_call_works() {
    let client = Client::new();
    let admin = async |method: &str, path: &str, body: Option<Value>| {
        client.send(method, &format!("/_admin/cbr/{path}"), body).await
    };
    let post = async |path: &str, body: Value| admin("POST", path, Some(body)).await;

    let settings = post("settings", json!({"busy_server": "skipped", "rough": {"tasks": true}}))
        .await
        .ok();
    assert_eq!(settings["busy_server"], "skipped");
    assert_eq!(
        settings["rough"],
        json!({"vaults": false, "checkpoints": false, "backups": false, "tasks": true})
    );
    assert_eq!(post("settings", json!({"busy": "skipped"})).await.status, 400);
    assert_eq!(post("settings", json!({"busy_server": "x"})).await.status, 400);

    let vault = post("vaults", json!({"name": "v", "size": 50, "servers": [STRANGER]}))
        .await
        .ok();
    let id = text(&vault, "id").to_owned();
    assert_eq!(vault["servers"], json!([STRANGER]));
    post(
        &format!("vaults/{id}"),
        json!({"status": "frozen", "add_servers": [SERVER], "remove_servers": [STRANGER]}),
    )
    .await
    .ok();
    let seen = client.vault(&id).await;
    assert_eq!(seen["billing"]["status"], "frozen");
    assert_eq!(seen["resources"][0]["id"], SERVER);
    assert_eq!(post("vaults", json!({"nam": "v"})).await.status, 400);

    let made = post(
        "backups",
        json!({"servers": [SERVER, OTHER], "name": "old", "age": 3600}),
    )
    .await
    .ok();
    let backup = text(&made["backups"][0], "id").to_owned();
    assert_eq!(made["backups"].as_array().unwrap().len(), 2);
    let seen = client.read(&backup).await;
    assert_eq!([text(&seen, "name"), text(&seen, "status")], ["old", "available"]);
    assert_eq!(seen["created_at"], "2026-01-01T11:00:00.000+00:00");
    assert_eq!(seen["vault_id"], FIRST_VAULT_ID);
    assert_eq!(seen["children"].as_array().unwrap().len(), 2);
    post(
        &format!("backups/{backup}"),
        json!({"name": "new", "status": "error", "vault_id": id}),
    )
    .await
    .ok();
    let seen = client.read(&backup).await;
    assert_eq!(
        [text(&seen, "name"), text(&seen, "status"), text(&seen, "vault_id")],
        ["new", "error", &id]
    );
    admin("DELETE", &format!("backups/{backup}"), None).await.ok();
    assert_eq!(admin("DELETE", &format!("backups/{backup}"), None).await.status, 404);
    assert_eq!(post("backups", json!({"vault_id": "x"})).await.status, 404);
    assert_eq!(post("backups", json!({"wrong": 1})).await.status, 400);

    post("failures", json!({"server": SERVER, "code": "7003", "message": "m"}))
        .await
        .ok();
    let (_, failed) = client.start(SERVER, json!({})).await;
    client.advance(70);
    assert_eq!(client.status(&failed).await, "error");
    let state = admin("GET", "state", None).await.ok();
    assert_eq!(state["backups"].as_array().unwrap().len(), 2);
    assert_eq!(state["vaults"][1]["name"], "v");
    assert_eq!(state["tasks"][2]["status"], "failed");
    assert_eq!(state["settings"]["busy_server"], "skipped");
    admin("DELETE", &format!("vaults/{id}"), None).await.ok();
    assert_eq!(admin("GET", "nothing", None).await.status, 404);

    client.send("POST", "/_admin/reset", Some(json!({}))).await.ok();
    let state = admin("GET", "state", None).await.ok();
    assert_eq!(state["backups"], json!([]));
    assert_eq!(state["settings"]["busy_server"], "task_running");
}
