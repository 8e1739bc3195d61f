//! Creating, changing and deleting vaults.

use csbs_simulator::{FIRST_VAULT_ID, VaultChanges, VaultStatus};
use serde_json::{Value, json};

use super::client::{Client, SERVER, STRANGER, text};

fn new_vault() -> Value {
    json!({
        "name": "new",
        "description": "d",
        "billing": {
            "cloud_type": "public", "consistent_level": "crash_consistent", "object_type": "server",
            "protect_type": "backup", "size": 200, "charging_mode": "post_paid",
        },
        "resources": [{"id": STRANGER, "type": "OS::Nova::Server"}],
        "tags": [{"key": "team", "value": "app"}],
        "auto_bind": true,
        "bind_rules": {"tags": [{"key": "backup", "value": "yes"}]},
        "locked": false,
    })
}

async fn create(client: &Client, vault: Value) -> super::client::Got {
    client.post("/vaults", json!({"vault": vault})).await
}

#[tokio::test]
async fn a_created_vault_can_be_used() {
    let client = Client::new();
    let vault = create(&client, new_vault()).await.ok()["vault"].clone();
    let id = text(&vault, "id");
    assert_eq!(client.vault(id).await, vault);
    assert_eq!(vault["tags"], json!([{"key": "team", "value": "app"}]));
    assert_eq!(
        vault["bind_rules"],
        json!({"tags": [{"key": "backup", "value": "yes"}]})
    );
    assert_eq!(vault["billing"]["allocated"], 100);
    client.run_in(id, json!({"resources": [STRANGER]})).await.ok();
    let mut second = new_vault();
    second["resources"] = json!([]);
    create(&client, second.clone()).await.ok();
    client.simulator.cbr().configure(|cbr| cbr.unique_vault_names = true);
    assert_eq!(create(&client, second).await.refusal(), "400 6106");
}

#[tokio::test]
async fn wrong_vaults_are_refused() {
    let client = Client::new();
    let with = |pointer: &str, value: Value| {
        let mut vault = new_vault();
        *vault.pointer_mut(pointer).unwrap() = value;
        vault
    };
    for (vault, refusal) in [
        (json!({}), "400 9900"),
        (with("/name", json!("")), "400 9900"),
        (with("/name", json!("n".repeat(65))), "400 9900"),
        (with("/description", json!("d".repeat(65))), "400 9900"),
        (with("/billing/size", json!(9)), "400 6101"),
        (with("/billing/size", json!(10_485_761)), "400 6101"),
        (with("/billing/size", json!("200")), "400 9900"),
        (with("/billing/size", json!(99)), "400 6108"),
        (with("/billing/object_type", json!("x")), "400 9900"),
        (with("/billing/object_type", json!("disk")), "400 6102"),
        (with("/billing/protect_type", json!("x")), "400 9900"),
        (with("/billing/consistent_level", json!("x")), "400 9900"),
        (with("/billing/charging_mode", json!("pre_paid")), "400 9900"),
        (with("/resources", json!(null)), "400 9900"),
        (with("/resources/0/id", json!(SERVER)), "400 7116"),
        (with("/tags", json!([])), "400 9900"),
        (
            with(
                "/tags",
                (0..21).map(|n| json!({"key": format!("k{n}"), "value": ""})).collect(),
            ),
            "400 6600",
        ),
        (
            with(
                "/bind_rules/tags",
                (0..6).map(|n| json!({"key": format!("k{n}"), "value": ""})).collect(),
            ),
            "400 9900",
        ),
    ] {
        assert_eq!(create(&client, vault.clone()).await.refusal(), refusal, "{vault}");
    }
    let mut vault = new_vault();
    vault["backup_policy_id"] = json!("11111111-2222-4333-8444-555555555555");
    assert_eq!(create(&client, vault).await.refusal(), "404 6000");
    assert_eq!(client.simulator.cbr().inventory().vaults.len(), 1);
}

#[tokio::test]
async fn a_resize_passes_through_lock() {
    let client = Client::new();
    let path = format!("/vaults/{FIRST_VAULT_ID}");
    let put = async |vault: Value| client.put(&path, json!({"vault": vault})).await;
    let vault = put(json!({"name": "other", "billing": {"size": 500}, "auto_expand": true}))
        .await
        .ok()["vault"]
        .clone();
    assert_eq!(text(&vault["billing"], "status"), "lock");
    assert_eq!(vault["locked"], false, "lock is not locked");
    assert_eq!(put(json!({"billing": {"size": 600}})).await.refusal(), "400 6123");
    put(json!({"threshold": 90, "smn_notify": false})).await.ok();
    client.run(json!({"resources": [SERVER]})).await.ok();
    client.advance(10);
    let vault = client.vault(FIRST_VAULT_ID).await;
    assert_eq!(text(&vault["billing"], "status"), "available");
    assert_eq!(
        [&vault["billing"]["size"], &vault["name"]],
        [&json!(500), &json!("other")]
    );
    assert_eq!(vault["auto_expand"], true);
    for (wrong, refusal) in [
        (json!({"billing": {"size": 399}}), "400 6101"),
        (json!({"billing": {"size": 0}}), "400 6101"),
        (json!({"threshold": 0}), "400 9900"),
        (json!({"threshold": 101}), "400 9900"),
        (json!({"description": "d"}), "400 9900"),
        (json!({"name": ""}), "400 9900"),
    ] {
        assert_eq!(put(wrong.clone()).await.refusal(), refusal, "{wrong}");
    }
    put(json!({"locked": true})).await.ok();
    assert_eq!(put(json!({"locked": false})).await.refusal(), "400 9900");
    assert_eq!(client.vault(FIRST_VAULT_ID).await["locked"], true);
    for (status, refusal) in [(VaultStatus::Frozen, "400 6112"), (VaultStatus::Error, "400 6113")] {
        let changes = VaultChanges {
            status: Some(status),
            ..VaultChanges::default()
        };
        client.simulator.cbr().change_vault(FIRST_VAULT_ID, &changes);
        assert_eq!(put(json!({"billing": {"size": 700}})).await.refusal(), refusal);
    }
}

#[tokio::test]
async fn deleting_a_vault_deletes_its_backups() {
    let client = Client::new();
    let path = format!("/vaults/{FIRST_VAULT_ID}");
    let (_, backup) = client.start(SERVER, json!({})).await;
    assert_eq!(client.delete(&path).await.refusal(), "400 6203");
    client.advance(70);
    let status = |status| {
        let changes = VaultChanges {
            status: Some(status),
            ..VaultChanges::default()
        };
        client.simulator.cbr().change_vault(FIRST_VAULT_ID, &changes);
    };
    status(VaultStatus::Frozen);
    assert_eq!(client.delete(&path).await.refusal(), "400 6111");
    status(VaultStatus::Error);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.vault(FIRST_VAULT_ID).await["billing"]["status"], "deleting");
    assert_eq!(client.status(&backup).await, "deleting");
    assert_eq!(client.run(json!({"resources": [SERVER]})).await.refusal(), "400 6113");
    client.advance(60);
    assert_eq!(client.get(&path).await.refusal(), "404 6105");
    assert_eq!(client.get(&format!("/backups/{backup}")).await.refusal(), "404 6200");
    let task = client.tasks("operation_type=vault_delete").await.remove(0);
    assert_eq!(task["status"], "success");
    assert_eq!(
        task["extra_info"]["vault_delete"],
        json!({"fail_count": 0, "total_count": 1})
    );
}
