//! Restores.

use std::time::Duration;

use csbs_simulator::{Config, PROVIDER_ID, Server};
use serde_json::{Value, json};

use super::client::{Client, Got, SERVER, quick, text};

/// Maps the disks of an item to the disks of a server, in order.
fn mapping(item: &Value, server: &Server) -> Vec<Value> {
    let backups = item["extend_info"]["volume_backups"].as_array().unwrap();
    backups
        .iter()
        .zip(&server.disks)
        .map(|(backup, disk)| json!({"backup_id": backup["id"], "volume_id": disk.id}))
        .collect()
}

async fn restore(client: &Client, checkpoint: &str, item: &Value, server: &str, volumes: &[Value]) -> Got {
    let body = json!({"restore": {
        "provider_id": PROVIDER_ID,
        "checkpoint_id": checkpoint,
        "parameters": {
            "checkpoint_item_id": item["id"],
            "power_on": true,
            "targets": {"server_id": server, "volumes": volumes},
        },
    }});
    client.post("/restores", body).await
}

#[tokio::test]
async fn the_item_shows_the_progress_of_a_restore() {
    let client = Client::new(quick());
    let server = Server::some(1).remove(0);
    let (checkpoint, item) = client.backup(SERVER, json!({})).await;
    let answer = restore(&client, &checkpoint, &item, SERVER, &mapping(&item, &server))
        .await
        .ok();
    assert_eq!(answer["restore"]["status"], "in_progress");
    assert_eq!(answer["restore"]["checkpoint_id"], checkpoint.as_str());
    assert_eq!(answer["restore"]["parameters"]["power_on"], true);
    let status = || async { text(&client.items(&checkpoint).await[0], "status").to_owned() };
    assert_eq!(status().await, "waiting_restore");
    assert_eq!(client.delete(&checkpoint, None).await.refusal(), "400 CSBS.2003");
    assert_eq!(client.try_protect(SERVER, json!({})).await.refusal(), "400 CSBS.6005");
    client.simulator.advance(Duration::from_secs(310));
    assert_eq!(status().await, "restoring");
    assert_eq!(client.items(&checkpoint).await[0]["extend_info"]["progress"], 50);
    client.simulator.advance(Duration::from_secs(300));
    assert_eq!(status().await, "available");
    assert_eq!(client.try_protect(SERVER, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_restore_can_fail() {
    let client = Client::new(quick());
    let server = Server::some(1).remove(0);
    let (checkpoint, item) = client.backup(SERVER, json!({})).await;
    client.simulator.fail_next_restore(Some(SERVER), "CSBS.9999", "no luck");
    restore(&client, &checkpoint, &item, SERVER, &mapping(&item, &server))
        .await
        .ok();
    client.simulator.advance(Duration::from_secs(700));
    let item = client.items(&checkpoint).await.remove(0);
    assert_eq!(item["status"], "error");
    assert_eq!(item["extend_info"]["fail_op"], "restore");
    assert_eq!(item["extend_info"]["fail_reason"], "no luck");
}

#[tokio::test]
async fn wrong_mappings_are_refused() {
    let client = Client::new(quick());
    let server = Server::some(1).remove(0);
    let mut small = Server::new("small").with_disks(&[40, 20]);
    small.disks[0].size = 40;
    client.simulator.add_server(small.clone());
    client.simulator.add_server(Server::new("empty").with_disks(&[]));
    let (checkpoint, item) = client.backup(SERVER, json!({})).await;
    let good = mapping(&item, &server);
    let swapped = vec![
        json!({"backup_id": good[0]["backup_id"], "volume_id": good[1]["volume_id"]}),
        json!({"backup_id": good[1]["backup_id"], "volume_id": good[0]["volume_id"]}),
    ];
    for (target, volumes, refusal) in [
        ("nobody", good.clone(), "400 CSBS.6000"),
        ("empty", vec![], "400 CSBS.6020"),
        (SERVER, vec![], "400 CSBS.6018"),
        (SERVER, good[..1].to_vec(), "400 CSBS.6018"),
        (SERVER, vec![good[0].clone(), good[0].clone()], "400 CSBS.9001"),
        (
            SERVER,
            vec![json!({"backup_id": "x", "volume_id": "y"})],
            "400 CSBS.6017",
        ),
        ("small", good.clone(), "400 CSBS.6014"),
        ("small", mapping(&item, &small), "400 CSBS.6024"),
        (SERVER, swapped, "500 CSBS.6023"),
        (SERVER, vec![json!({"backup_id": "x"})], "400 CSBS.9001"),
    ] {
        let got = restore(&client, &checkpoint, &item, target, &volumes).await;
        assert_eq!(got.refusal(), refusal, "{target} {volumes:?}");
        let asked = json!({"check_restorable": [{
            "checkpoint_item_id": item["id"],
            "target": {"resource_id": target, "resource_type": "OS::Nova::Server", "volumes": volumes},
        }]});
        let path = format!("/providers/{PROVIDER_ID}/resources/action");
        let verdict = client.post(&path, asked).await.ok()["restorable"][0].clone();
        assert_eq!(verdict["result"], false);
        assert!(refusal.ends_with(text(&verdict, "error_code")), "{verdict}");
    }
    let asked = json!({"check_restorable": [{
        "checkpoint_item_id": item["id"],
        "target": {"resource_id": SERVER, "resource_type": "OS::Nova::Server", "volumes": good},
    }]});
    let path = format!("/providers/{PROVIDER_ID}/resources/action");
    assert_eq!(client.post(&path, asked).await.ok()["restorable"][0]["result"], true);
    assert_eq!(client.items(&checkpoint).await[0]["status"], "available");
}

#[tokio::test]
async fn a_restore_needs_power_on() {
    let body = json!({"restore": {
        "provider_id": PROVIDER_ID,
        "checkpoint_id": "c",
        "parameters": {"checkpoint_item_id": "i", "targets": {"server_id": SERVER, "volumes": []}},
    }});
    let client = Client::new(quick());
    let got = client.post("/restores", body.clone()).await;
    assert_eq!(got.refusal(), "400 CSBS.9001");
    assert!(got.text.contains("power_on"), "{}", got.text);
    let lenient = Client::new(Config {
        strict: false,
        ..quick()
    });
    assert_eq!(lenient.post("/restores", body).await.refusal(), "404 CSBS.3001");
}

#[tokio::test]
async fn only_an_available_item_can_be_restored() {
    let client = Client::new(quick());
    let (checkpoint, item) = client.backup(SERVER, json!({})).await;
    client
        .simulator
        .set_item_status(text(&item, "id"), csbs_simulator::Status::Error);
    assert_eq!(
        restore(&client, &checkpoint, &item, SERVER, &[]).await.refusal(),
        "400 CSBS.4000"
    );
    assert_eq!(
        restore(&client, "other", &item, SERVER, &[]).await.refusal(),
        "404 CSBS.3001"
    );
    for wrong in [
        json!({}),
        json!({"restore": {}}),
        json!({"restore": {"provider_id": "x"}}),
    ] {
        assert_eq!(client.post("/restores", wrong).await.refusal(), "400 CSBS.9001");
    }
}
