//! Creating and reading checkpoints: validation, refusals, forms.

use csbs_simulator::{
    BackupChanges, EmptyCheckpoint, EmptyResources, FIRST_VAULT_ID, NewVault, PartialFailure, Server, UnknownServer,
    VaultChanges, VaultStatus,
};
use serde_json::{Value, json};

use super::client::{Client, NOTHING, OTHER, PROJECT, SERVER, STRANGER, members, text};

#[tokio::test]
async fn the_response_to_a_run_has_the_documented_form() {
    let client = Client::new();
    let parameters = json!({
        "name": "before-upgrade-7", "description": "run 7", "incremental": true, "auto_trigger": false,
        "resources": [SERVER],
    });
    let got = client.run(parameters).await;
    assert_eq!(got.status, 200);
    let checkpoint = got.ok()["checkpoint"].clone();
    let id = text(&checkpoint, "id").to_owned();
    assert_eq!(
        checkpoint,
        json!({
            "id": id,
            "project_id": PROJECT,
            "status": "protecting",
            "created_at": "2026-01-01T12:00:00.000+00:00",
            "vault": {
                "id": FIRST_VAULT_ID,
                "name": "vault-1",
                "resources": [{
                    "id": SERVER, "type": "OS::Nova::Server", "name": "server-0", "protect_status": "available",
                    "resource_size": "100", "backup_size": "0", "backup_count": "0", "extra_info": {},
                }],
                "skipped_resources": [],
            },
            "extra_info": {"name": "before-upgrade-7", "description": "run 7", "retention_duration": -1},
        })
    );
    let backups = client.backups(&format!("checkpoint_id={id}")).await;
    assert_eq!(backups.len(), 1);
    assert!(
        !checkpoint.to_string().contains(text(&backups[0], "id")),
        "no backup ID"
    );
}

#[tokio::test]
async fn a_read_checkpoint_lacks_extra_info_and_skipped_resources() {
    let client = Client::new();
    let (id, _) = client.start(SERVER, json!({"name": "n"})).await;
    let path = format!("/checkpoints/{id}");
    let checkpoint = client.get(&path).await.ok()["checkpoint"].clone();
    assert_eq!(
        members(&checkpoint),
        ["created_at", "id", "project_id", "status", "vault"]
    );
    assert_eq!(members(&checkpoint["vault"]), ["id", "name", "resources"]);
    assert_eq!(checkpoint["status"], "protecting");
    assert_eq!(checkpoint["vault"]["resources"][0]["protect_status"], "protecting");
    client.advance(70);
    let checkpoint = client.get(&path).await.ok()["checkpoint"].clone();
    assert_eq!(checkpoint["status"], "available");
    assert_eq!(checkpoint["vault"]["resources"][0]["backup_size"], "41000");
    assert_eq!(checkpoint["vault"]["resources"][0]["backup_count"], "1");
    client.simulator.cbr().configure(|cbr| cbr.checkpoint_forbidden = true);
    assert_eq!(client.get(&path).await.status, 403);
    client.get("/backups").await.ok();
}

#[tokio::test]
async fn a_checkpoint_goes_with_its_last_backup_or_stays() {
    let client = Client::new();
    let (id, backup) = client.start(SERVER, json!({})).await;
    client.advance(70);
    client.delete(&format!("/backups/{backup}")).await.ok();
    let path = format!("/checkpoints/{id}");
    assert_eq!(client.get(&path).await.ok()["checkpoint"]["status"], "deleting");
    client.advance(60);
    assert_eq!(client.get(&path).await.refusal(), "404 6217");
    let cbr = client.simulator.cbr();
    cbr.configure(|cbr| cbr.empty_checkpoint = EmptyCheckpoint::Kept);
    assert_eq!(client.get(&path).await.ok()["checkpoint"]["status"], "deleted");
}

#[tokio::test]
async fn a_partial_failure_has_a_configurable_status() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    cbr.fail_next_backup(Some(OTHER), "6215", "the server is broken");
    let run = client.run(json!({"resources": [SERVER, OTHER]})).await.ok();
    let path = format!("/checkpoints/{}", text(&run["checkpoint"], "id"));
    client.advance(70);
    let backups = client.backups("sort=name:asc").await;
    let status = |server: &str| {
        let backup = backups.iter().find(|backup| backup["resource_id"] == server);
        text(backup.unwrap(), "status").to_owned()
    };
    assert_eq!([status(SERVER), status(OTHER)], ["available", "error"]);
    assert_eq!(client.get(&path).await.ok()["checkpoint"]["status"], "error");
    cbr.configure(|cbr| cbr.partial_failure = PartialFailure::Available);
    assert_eq!(client.get(&path).await.ok()["checkpoint"]["status"], "available");
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let client = Client::new();
    let details = |detail: Value| json!({"resource_details": [detail]});
    for parameters in [
        json!({"name": ""}),
        json!({"name": "n".repeat(65)}),
        json!({"name": "with blank"}),
        json!({"name": 1}),
        json!({"description": "d".repeat(256)}),
        json!({"description": "<"}),
        json!({"incremental": "true"}),
        json!({"auto_trigger": 0}),
        json!({"resources": "x"}),
        json!({"resources": ["x"]}),
        details(json!({"id": SERVER})),
        details(json!({"type": "OS::Nova::Server"})),
        details(json!({"id": SERVER, "type": "Server"})),
        details(json!({"id": SERVER, "type": "OS::Nova::Server", "name": "n".repeat(256)})),
        details(json!({"id": SERVER, "type": "OS::Nova::Server", "extra_info": {"exclude_volumes": ["x"]}})),
        json!({"resource_details": vec![json!({"id": SERVER, "type": "OS::Nova::Server"}); 257]}),
        json!({"resources": [SERVER], "resource_details": [{"id": SERVER, "type": "OS::Nova::Server"}]}),
    ] {
        assert_eq!(
            client.run(parameters.clone()).await.refusal(),
            "400 9900",
            "{parameters}"
        );
    }
    for body in [
        json!({}),
        json!({"checkpoint": {}}),
        json!({"checkpoint": {"vault_id": "x"}}),
        json!({"checkpoint": {"vault_id": null}}),
        json!([]),
    ] {
        assert_eq!(
            client.post("/checkpoints", body.clone()).await.refusal(),
            "400 9900",
            "{body}"
        );
    }
    let longest = json!({"name": "n".repeat(64), "description": "ü".repeat(255), "resources": [SERVER]});
    client.run(longest).await.ok();
    assert_eq!(client.simulator.cbr().inventory().backups.len(), 1);
}

#[tokio::test]
async fn each_vault_that_cannot_be_used_has_its_code() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    assert_eq!(client.run_in(NOTHING, json!({})).await.refusal(), "404 6105");
    let replicas = cbr.make_vault(NewVault {
        protect_type: "replication".to_owned(),
        servers: vec![SERVER.to_owned()],
        ..NewVault::default()
    });
    assert_eq!(client.run_in(&replicas.id, json!({})).await.refusal(), "400 6124");
    let disks = cbr.make_vault(NewVault {
        object_type: "disk".to_owned(),
        ..NewVault::default()
    });
    let details = json!({"resource_details": [{"id": SERVER, "type": "OS::Nova::Server"}]});
    assert_eq!(client.run_in(&disks.id, details).await.refusal(), "400 6102");
    for (status, refusal) in [
        (VaultStatus::Frozen, "400 6112"),
        (VaultStatus::Deleting, "400 6113"),
        (VaultStatus::Error, "400 6113"),
    ] {
        cbr.change_vault(
            FIRST_VAULT_ID,
            &VaultChanges {
                status: Some(status),
                ..VaultChanges::default()
            },
        );
        assert_eq!(client.run(json!({"resources": [SERVER]})).await.refusal(), refusal);
    }
    cbr.change_vault(
        FIRST_VAULT_ID,
        &VaultChanges {
            status: Some(VaultStatus::Lock),
            ..VaultChanges::default()
        },
    );
    client.run(json!({"resources": [SERVER]})).await.ok();
}

#[tokio::test]
async fn each_server_that_cannot_be_backed_up_has_its_code() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    let refusal = async |server: &str| client.run(json!({"resources": [server]})).await.refusal();
    assert_eq!(refusal(NOTHING).await, "404 7100");
    cbr.configure(|cbr| cbr.unknown_server = UnknownServer::ResourceNotFound);
    assert_eq!(refusal(NOTHING).await, "404 6302");
    let change = |server: Server| client.simulator.add_server(server);
    change(Server {
        status: "ERROR".to_owned(),
        ..Server::new(SERVER)
    });
    assert_eq!(refusal(SERVER).await, "400 6215");
    change(Server::new(SERVER).refused("BackupService.7111"));
    assert_eq!(refusal(SERVER).await, "400 7111");
    change(Server::new(SERVER).refused("CSBS.6007"));
    assert_eq!(refusal(SERVER).await, "400 7103");
    change(Server::new(SERVER).with_disks(&[]));
    assert_eq!(refusal(SERVER).await, "400 7108");
    change(Server {
        status: "SHUTOFF".to_owned(),
        ..Server::new(SERVER)
    });
    let twice = client.run(json!({"resources": [SERVER, SERVER]})).await;
    assert_eq!(twice.refusal(), "400 6104");
    client.run(json!({"resources": [SERVER]})).await.ok();
    client.simulator.remove_server(OTHER);
    assert_eq!(refusal(OTHER).await, "404 6302");
    assert_eq!(refusal(STRANGER).await, "400 6135");
    assert_eq!(cbr.inventory().backups.len(), 1);
}

#[tokio::test]
async fn disks_can_be_excluded_by_the_request_and_by_the_vault() {
    let client = Client::new();
    let disks: Vec<_> = client.simulator.config().servers[0].disks.clone();
    let run = async |server: &str, excluded: Value| {
        let detail = json!({"id": server, "type": "OS::Nova::Server", "extra_info": {"exclude_volumes": excluded}});
        client.run(json!({"resource_details": [detail]})).await
    };
    assert_eq!(run(SERVER, json!([NOTHING])).await.refusal(), "404 7000");
    assert_eq!(
        run(SERVER, json!([disks[0].id, disks[1].id])).await.refusal(),
        "400 7108"
    );
    run(SERVER, json!([disks[1].id])).await.ok();
    client.advance(70);
    let backup = client.backups("").await.remove(0);
    let backup = client.read(text(&backup, "id")).await;
    assert_eq!(backup["children"].as_array().unwrap().len(), 1);
    assert_eq!(backup["children"][0]["resource_id"], disks[0].id);
    client.simulator.cbr().change_vault(
        FIRST_VAULT_ID,
        &VaultChanges {
            exclude_volumes: Some(vec![disks[0].id.clone()]),
            ..VaultChanges::default()
        },
    );
    // What the vault and the request exclude adds up.
    assert_eq!(run(SERVER, json!([disks[1].id])).await.refusal(), "400 7108");
    run(SERVER, json!([])).await.ok();
}

#[tokio::test]
async fn without_a_list_the_whole_vault_is_backed_up() {
    let client = Client::new();
    let body = json!({"checkpoint": {"vault_id": FIRST_VAULT_ID}});
    let answer = client.post("/checkpoints", body).await.ok();
    assert_eq!(answer["checkpoint"]["vault"]["resources"].as_array().unwrap().len(), 4);
    assert_eq!(client.backups("").await.len(), 4);
    client.advance(70);
    client.run(json!({"resources": []})).await.ok();
    assert_eq!(client.backups("").await.len(), 8);
    client.advance(70);
    let cbr = client.simulator.cbr();
    cbr.configure(|cbr| cbr.empty_resources = EmptyResources::Refused);
    assert_eq!(client.run(json!({"resources": []})).await.refusal(), "400 9900");
    client.run(json!({})).await.ok();
}

#[tokio::test]
async fn a_full_vault_takes_no_more_backups() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    let vault = cbr.make_vault(NewVault {
        size: 40,
        servers: vec![STRANGER.to_owned()],
        ..NewVault::default()
    });
    let run = async || client.run_in(&vault.id, json!({"resources": [STRANGER]})).await;
    // A full backup of 100 GB uses 41000 MB, more than 40 GB.
    run().await.ok();
    client.advance(70);
    assert_eq!(run().await.refusal(), "400 6114");
    cbr.change_vault(
        &vault.id,
        &VaultChanges {
            auto_expand: Some(true),
            ..VaultChanges::default()
        },
    );
    assert_eq!(run().await.refusal(), "400 6114", "too late to grow");
    cbr.change_vault(
        &vault.id,
        &VaultChanges {
            size: Some(41),
            ..VaultChanges::default()
        },
    );
    run().await.ok();
    client.advance(70);
    // 47100 MB are more than 41 GB: the vault grew by a quarter.
    let billing = client.vault(&vault.id).await["billing"].clone();
    assert_eq!([&billing["size"], &billing["used"]], [&json!(52), &json!(47_100)]);
    run().await.ok();
}

#[tokio::test]
async fn names_of_several_servers_can_be_numbered() {
    let client = Client::new();
    let names = async || {
        let mut names: Vec<_> = client.backups("").await;
        names.sort_by_key(|backup| backup["name"].to_string());
        names
            .iter()
            .map(|backup| text(backup, "name").to_owned())
            .collect::<Vec<_>>()
    };
    client
        .run(json!({"name": "n", "resources": [SERVER, OTHER]}))
        .await
        .ok();
    assert_eq!(names().await, ["n", "n"]);
    client.advance(70);
    let cbr = client.simulator.cbr();
    cbr.configure(|cbr| cbr.numbered_names = true);
    client
        .run(json!({"name": "n", "resources": [SERVER, OTHER]}))
        .await
        .ok();
    assert_eq!(names().await, ["n", "n", "n-0001", "n-0002"]);
    client.advance(70);
    for backup in cbr.inventory().backups {
        let renamed = BackupChanges {
            name: Some("other".to_owned()),
            ..BackupChanges::default()
        };
        assert!(cbr.change_backup(&backup.id, renamed));
    }
    client.run(json!({"resources": [SERVER]})).await.ok();
    assert!(names().await[0].starts_with("manualbk_"));
}
