//! Adding, removing and moving the servers of vaults.

use csbs_simulator::{FIRST_VAULT_ID, NewVault, PROVIDER_ID, Server, VaultChanges, VaultStatus};
use serde_json::{Value, json};

use super::client::{Client, NOTHING, OTHER, PROJECT, SERVER, STRANGER, text};

fn resource(id: &str) -> Value {
    json!({"id": id, "type": "OS::Nova::Server", "name": "any"})
}

#[tokio::test]
async fn a_server_is_added_once() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    let path = format!("/vaults/{FIRST_VAULT_ID}/addresources");
    let add = async |resources: Value| client.post(&path, json!({"resources": resources})).await;
    let stranger = client.simulator.cbr().make_vault(NewVault::default());
    assert_eq!(add(json!([])).await.refusal(), "400 9900");
    assert_eq!(add(json!([resource("x")])).await.refusal(), "400 9900");
    assert_eq!(add(json!([resource(NOTHING)])).await.refusal(), "404 7100");
    assert_eq!(add(json!([resource(SERVER)])).await.refusal(), "400 6103");
    assert_eq!(
        add(json!([resource(STRANGER), resource(STRANGER)])).await.refusal(),
        "400 6104"
    );
    let disk = json!({"id": STRANGER, "type": "OS::Cinder::Volume"});
    assert_eq!(add(json!([disk])).await.refusal(), "400 6102");
    let mut excluding = resource(STRANGER);
    excluding["extra_info"] = json!({"exclude_volumes": [NOTHING]});
    assert_eq!(add(json!([excluding])).await.refusal(), "404 7000");
    let got = add(json!([resource(STRANGER)])).await.ok();
    assert_eq!(got, json!({"add_resource_ids": [STRANGER]}));
    client.run(json!({"resources": [STRANGER]})).await.ok();
    let other = client
        .post(
            &format!("/vaults/{}/addresources", stranger.id),
            json!({"resources": [resource(STRANGER)]}),
        )
        .await;
    assert_eq!(other.refusal(), "400 7116");
    let new = |id: &str| client.simulator.add_server(Server::new(id));
    let (first, second) = (
        "00000000-0000-0000-0000-0000000000bb",
        "00000000-0000-0000-0000-0000000000cc",
    );
    new(first);
    cbr.change_vault(
        &stranger.id,
        &VaultChanges {
            size: Some(99),
            ..VaultChanges::default()
        },
    );
    let add_other = async |id: &str| {
        let body = json!({"resources": [resource(id)]});
        client
            .post(&format!("/vaults/{}/addresources", stranger.id), body)
            .await
    };
    assert_eq!(add_other(first).await.refusal(), "400 6108");
    client.simulator.add_server(Server::new(second).with_disks(&[]));
    assert_eq!(add_other(second).await.refusal(), "400 7108");
    cbr.change_vault(
        &stranger.id,
        &VaultChanges {
            status: Some(VaultStatus::Error),
            ..VaultChanges::default()
        },
    );
    assert_eq!(add_other(first).await.refusal(), "400 6113");
}

#[tokio::test]
async fn a_vault_holds_256_servers() {
    let client = Client::new();
    let ids: Vec<_> = (0..253).map(|n| format!("00000000-0000-0000-0001-{n:012x}")).collect();
    for id in &ids {
        client.simulator.add_server(Server::new(id));
    }
    let path = format!("/vaults/{FIRST_VAULT_ID}/addresources");
    let all: Vec<_> = ids.iter().map(|id| resource(id)).collect();
    let got = client.post(&path, json!({"resources": all})).await;
    assert_eq!(got.refusal(), "400 6100");
    let got = client.post(&path, json!({"resources": all[1..]})).await.ok();
    assert_eq!(got["add_resource_ids"].as_array().unwrap().len(), 252);
}

#[tokio::test]
async fn a_server_of_a_csbs_policy_may_be_refused() {
    let client = Client::new();
    client
        .simulator
        .cbr()
        .configure(|cbr| cbr.refuse_servers_of_csbs = true);
    let policy = json!({
        "name": "nightly", "provider_id": PROVIDER_ID, "parameters": {"common": {}},
        "resources": [{"id": STRANGER, "type": "OS::Nova::Server", "name": "s"}],
        "scheduled_operations": [{
            "operation_type": "backup", "operation_definition": {},
            "trigger": {"properties": {"pattern": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=0\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"}},
        }],
    });
    client.simulator.make_policy(PROJECT, &policy).unwrap();
    let body = json!({"resources": [resource(STRANGER)]});
    let got = client
        .post(&format!("/vaults/{FIRST_VAULT_ID}/addresources"), body)
        .await;
    assert_eq!(got.refusal(), "400 7112");
}

#[tokio::test]
async fn removing_a_server_deletes_its_backups() {
    let client = Client::new();
    let gone = client.backup(SERVER).await;
    let kept = client.backup(OTHER).await;
    let remove = async |ids: Value| {
        let path = format!("/vaults/{FIRST_VAULT_ID}/removeresources");
        client.post(&path, json!({"resource_ids": ids})).await
    };
    assert_eq!(remove(json!([])).await.refusal(), "400 9900");
    assert_eq!(remove(json!([STRANGER])).await.refusal(), "400 6135");
    assert_eq!(remove(json!([SERVER, SERVER])).await.refusal(), "400 6104");
    let (_, running) = client.start(SERVER, json!({})).await;
    assert_eq!(remove(json!([SERVER])).await.refusal(), "400 6125");
    client.advance(70);
    assert_eq!(
        remove(json!([SERVER])).await.ok(),
        json!({"remove_resource_ids": [SERVER]})
    );
    let vault = client.vault(FIRST_VAULT_ID).await;
    assert_eq!(vault["resources"][0]["protect_status"], "removing");
    assert_eq!(client.status(&gone).await, "deleting");
    assert_eq!(client.run(json!({"resources": [SERVER]})).await.refusal(), "400 6134");
    assert_eq!(remove(json!([SERVER])).await.refusal(), "400 6134");
    client.advance(60);
    for id in [gone, running] {
        assert_eq!(client.get(&format!("/backups/{id}")).await.refusal(), "404 6200");
    }
    assert_eq!(client.status(&kept).await, "available");
    let vault = client.vault(FIRST_VAULT_ID).await;
    assert_eq!(vault["resources"].as_array().unwrap().len(), 3);
    let task = client.tasks("operation_type=remove_resource").await.remove(0);
    assert_eq!(task["status"], "success");
    assert_eq!(task["extra_info"]["remove_resources"]["total_count"], 1);
    assert_eq!(client.run(json!({"resources": [SERVER]})).await.refusal(), "400 6135");
    client.simulator.cbr().change_vault(
        FIRST_VAULT_ID,
        &VaultChanges {
            locked: Some(true),
            ..VaultChanges::default()
        },
    );
    assert_eq!(remove(json!([OTHER])).await.refusal(), "400 6113");
}

#[tokio::test]
async fn a_moved_server_takes_its_backups_to_another_vault() {
    let client = Client::new();
    let backup = client.backup(SERVER).await;
    let cbr = client.simulator.cbr();
    let target = cbr.make_vault(NewVault {
        name: "target".to_owned(),
        size: 200,
        ..NewVault::default()
    });
    let path = format!("/vaults/{FIRST_VAULT_ID}/migrateresources");
    let migrate = async |to: &str, ids: Value| {
        let body = json!({"destination_vault_id": to, "resource_ids": ids});
        client.post(&path, body).await
    };
    assert_eq!(migrate(NOTHING, json!([SERVER])).await.refusal(), "404 6105");
    assert_eq!(migrate(FIRST_VAULT_ID, json!([SERVER])).await.refusal(), "400 9900");
    assert_eq!(migrate(&target.id, json!([STRANGER])).await.refusal(), "400 6135");
    let resize = |size: u64| {
        let changes = VaultChanges {
            size: Some(size),
            ..VaultChanges::default()
        };
        assert!(cbr.change_vault(&target.id, &changes));
    };
    resize(99);
    assert_eq!(migrate(&target.id, json!([SERVER])).await.refusal(), "400 6108");
    let disks = cbr.make_vault(NewVault {
        object_type: "disk".to_owned(),
        ..NewVault::default()
    });
    assert_eq!(migrate(&disks.id, json!([SERVER])).await.refusal(), "400 6102");
    resize(200);
    let got = migrate(&target.id, json!([SERVER])).await.ok();
    assert_eq!(got, json!({"migrated_resources": [SERVER]}));
    let moved = client.read(&backup).await;
    assert_eq!(text(&moved, "vault_id"), target.id);
    assert_eq!(text(&moved["children"][0], "vault_id"), target.id);
    assert_eq!(client.vault(&target.id).await["billing"]["used"], 41_000);
    assert_eq!(client.vault(FIRST_VAULT_ID).await["billing"]["used"], 0);
    assert_eq!(client.run(json!({"resources": [SERVER]})).await.refusal(), "400 6135");
}
