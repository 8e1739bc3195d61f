//! The course of a backup, and servers that are busy or not in the vault.

use std::time::Duration;

use csbs_simulator::{AllServersSkipped, BusyServer, Config, Operation, ServerNotInVault, Timing};
use serde_json::json;

use super::client::{Client, OTHER, SERVER, STRANGER, config, text};

#[tokio::test]
async fn a_backup_changes_from_waiting_to_available() {
    let client = Client::new();
    let (_, id) = client
        .start(SERVER, json!({"name": "nightly", "description": "d"}))
        .await;
    let mut seen = Vec::new();
    for _ in 0..16 {
        seen.push(client.status(&id).await);
        client.advance(5);
    }
    assert_eq!(seen[..2], ["waiting_protect"; 2]);
    assert_eq!(seen[2..14], ["protecting"; 12]);
    assert_eq!(seen[14..], ["available"; 2]);
    let backup = client.read(&id).await;
    assert_eq!(backup["protected_at"], "2026-01-01T12:01:10.000+00:00");
    assert_eq!(backup["updated_at"], "2026-01-01T12:01:10.000+00:00");
    assert_eq!(backup["created_at"], "2026-01-01T12:00:00.000+00:00");
}

#[tokio::test]
async fn a_new_backup_is_listed_after_a_delay() {
    let client = Client::with(Config {
        timing: Timing {
            visible_after: Duration::from_secs(30),
            ..config().timing
        },
        ..config()
    });
    let run = client.run(json!({"resources": [SERVER]})).await.ok();
    assert!(client.backups("").await.is_empty());
    client.advance(29);
    assert!(client.backups("").await.is_empty());
    client.advance(1);
    let backups = client.backups("").await;
    assert_eq!(backups[0]["checkpoint_id"], run["checkpoint"]["id"]);
}

#[tokio::test]
async fn the_first_backup_is_full_and_later_ones_as_requested() {
    let client = Client::new();
    let made = async |parameters| {
        let (_, id) = client.start(SERVER, parameters).await;
        client.advance(70);
        let incremental = client.read(&id).await["extend_info"]["incremental"].clone();
        (id, incremental)
    };
    let (first, incremental) = made(json!({"incremental": true})).await;
    assert_eq!(incremental, false);
    assert_eq!(made(json!({})).await.1, true);
    let (second, incremental) = made(json!({"incremental": false})).await;
    assert_eq!(incremental, false);
    for full in [first, second] {
        client.delete(&format!("/backups/{full}")).await.ok();
    }
    client.advance(60);
    assert_eq!(made(json!({})).await.1, false, "the last full backup is gone");
}

#[tokio::test]
async fn a_server_that_is_not_in_the_vault_is_refused_or_skipped() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    let run = async || client.run(json!({"resources": [STRANGER]})).await;
    for (setting, refusal) in [
        (ServerNotInVault::NotInVault, "400 6135"),
        (ServerNotInVault::ResourceNotFound, "404 6302"),
        (ServerNotInVault::NothingToBackUp, "400 0001"),
    ] {
        cbr.configure(|cbr| cbr.server_not_in_vault = setting);
        assert_eq!(run().await.refusal(), refusal);
    }
    cbr.configure(|cbr| cbr.server_not_in_vault = ServerNotInVault::Skipped);
    let vault = run().await.ok()["checkpoint"]["vault"].clone();
    assert_eq!(vault["resources"], json!([]));
    let skipped = &vault["skipped_resources"][0];
    assert_eq!([text(skipped, "id"), text(skipped, "name")], [STRANGER, "stranger"]);
    assert_eq!(text(skipped, "code"), "BackupService.6135");
    assert!(text(skipped, "reason").contains(STRANGER));
    cbr.configure(|cbr| cbr.all_servers_skipped = AllServersSkipped::NothingToBackUp);
    assert_eq!(run().await.refusal(), "400 0001");
    assert!(cbr.inventory().backups.is_empty());
    assert_eq!(client.simulator.count(Operation::CbrCreateCheckpoint), 5);
}

#[tokio::test]
async fn a_busy_server_is_refused_or_skipped() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    client.start(SERVER, json!({})).await;
    let run = async |servers: &[&str]| client.run(json!({"resources": servers})).await;
    for (setting, refusal) in [
        (BusyServer::TaskRunning, "400 6125"),
        (BusyServer::InternalError, "500 0002"),
        (BusyServer::VaultBusy, "400 1001"),
    ] {
        cbr.configure(|cbr| cbr.busy_server = setting);
        assert_eq!(run(&[SERVER]).await.refusal(), refusal);
    }
    assert_eq!(run(&[OTHER]).await.refusal(), "400 1001", "the whole vault is busy");
    cbr.configure(|cbr| cbr.busy_server = BusyServer::Skipped);
    let vault = run(&[SERVER, OTHER]).await.ok()["checkpoint"]["vault"].clone();
    assert_eq!(vault["resources"][0]["id"], OTHER);
    assert_eq!(vault["skipped_resources"][0]["id"], SERVER);
    assert_eq!(vault["skipped_resources"][0]["code"], "BackupService.6125");
    let run = run(&[SERVER]).await.ok();
    assert_eq!(run["checkpoint"]["vault"]["resources"], json!([]));
    assert_eq!(cbr.inventory().backups.len(), 2);
    let path = format!("/checkpoints/{}", text(&run["checkpoint"], "id"));
    assert_eq!(client.get(&path).await.ok()["checkpoint"]["status"], "error");
}

#[tokio::test]
async fn a_run_over_the_whole_vault_skips_busy_servers() {
    let client = Client::new();
    client.start(SERVER, json!({})).await;
    let vault = client.run(json!({})).await.ok()["checkpoint"]["vault"].clone();
    assert_eq!(vault["resources"].as_array().unwrap().len(), 3);
    assert_eq!(vault["skipped_resources"][0]["id"], SERVER);
}

#[tokio::test]
async fn automatic_backups_expire_and_manual_ones_do_not() {
    let client = Client::new();
    let (_, automatic) = client.start(SERVER, json!({"auto_trigger": true})).await;
    let (_, manual) = client.start(OTHER, json!({})).await;
    client.advance(70);
    let backup = client.read(&automatic).await;
    assert!(text(&backup, "name").starts_with("autobk_"));
    assert_eq!(backup["extend_info"]["auto_trigger"], true);
    assert_eq!(backup["expired_at"], "2026-01-31T12:00:00.000+00:00");
    assert_eq!(client.read(&manual).await["expired_at"], json!(null));
    client.advance(30 * 24 * 3600);
    assert_eq!(client.get(&format!("/backups/{automatic}")).await.refusal(), "404 6200");
    assert_eq!(client.status(&manual).await, "available");
}
