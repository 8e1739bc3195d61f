//! The move of all backups from CSBS to CBR.

use csbs_simulator::PROVIDER_ID;
use serde_json::{Value, json};

use super::client::{Client, OTHER, PROJECT, SERVER, text};

#[tokio::test]
async fn the_move_creates_vaults_with_ready_backups() {
    let client = Client::new();
    let simulator = &client.simulator;
    let policy = json!({
        "name": "p".repeat(70), "provider_id": PROVIDER_ID, "parameters": {"common": {}},
        "resources": [{"id": OTHER, "type": "OS::Nova::Server", "name": "s"}],
        "scheduled_operations": [{
            "operation_type": "backup", "operation_definition": {},
            "trigger": {"properties": {"pattern": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=0\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"}},
        }],
    });
    let policy = simulator.make_policy(PROJECT, &policy).unwrap();
    let manual = simulator.make_checkpoint(PROJECT, &[SERVER], Some(&"m".repeat(200)));
    let with_image = simulator.make_checkpoint(PROJECT, &[SERVER], Some("image"));
    simulator.set_item_images(&with_image.items[0].id, &["image-1"]);
    let run = json!({"checkpoint": {"plan_id": policy, "parameters": {"auto_trigger": false}}});
    let path = format!("/v1/{PROJECT}/providers/{PROVIDER_ID}/checkpoints");
    client.send("POST", &path, Some(run)).await.ok();
    client.advance(7200);
    let got = client.send("POST", "/_admin/cbr/migrate", None).await.ok();
    assert_eq!(got, json!({"backups": 2}));

    let vaults = client.get("/vaults").await.ok()["vaults"].clone();
    let vault = |name: &str| -> Value {
        let mut vaults = vaults.as_array().unwrap().iter();
        vaults.find(|vault| vault["name"] == name).unwrap().clone()
    };
    let default = vault("default");
    let named = vault(&"p".repeat(64));
    // 1.2 times the backups: 41000 MB.
    assert_eq!(default["billing"]["size"], 49);
    assert_eq!(default["resources"], json!([]));
    assert_eq!(named["resources"][0]["id"], OTHER);
    let backups = client.backups(&format!("vault_id={}", text(&default, "id"))).await;
    assert_eq!(backups.len(), 1);
    assert_eq!(text(&backups[0], "name"), "m".repeat(64));
    assert_eq!(
        [text(&backups[0], "status"), text(&backups[0], "resource_id")],
        ["available", SERVER]
    );
    assert_ne!(text(&backups[0], "id"), manual.items[0].id);
    assert_eq!(text(&backups[0], "created_at"), "2026-01-01T12:00:00.000+00:00");
    let moved = client.read(text(&backups[0], "id")).await;
    assert_eq!(moved["children"].as_array().unwrap().len(), 2);

    // CSBS keeps the backup with an image, and takes no new one.
    let left = simulator.inventory().checkpoints;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, with_image.id);
    let path = format!("/v1/{PROJECT}/providers/{PROVIDER_ID}/resources/{SERVER}/action");
    let got = client.send("POST", &path, Some(json!({"protect": {}}))).await;
    assert_eq!(got.refusal(), "400 4008");
}
