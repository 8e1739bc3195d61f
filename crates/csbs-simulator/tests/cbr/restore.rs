//! Restores.

use csbs_simulator::{BackupChanges, BackupStatus, FIRST_VAULT_ID, FailedRestore, Server, VaultChanges, VaultStatus};
use serde_json::{Value, json};

use super::client::{Client, NOTHING, OTHER, SERVER, text};

/// Returns a restore of every disk onto its source.
async fn default_restore(client: &Client, backup: &str) -> Value {
    let children = client.read(backup).await["children"].clone();
    let mappings: Vec<_> = children
        .as_array()
        .unwrap()
        .iter()
        .map(|child| json!({"backup_id": child["id"], "volume_id": child["resource_id"]}))
        .collect();
    json!({"server_id": SERVER, "power_on": true, "mappings": mappings})
}

async fn restore(client: &Client, backup: &str, restore: Value) -> super::client::Got {
    client
        .post(&format!("/backups/{backup}/restore"), json!({"restore": restore}))
        .await
}

#[tokio::test]
async fn a_restore_ends_with_its_task() {
    let client = Client::new();
    let backup = client.backup(SERVER).await;
    let body = default_restore(&client, &backup).await;
    let got = restore(&client, &backup, body).await;
    assert_eq!((got.status, got.text.as_str()), (202, ""));
    assert_eq!(client.status(&backup).await, "waiting_restore");
    client.advance(10);
    assert_eq!(client.status(&backup).await, "restoring");
    let vault = client.vault(FIRST_VAULT_ID).await;
    assert_eq!(vault["resources"][0]["protect_status"], "restoring");
    client.advance(300);
    let task = client.tasks("operation_type=restore").await.remove(0);
    assert_eq!(task["status"], "running");
    assert_eq!(task["extra_info"]["common"]["progress"], 50);
    assert_eq!(
        task["extra_info"]["restore"],
        json!({
            "backup_id": backup, "backup_name": client.read(&backup).await["name"],
            "target_resource_id": SERVER, "target_resource_name": "server-0",
        })
    );
    client.advance(300);
    assert_eq!(client.status(&backup).await, "available");
    assert_eq!(client.tasks("operation_type=restore").await[0]["status"], "success");
}

#[tokio::test]
async fn the_response_may_have_the_id_of_the_task() {
    let client = Client::new();
    client.simulator.cbr().configure(|cbr| cbr.restore_with_job_id = true);
    let backup = client.backup(SERVER).await;
    let got = restore(&client, &backup, default_restore(&client, &backup).await).await;
    assert_eq!(got.status, 202);
    let task = client
        .get(&format!("/operation-logs/{}", text(&got.json, "job_id")))
        .await
        .ok();
    assert_eq!(task["operation_log"]["operation_type"], "restore");
}

#[tokio::test]
async fn a_failed_restore_leaves_an_error_or_an_available_backup() {
    for (setting, status) in [(FailedRestore::Error, "error"), (FailedRestore::Available, "available")] {
        let client = Client::new();
        let cbr = client.simulator.cbr();
        cbr.configure(|cbr| cbr.failed_restore = setting);
        cbr.fail_next_restore(Some(SERVER), "7008", "no space");
        let backup = client.backup(SERVER).await;
        restore(&client, &backup, default_restore(&client, &backup).await)
            .await
            .ok();
        client.advance(610);
        assert_eq!(client.status(&backup).await, status);
        let task = client.tasks("operation_type=restore").await.remove(0);
        assert_eq!(task["status"], "failed");
        assert_eq!(
            task["error_info"],
            json!({"code": "BackupService.7008", "message": "no space"})
        );
    }
}

#[tokio::test]
async fn wrong_restores_are_refused() {
    let client = Client::new();
    let (_, running) = client.start(SERVER, json!({})).await;
    let early = json!({"server_id": SERVER, "mappings": [{"backup_id": NOTHING, "volume_id": NOTHING}]});
    assert_eq!(restore(&client, &running, early).await.refusal(), "400 2002");
    client.advance(70);
    let backup = running;
    let right = default_restore(&client, &backup).await;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = right.clone();
        change(&mut body);
        body
    };
    let small = Server::new("00000000-0000-0000-0000-0000000000bb").with_disks(&[39, 60]);
    client.simulator.add_server(small.clone());
    let disk = |server: &Server, index: usize| json!(server.disks[index].id);
    let source = &client.simulator.config().servers[0].clone();
    for (body, refusal) in [
        (changed(&|body| body["server_id"] = json!(null)), "400 9900"),
        (changed(&|body| body["server_id"] = json!("x")), "400 9900"),
        (changed(&|body| body["mappings"] = json!(null)), "400 9900"),
        (changed(&|body| body["mappings"] = json!([])), "400 9900"),
        (changed(&|body| body["power_on"] = json!("true")), "400 9900"),
        (changed(&|body| body["volume_id"] = json!(NOTHING)), "400 9900"),
        (changed(&|body| body["resource_id"] = json!(NOTHING)), "400 9900"),
        (changed(&|body| body["server_id"] = json!(NOTHING)), "404 7100"),
        // The ID of the server's backup instead of a child's.
        (
            changed(&|body| body["mappings"][0]["backup_id"] = json!(backup)),
            "400 2011",
        ),
        (
            changed(&|body| body["mappings"][0]["volume_id"] = json!(NOTHING)),
            "400 2011",
        ),
        (
            changed(&|body| body["mappings"][1]["volume_id"] = body["mappings"][0]["volume_id"].clone()),
            "400 2011",
        ),
        (
            json!({
                "server_id": small.id,
                "mappings": [{"backup_id": right["mappings"][0]["backup_id"], "volume_id": disk(&small, 0)}],
            }),
            "400 2001",
        ),
    ] {
        assert_eq!(
            restore(&client, &backup, body.clone()).await.refusal(),
            refusal,
            "{body}"
        );
    }
    let big = Server::new("00000000-0000-0000-0000-0000000000cc").with_disks(&[100, 100]);
    client.simulator.add_server(big.clone());
    let data_onto_system = json!({
        "server_id": big.id,
        "mappings": [{"backup_id": right["mappings"][1]["backup_id"], "volume_id": disk(&big, 0)}],
    });
    assert_eq!(restore(&client, &backup, data_onto_system).await.refusal(), "400 2013");
    let child = text(&right["mappings"][0], "backup_id");
    assert_eq!(restore(&client, child, right.clone()).await.refusal(), "400 2005");
    assert_eq!(restore(&client, NOTHING, right.clone()).await.refusal(), "404 6200");

    client.simulator.add_server(Server {
        status: "DELETED".to_owned(),
        ..source.clone()
    });
    assert_eq!(restore(&client, &backup, right.clone()).await.refusal(), "400 2007");
    client.simulator.add_server(source.clone());
    let cbr = client.simulator.cbr();
    let vault_status = |status| {
        let changes = VaultChanges {
            status: Some(status),
            ..VaultChanges::default()
        };
        assert!(cbr.change_vault(FIRST_VAULT_ID, &changes));
    };
    vault_status(VaultStatus::Frozen);
    assert_eq!(restore(&client, &backup, right.clone()).await.refusal(), "400 6202");
    vault_status(VaultStatus::Lock);
    client.start(SERVER, json!({})).await;
    assert_eq!(restore(&client, &backup, right.clone()).await.refusal(), "400 2002");
    client.advance(70);
    restore(&client, &backup, right.clone()).await.ok();
    assert_eq!(restore(&client, &backup, right.clone()).await.refusal(), "400 2010");
    assert_eq!(client.delete(&format!("/backups/{backup}")).await.refusal(), "400 6216");
    assert_eq!(client.run(json!({"resources": [SERVER]})).await.refusal(), "400 2010");
    client.start(OTHER, json!({})).await;
    client.advance(610);
    cbr.change_backup(
        &backup,
        BackupChanges {
            status: Some(BackupStatus::Error),
            ..BackupChanges::default()
        },
    );
    assert_eq!(restore(&client, &backup, right).await.refusal(), "400 2005");
}
