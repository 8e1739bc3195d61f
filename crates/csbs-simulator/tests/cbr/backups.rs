//! Reading, listing, renaming and deleting backups.

use std::time::Duration;

use csbs_simulator::{
    BackupChanges, BackupStatus, ChangeOfBackup, FIRST_VAULT_ID, NameFilter, NewBackup, RoughObjects, VaultChanges,
    VaultStatus,
};
use serde_json::{Value, json};

use super::client::{Client, NOTHING, OTHER, PROJECT, SERVER, members, text};

#[tokio::test]
async fn a_backup_has_the_documented_members() {
    let client = Client::new();
    let (checkpoint, id) = client.start(SERVER, json!({"name": "n", "description": "d"})).await;
    client.advance(70);
    let mut backup = client.read(&id).await;
    let children = backup["children"].take();
    assert_eq!(
        backup,
        json!({
            "id": id, "checkpoint_id": checkpoint, "vault_id": FIRST_VAULT_ID, "project_id": PROJECT,
            "provider_id": "0daac4c5-6707-4851-97ba-169e36266b66", "enterprise_project_id": "0",
            "name": "n", "description": "d", "status": "available", "image_type": "backup",
            "created_at": "2026-01-01T12:00:00.000+00:00", "updated_at": "2026-01-01T12:01:10.000+00:00",
            "protected_at": "2026-01-01T12:01:10.000+00:00", "expired_at": null, "parent_id": null,
            "resource_id": SERVER, "resource_name": "server-0", "resource_type": "OS::Nova::Server",
            "resource_az": "eu-de-01", "resource_size": 100,
            "extend_info": {
                "auto_trigger": false, "incremental": false, "supported_restore_mode": "backup", "support_lld": true,
                "contain_system_disk": true, "system_disk": false, "encrypted": false, "bootable": null,
                "snapshot_id": null, "os_images_data": null,
            },
            "children": null,
        })
    );
    let disks = &client.simulator.config().servers[0].disks;
    let children = children.as_array().unwrap();
    assert_eq!(children.len(), 2);
    for (child, disk) in children.iter().zip(disks) {
        assert_eq!(members(child), members(&backup));
        assert_eq!(text(child, "parent_id"), id);
        assert_eq!(text(child, "name"), "n_server-0");
        assert_eq!(text(child, "resource_id"), disk.id);
        assert_eq!(text(child, "resource_type"), "OS::Cinder::Volume");
        assert_eq!(child["resource_size"], disk.size);
        // Not the provider ID of disks.
        assert_eq!(child["provider_id"], backup["provider_id"]);
        assert_eq!(child["extend_info"]["bootable"], disk.bootable);
        assert_ne!(text(child, "id"), id);
    }
}

#[tokio::test]
async fn children_come_only_with_the_backup_itself() {
    let client = Client::new();
    let id = client.backup(SERVER).await;
    let rows = client.backups("").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["children"], json!([]));
    let children = client.read(&id).await["children"].clone();
    let by_parent = client.backups(&format!("parent_id={id}")).await;
    assert_eq!(by_parent.len(), 2);
    let child = text(&children[0], "id");
    assert_eq!(text(&client.read(child).await, "parent_id"), id);
    assert_eq!(client.delete(&format!("/backups/{child}")).await.refusal(), "400 6201");
    let cbr = client.simulator.cbr();
    cbr.configure(|cbr| cbr.children_by_id = false);
    assert_eq!(client.get(&format!("/backups/{child}")).await.refusal(), "404 6200");
    cbr.configure(|cbr| cbr.children_in_lists = true);
    let rows = client.backups("").await;
    assert_eq!(rows.iter().filter(|row| row["parent_id"] == json!(id)).count(), 2);
    assert_eq!(rows.len(), 3);
}

#[tokio::test]
async fn filters_are_combined() {
    let client = Client::new();
    let (checkpoint, first) = client.start(SERVER, json!({"name": "first"})).await;
    client.advance(3600);
    let (_, second) = client.start(OTHER, json!({"name": "second"})).await;
    client.simulator.cbr().fail_next_backup(None, "6215", "m");
    let ids = async |query: &str| {
        let rows = client.backups(query).await;
        let ids: Vec<_> = rows.iter().map(|row| text(row, "id").to_owned()).collect();
        ids
    };
    let both = [second.clone(), first.clone()];
    for (query, expected) in [
        (String::new(), &both[..]),
        (format!("checkpoint_id={checkpoint}"), &both[1..]),
        (format!("checkpoint_id={checkpoint}&resource_id={OTHER}"), &[]),
        (format!("vault_id={FIRST_VAULT_ID}"), &both),
        (format!("vault_id={NOTHING}"), &[]),
        (format!("resource_id={OTHER}"), &both[..1]),
        ("name=first".to_owned(), &both[1..]),
        ("name=fir".to_owned(), &[]),
        ("resource_name=server-1".to_owned(), &both[..1]),
        ("resource_type=OS::Nova::Server".to_owned(), &both),
        ("resource_type=OS::Cinder::Volume".to_owned(), &[]),
        ("resource_az=eu-de-01".to_owned(), &both),
        ("resource_az=eu-de-02".to_owned(), &[]),
        ("image_type=backup".to_owned(), &both),
        ("image_type=replication".to_owned(), &[]),
        ("status=available".to_owned(), &both[1..]),
        ("status=available&status=waiting_protect".to_owned(), &both),
        ("status=error".to_owned(), &[]),
        ("start_time=2026-01-01T12:30:00Z".to_owned(), &both[..1]),
        ("end_time=2026-01-01T12:30:00Z".to_owned(), &both[1..]),
        (
            "start_time=2026-01-01T12:00:00Z&end_time=2026-01-01T13:00:00Z".to_owned(),
            &both,
        ),
        ("used_percent=1".to_owned(), &[]),
        ("own_type=private".to_owned(), &both),
        ("own_type=all_granted".to_owned(), &both),
        ("own_type=shared&member_status=accepted".to_owned(), &[]),
        ("dec=false".to_owned(), &both),
        ("sort=created_at:asc".to_owned(), &[first.clone(), second.clone()]),
        ("sort=name".to_owned(), &both),
        ("sort=status:asc,name:asc".to_owned(), &[first.clone(), second.clone()]),
        ("limit=1".to_owned(), &both[..1]),
        ("offset=1".to_owned(), &both[1..]),
        (format!("marker={second}"), &both[1..]),
        (format!("marker={first}"), &[]),
    ] {
        assert_eq!(ids(&query).await, expected, "{query}");
    }
    for wrong in [
        "status=deleted",
        "status=x",
        "start_time=2026-01-01",
        "end_time=2026-01-01T12:00:00",
        "used_percent=0",
        "used_percent=101",
        "own_type=x",
        "member_status=accepted",
        "dec=1",
        "image_type=x",
        "sort=size",
        "sort=name:up",
        "limit=0",
        "limit=1001",
        "offset=-1",
        "marker=x",
        "id=x",
    ] {
        assert_eq!(
            client.get(&format!("/backups?{wrong}")).await.refusal(),
            "400 9900",
            "{wrong}"
        );
    }
    let list = client.get("/backups?limit=1&offset=1").await.ok();
    assert_eq!(members(&list), ["backups", "count", "limit", "offset"]);
    assert_eq!(
        [&list["count"], &list["limit"], &list["offset"]],
        [&json!(2), &json!(1), &json!(1)]
    );
    let cbr = client.simulator.cbr();
    cbr.configure(|cbr| cbr.name_filter = NameFilter::Part);
    assert_eq!(ids("name=fir").await, both[1..]);
    cbr.configure(|cbr| cbr.ignore_filters = true);
    assert_eq!(ids("name=nothing").await, both);
    assert_eq!(ids("name=nothing&limit=1").await, both[..1]);
}

#[tokio::test]
async fn backups_in_full_vaults_are_found_by_the_usage() {
    let client = Client::new();
    client.backup(SERVER).await;
    client.simulator.cbr().change_vault(
        FIRST_VAULT_ID,
        &VaultChanges {
            size: Some(80),
            ..VaultChanges::default()
        },
    );
    assert_eq!(client.backups("used_percent=50").await.len(), 1);
    assert_eq!(client.backups("used_percent=51").await.len(), 0);
}

#[tokio::test]
async fn a_backup_can_be_renamed_only_by_choice() {
    let client = Client::new();
    let id = client.backup(SERVER).await;
    let path = format!("/backups/{id}");
    let rename = async |name: &str| client.put(&path, json!({"backup": {"name": name}})).await;
    assert_eq!(rename("new").await.refusal(), "404 APIG.0101");
    let cbr = client.simulator.cbr();
    cbr.configure(|cbr| cbr.change_of_backup = ChangeOfBackup::MethodNotAllowed);
    assert_eq!(rename("new").await.status, 405);
    cbr.configure(|cbr| cbr.change_of_backup = ChangeOfBackup::Renamed);
    assert_eq!(rename("new").await.ok()["backup"]["name"], "new");
    assert_eq!(rename(&"n".repeat(65)).await.refusal(), "400 9900");
    let described = client
        .put(&path, json!({"backup": {"name": "n", "description": "d"}}))
        .await;
    assert_eq!(described.refusal(), "400 9900");
    assert_eq!(client.read(&id).await["name"], "new");
}

#[tokio::test]
async fn a_deleted_backup_is_deleting_and_then_gone() {
    let client = Client::new();
    let id = client.backup(SERVER).await;
    let path = format!("/backups/{id}");
    let got = client.delete(&path).await;
    assert_eq!((got.status, got.text.as_str()), (204, ""));
    assert_eq!(client.status(&id).await, "deleting");
    assert_eq!(client.delete(&path).await.status, 204, "it may be repeated");
    assert_eq!(client.backups("status=deleting").await.len(), 1);
    client.advance(59);
    assert_eq!(client.status(&id).await, "deleting");
    client.advance(1);
    assert_eq!(client.get(&path).await.refusal(), "404 6200");
    assert_eq!(client.delete(&path).await.refusal(), "404 6200");
    assert!(client.backups("").await.is_empty());
    assert_eq!(client.vault(FIRST_VAULT_ID).await["billing"]["used"], 0);
    let deletions = client.tasks("operation_type=delete").await;
    assert_eq!(deletions.len(), 1);
    assert_eq!(deletions[0]["status"], "success");
}

#[tokio::test]
async fn a_failed_deletion_leaves_an_error() {
    let client = Client::new();
    let id = client.backup(SERVER).await;
    client
        .simulator
        .cbr()
        .fail_next_delete(None, "6206", "the metadata is not ready");
    client.delete(&format!("/backups/{id}")).await.ok();
    client.advance(60);
    assert_eq!(client.status(&id).await, "error");
    let task = client.tasks("operation_type=delete").await.remove(0);
    assert_eq!(text(&task["error_info"], "code"), "BackupService.6206");
    client.delete(&format!("/backups/{id}")).await.ok();
    client.advance(60);
    assert_eq!(client.get(&format!("/backups/{id}")).await.status, 404);
}

#[tokio::test]
async fn deletions_are_refused_with_the_code_of_the_reason() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    let refusal = async |id: &str| client.delete(&format!("/backups/{id}")).await.refusal();
    let (_, running) = client.start(SERVER, json!({})).await;
    assert_eq!(refusal(&running).await, "400 6203");
    client.advance(70);
    let older = running;
    let newest = client.backup(SERVER).await;
    let (_, next) = client.start(SERVER, json!({})).await;
    assert_eq!(
        refusal(&newest).await,
        "400 6203",
        "the newest one while the next one runs"
    );
    assert_eq!(client.delete(&format!("/backups/{older}")).await.status, 204);
    client.advance(70);
    let change = |changes: BackupChanges| assert!(cbr.change_backup(&newest, changes));
    change(BackupChanges {
        status: Some(BackupStatus::Restoring),
        ..BackupChanges::default()
    });
    assert_eq!(refusal(&newest).await, "400 6216");
    change(BackupChanges {
        status: Some(BackupStatus::Available),
        images: Some(vec!["image-1".to_owned()]),
        ..BackupChanges::default()
    });
    let got = client.delete(&format!("/backups/{newest}")).await;
    assert_eq!(got.refusal(), "400 6204");
    assert!(got.text.contains("image-1"));
    let images = client.read(&newest).await["extend_info"]["os_images_data"].clone();
    assert_eq!(images, json!([{"image_id": "image-1"}]));
    let change_vault = |changes: VaultChanges| assert!(cbr.change_vault(FIRST_VAULT_ID, &changes));
    change_vault(VaultChanges {
        locked: Some(true),
        ..VaultChanges::default()
    });
    let automatic = cbr.make_backups(
        FIRST_VAULT_ID,
        &NewBackup {
            servers: vec![OTHER.to_owned()],
            auto_trigger: true,
            ..NewBackup::default()
        },
    );
    let automatic = automatic.unwrap().remove(0).id;
    assert_eq!(refusal(&automatic).await, "400 6220");
    change_vault(VaultChanges {
        status: Some(VaultStatus::Deleting),
        ..VaultChanges::default()
    });
    assert_eq!(refusal(&next).await, "400 6201");
    change_vault(VaultChanges {
        status: Some(VaultStatus::Available),
        ..VaultChanges::default()
    });
    assert_eq!(
        client.delete(&format!("/backups/{next}")).await.status,
        204,
        "manual, in a locked vault"
    );
}

#[tokio::test]
async fn rough_backups_have_other_forms() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    for age in 0..24 {
        let new = NewBackup {
            servers: vec![SERVER.to_owned()],
            age: age * 3600,
            ..NewBackup::default()
        };
        cbr.make_backups(FIRST_VAULT_ID, &new).unwrap();
    }
    let (_, running) = client.start(SERVER, json!({})).await;
    cbr.configure(|cbr| cbr.rough = RoughObjects::ALL);
    assert_eq!(client.read(&running).await["extend_info"]["incremental"], json!(null));
    let rows = client.backups("").await;
    let some = |what: &dyn Fn(&Value) -> bool| rows.iter().any(what) && !rows.iter().all(what);
    assert!(some(&|row| row["resource_size"].is_string()));
    assert!(some(&|row| row.get("parent_id").is_none()));
    for ending in ["Z", "+00:00", ".000000"] {
        assert!(some(&|row| text(row, "created_at").ends_with(ending)), "{ending}");
    }
    assert_eq!(rows, client.backups("").await, "the forms do not change between reads");
    client.simulator.advance(Duration::from_secs(70));
    assert_eq!(client.status(&running).await, "available");
}
