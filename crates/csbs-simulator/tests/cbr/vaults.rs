//! Vaults.

use csbs_simulator::{Config, FIRST_VAULT_ID, NameFilter, NewVault, RoughObjects, VaultChanges, VaultStatus};
use serde_json::json;

use super::client::{Client, OTHER, PROJECT, SERVER, STRANGER, config, members, text};

#[tokio::test]
async fn a_vault_has_the_documented_members() {
    let client = Client::new();
    client.backup(SERVER).await;
    let vault = client.vault(FIRST_VAULT_ID).await;
    assert_eq!(
        members(&vault),
        [
            "auto_bind",
            "auto_expand",
            "billing",
            "bind_rules",
            "created_at",
            "description",
            "id",
            "locked",
            "name",
            "project_id",
            "provider_id",
            "resources",
            "tags",
            "user_id"
        ]
    );
    assert_eq!(text(&vault, "created_at"), "2026-01-01T12:00:00.000+00:00");
    assert_eq!(text(&vault, "provider_id"), "0daac4c5-6707-4851-97ba-169e36266b66");
    assert_eq!(text(&vault, "project_id"), PROJECT);
    assert_eq!(vault["bind_rules"], json!({}));
    let billing = &vault["billing"];
    // Capacity and allocation in GB, usage in MB: a full backup of 100 GB.
    assert_eq!(
        [&billing["size"], &billing["allocated"], &billing["used"]],
        [&json!(100_000), &json!(400), &json!(41_000)]
    );
    assert_eq!(text(billing, "spec_code"), "vault.backup.server.normal");
    assert_eq!(text(billing, "status"), "available");
    assert_eq!(billing["frozen_scene"], json!(null));
    assert_eq!(vault["resources"].as_array().unwrap().len(), 4);
    assert_eq!(
        vault["resources"][0],
        json!({
            "id": SERVER, "type": "OS::Nova::Server", "name": "server-0", "size": 100, "protect_status": "available",
            "backup_size": 41_000, "backup_count": 1, "extra_info": {"exclude_volumes": []},
        })
    );
}

#[tokio::test]
async fn a_server_is_protecting_while_its_backup_is_made() {
    let client = Client::new();
    client.start(SERVER, json!({})).await;
    let vault = client.vault(FIRST_VAULT_ID).await;
    assert_eq!(vault["resources"][0]["protect_status"], "protecting");
    assert_eq!(vault["resources"][1]["protect_status"], "available");
}

#[tokio::test]
async fn vaults_are_listed_by_filters_and_pages() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    let second = cbr.make_vault(NewVault {
        name: "vault-2".to_owned(),
        servers: vec![STRANGER.to_owned()],
        ..NewVault::default()
    });
    cbr.make_vault(NewVault {
        name: "elsewhere".to_owned(),
        project_id: Some("b942cc8342734d15bcb246babb1953d0".to_owned()),
        ..NewVault::default()
    });
    cbr.make_vault(NewVault {
        name: "disks".to_owned(),
        object_type: "disk".to_owned(),
        protect_type: "replication".to_owned(),
        ..NewVault::default()
    });
    let names = async |query: &str| {
        let list = client.get(&format!("/vaults?{query}")).await.ok();
        let vaults = list["vaults"].as_array().unwrap().clone();
        let mut names: Vec<_> = vaults.iter().map(|vault| text(vault, "name").to_owned()).collect();
        names.sort();
        assert!(list["count"].as_u64().unwrap() as usize >= names.len());
        names.join(" ")
    };
    assert_eq!(names("").await, "disks vault-1 vault-2");
    assert_eq!(names(&format!("id={}", second.id)).await, "vault-2");
    assert_eq!(names("name=vault-1").await, "vault-1");
    assert_eq!(names("name=vault").await, "");
    assert_eq!(names("object_type=disk").await, "disks");
    assert_eq!(names("protect_type=backup").await, "vault-1 vault-2");
    assert_eq!(names("status=frozen").await, "");
    assert_eq!(names(&format!("resource_ids={STRANGER}")).await, "vault-2");
    assert_eq!(names(&format!("resource_ids={SERVER},{OTHER}")).await, "vault-1");
    assert_eq!(names("cloud_type=hybrid").await, "");
    assert_eq!(names("policy_id=p").await, "");
    assert_eq!(names("limit=2&offset=2").await, "vault-1");
    let list = client.get("/vaults?limit=1").await.ok();
    assert_eq!(
        [&list["count"], &list["limit"], &list["offset"]],
        [&json!(3), &json!(1), &json!(0)]
    );
    for wrong in ["limit=0", "limit=1001", "offset=x", "marker=x"] {
        assert_eq!(client.get(&format!("/vaults?{wrong}")).await.refusal(), "400 9900");
    }
    cbr.configure(|cbr| cbr.name_filter = NameFilter::Part);
    assert_eq!(names("name=vault").await, "vault-1 vault-2");
    cbr.configure(|cbr| cbr.ignore_filters = true);
    assert_eq!(names("name=nothing").await, "disks vault-1 vault-2");
    cbr.change_vault(
        &second.id,
        &VaultChanges {
            status: Some(VaultStatus::Frozen),
            ..VaultChanges::default()
        },
    );
    cbr.configure(|cbr| cbr.ignore_filters = false);
    assert_eq!(names("status=frozen").await, "vault-2");
}

#[tokio::test]
async fn a_policy_names_its_vaults() {
    let client = Client::new();
    assert_eq!(client.get("/policies").await.ok()["policies"], json!([]));
    let cbr = client.simulator.cbr();
    let other = cbr.make_vault(NewVault::default());
    let policy = "aaaaaaaa-2222-4333-8444-555555555555";
    let changes = VaultChanges {
        policy_id: Some(policy.to_owned()),
        description: Some("d".to_owned()),
        tags: Some([("team".to_owned(), "app".to_owned())].into()),
        ..VaultChanges::default()
    };
    assert!(cbr.change_vault(FIRST_VAULT_ID, &changes));
    let vault = client.vault(FIRST_VAULT_ID).await;
    assert_eq!(vault["description"], "d");
    assert_eq!(vault["tags"], json!([{"key": "team", "value": "app"}]));
    assert!(!vault.to_string().contains(policy), "a vault does not name its policy");
    let list = client.get(&format!("/policies?vault_id={FIRST_VAULT_ID}")).await.ok();
    assert_eq!(list["count"], 1);
    assert_eq!(text(&list["policies"][0], "id"), policy);
    assert_eq!(
        list["policies"][0]["associated_vaults"],
        json!([{"vault_id": FIRST_VAULT_ID, "destination_vault_id": null}])
    );
    let list = client.get(&format!("/policies?vault_id={}", other.id)).await.ok();
    assert_eq!(list["policies"], json!([]));
    let list = client.get("/policies?operation_type=replication").await.ok();
    assert_eq!(list["policies"], json!([]));
    let vaults = client.get(&format!("/vaults?policy_id={policy}")).await.ok();
    assert_eq!(vaults["count"], 1);
}

#[tokio::test]
async fn rough_vaults_have_other_forms() {
    let client = Client::with(Config {
        cbr: csbs_simulator::CbrConfig {
            rough: RoughObjects::ALL,
            ..csbs_simulator::CbrConfig::default()
        },
        ..config()
    });
    let cbr = client.simulator.cbr();
    for _ in 0..16 {
        cbr.make_vault(NewVault::default());
    }
    let list = client.get("/vaults").await.ok();
    let vaults = list["vaults"].as_array().unwrap();
    let any = |what: &dyn Fn(&serde_json::Value) -> bool| vaults.iter().any(what) && !vaults.iter().all(what);
    assert!(any(&|vault| vault["billing"]["size"].is_string()));
    assert!(any(&|vault| vault["billing"].get("order_id").is_none()));
    assert!(any(&|vault| text(vault, "created_at").ends_with('Z')));
    assert!(any(&|vault| text(vault, "created_at").ends_with("+00:00")));
    assert!(vaults.iter().all(|vault| vault["x_unknown"].is_object()));
    assert_eq!(
        client.get("/vaults").await.ok(),
        list,
        "the forms do not change between reads"
    );
}
