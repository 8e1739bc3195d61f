//! The calls of CBR: what is sent, and what is read in every form of the service.

mod presence;

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::{
    http::Delivery,
    rest::testing::{Fake, Reply, answer, lost, refusal, text},
};

fn backup() -> Value {
    json!({
        "id": "b", "checkpoint_id": "cp", "vault_id": "v", "project_id": "project", "provider_id": "prov",
        "enterprise_project_id": 0, "version": 3, "replication_records": [], "incremental": true,
        "name": "n", "description": null, "status": "available", "image_type": "backup",
        "created_at": "2025-07-01T08:15:30.085+00:00", "updated_at": "2025-07-01T08:21:02.114Z",
        "protected_at": "2025-07-01T08:20:58.000123", "expired_at": null, "parent_id": null,
        "resource_id": "s", "resource_name": "app-1", "resource_type": "OS::Nova::Server",
        "resource_az": "eu-de-01", "resource_size": "40",
        "extend_info": {"auto_trigger": "false", "incremental": false, "supported_restore_mode": "backup", "support_lld": 1,
            "contain_system_disk": true, "system_disk": false, "encrypted": null, "bootable": null, "snapshot_id": null,
            "os_images_data": [{"image_id": "img"}], "architecture": "x86_64", "progress": null},
        "children": [{"id": "c", "parent_id": "b", "checkpoint_id": "cp", "name": "n_app-1", "status": "available",
            "resource_id": "d", "resource_type": "OS::Cinder::Volume", "resource_size": 40, "children": [],
            "extend_info": {"bootable": true, "snapshot_id": "snap"}}],
    })
}

/// A row of a list, which has no children.
fn row(id: &str) -> Value {
    let mut row = backup();
    row["id"] = id.into();
    row["children"] = json!([]);
    row
}

fn request() -> CheckpointRequest {
    CheckpointRequest {
        vault_id: "v".to_owned(),
        resource_id: "s".to_owned(),
        ..CheckpointRequest::default()
    }
}

fn checkpoint() -> Value {
    json!({
        "id": "cp", "project_id": "project", "status": "protecting", "created_at": "2025-07-01T08:15:30.123+00:00",
        "vault": {"id": "v", "name": "vault-app", "provider_id": "prov", "resources": [{"id": "s", "type": "OS::Nova::Server",
            "name": "app-1", "protect_status": "available", "resource_size": "40", "backup_size": "0", "backup_count": "0",
            "extra_info": "{}"}], "skipped_resources": []},
        "extra_info": {"name": "n", "description": "d", "retention_duration": -1},
    })
}

/// The body that is sent for a request.
async fn body(request: &CheckpointRequest) -> Value {
    let fake = Fake::new(|_, _| answer(200, &json!({ "checkpoint": checkpoint() })));
    fake.cbr_client().create_checkpoint(request).await.unwrap();
    assert_eq!(fake.last().line, "POST /checkpoints");
    fake.last().body
}

#[tokio::test(start_paused = true)]
async fn a_request_always_names_exactly_one_server() {
    let sent = body(&request()).await;
    let expected =
        json!({ "checkpoint": { "vault_id": "v", "parameters": { "auto_trigger": false, "resources": ["s"] } } });
    assert_eq!(sent, expected);
    for resource_id in ["", " ", "a,b"] {
        let fake = Fake::new(|_, _| answer(200, &json!({ "checkpoint": checkpoint() })));
        let request = CheckpointRequest {
            resource_id: resource_id.to_owned(),
            ..request()
        };
        let error = fake.cbr_client().create_checkpoint(&request).await.unwrap_err();
        assert!(
            matches!(
                error,
                ApiError::InvalidId {
                    what: "resource_id",
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(
            fake.count(),
            0,
            "a request without a server would back up the whole vault"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_backup_is_really_asked_for_and_never_an_automatic_one() {
    for incremental in [None, Some(false), Some(true)] {
        let sent = body(&CheckpointRequest {
            incremental,
            name: Some("n".to_owned()),
            description: Some(String::new()),
            ..request()
        })
        .await;
        let parameters = &sent["checkpoint"]["parameters"];
        assert_eq!(parameters.get("incremental"), incremental.map(Value::from).as_ref());
        assert_eq!(parameters["auto_trigger"], false);
        assert_eq!(
            (&parameters["name"], &parameters["description"]),
            (&json!("n"), &json!(""))
        );
        assert_eq!(
            sent["checkpoint"].get("name"),
            None,
            "a name beside the parameters is ignored"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn one_list_of_servers_is_sent_and_the_one_with_details_only_for_excluded_disks() {
    let sent = body(&CheckpointRequest {
        exclude_volumes: vec!["d1".to_owned(), "d2".to_owned()],
        ..request()
    })
    .await;
    let parameters = sent["checkpoint"]["parameters"].as_object().unwrap();
    assert!(!parameters.contains_key("resources"));
    let details = json!([{ "id": "s", "type": "OS::Nova::Server", "extra_info": { "exclude_volumes": ["d1", "d2"] } }]);
    assert_eq!(parameters["resource_details"], details);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_names_the_servers_that_it_skips() {
    let mut skipped = checkpoint();
    skipped["vault"]["skipped_resources"] = json!([{ "id": "s", "type": "OS::Nova::Server", "name": "app-1",
        "code": "BackupService.6125", "reason": "busy" }]);
    let fake = Fake::new(move |seen, _| match seen.line.as_str() {
        "POST /checkpoints" => answer(200, &json!({ "checkpoint": skipped })),
        _ => {
            // Reading it leaves both out.
            let mut read = checkpoint();
            read["extra_info"] = Value::Null;
            read["vault"].as_object_mut().unwrap().remove("skipped_resources");
            answer(200, &json!({ "checkpoint": read }))
        }
    });
    let client = fake.cbr_client();
    let made = client.create_checkpoint(&request()).await.unwrap();
    assert_eq!(
        (made.name.as_deref(), made.vault_name.as_deref()),
        (Some("n"), Some("vault-app"))
    );
    assert_eq!(made.resources[0].size_gb, Some(40));
    assert_eq!(made.resources[0].protect_status, ProtectStatus::Available);
    let skipped = made.skipped("s").unwrap();
    assert_eq!((skipped.reason.as_deref(), skipped.is_busy()), (Some("busy"), true));
    assert_eq!(made.skipped("other"), None);
    let read = client.get_checkpoint("cp").await.unwrap();
    assert_eq!((read.name, read.skipped_resources.len()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_create_is_repeated_only_if_it_was_certainly_not_carried_out() {
    type Bad = fn() -> Reply;
    let faults: [(&str, Bad, usize); 8] = [
        ("not sent", || lost(Delivery::NotSent), 2),
        ("429", || text(429, ""), 2),
        ("lost", || lost(Delivery::Unknown), 1),
        ("500", || text(500, ""), 1),
        ("busy", || refusal(500, "BackupService.0002"), 1),
        ("inner trouble", || refusal(500, "BackupService.9910"), 1),
        ("authentication", || refusal(500, "BackupService.9998"), 1),
        ("full", || refusal(400, "BackupService.6114"), 1),
    ];
    for (name, bad, requests) in faults {
        let fake = Fake::new(move |_, number| match number {
            0 => bad(),
            _ => answer(200, &json!({ "checkpoint": checkpoint() })),
        });
        let outcome = fake.cbr_client().create_checkpoint(&request()).await;
        assert_eq!((fake.count(), outcome.is_ok()), (requests, requests == 2), "{name}");
    }
}

#[test]
fn a_backup_is_read_with_its_units_and_times() {
    let backup: Backup = serde_json::from_value(backup()).unwrap();
    assert_eq!(backup.status, BackupStatus::Available);
    assert_eq!(
        (backup.resource_size_gb, backup.is_incremental),
        (Some(40), Some(false))
    );
    assert_eq!((backup.auto_trigger, backup.support_lld), (Some(false), Some(true)));
    assert_eq!((backup.encrypted, backup.description.as_deref()), (None, Some("")));
    assert_eq!((backup.expired_at.as_deref(), backup.is_child()), (None, false));
    assert_eq!(backup.image_ids, ["img"]);
    assert_eq!(
        backup.protected_at.as_deref(),
        Some("2025-07-01T08:20:58.000123"),
        "the text is kept"
    );
    for time in [&backup.created_at, &backup.updated_at, &backup.protected_at] {
        assert!(parse_time(time.as_deref().unwrap()).is_some(), "{time:?}");
    }
    let child = &backup.children[0];
    assert!(child.is_child() && !child.is_of_server() && !child.lacks_children());
    assert_eq!(
        (child.bootable, child.snapshot_id.as_deref()),
        (Some(true), Some("snap"))
    );
    assert!(!backup.lacks_children());
    let listed: Backup = serde_json::from_value(row("b")).unwrap();
    assert!(listed.lacks_children());
}

#[test]
fn a_vault_is_read_with_its_units() {
    let vault: Vault = serde_json::from_value(json!({
        "id": "v", "name": "vault-app", "description": "d", "auto_bind": false, "bind_rules": {}, "auto_expand": "true",
        "locked": false, "tags": [{"key": "team", "value": "app"}, {"key": "none", "value": null}], "threshold": 80,
        "billing": {"size": "200", "used": 10240, "allocated": 40.0, "status": "lock", "object_type": "server",
            "protect_type": "backup", "order_id": null, "frozen_scene": null},
        "resources": [{"id": "s", "type": "OS::Nova::Server", "name": "app-1", "size": 40, "protect_status": "protecting",
            "backup_size": 10240, "backup_count": 1, "extra_info": {"exclude_volumes": ["d2"]}}],
    }))
    .unwrap();
    assert_eq!(
        (vault.size_gb, vault.used_mb, vault.allocated_gb),
        (Some(200), Some(10240), Some(40))
    );
    assert_eq!(
        (&vault.status, vault.locked),
        (&VaultStatus::Lock, Some(false)),
        "two different things"
    );
    assert_eq!((vault.auto_expand, vault.bind_tags.as_ref()), (Some(true), None));
    assert_eq!(vault.tags.as_ref().unwrap()["none"], "");
    let server = vault.resource("s").unwrap();
    assert_eq!(
        (server.size_gb, server.exclude_volumes.as_slice()),
        (Some(40), &["d2".to_owned()][..])
    );
    assert!(vault.resource("other").is_none() && !vault.is_full());
    let full = Vault {
        used_mb: Some(200 * 1024 + 1),
        ..vault
    };
    assert!(full.is_full());
}

#[test]
fn a_task_is_read_whatever_its_kind() {
    let read = |info: Value| -> Task {
        let text = json!({ "id": "t", "operation_type": "backup", "status": "running", "checkpoint_id": "cp",
            "error_info": {"code": "", "message": ""}, "extra_info": info });
        serde_json::from_value(text).unwrap()
    };
    let task = read(
        json!({"common": {"progress": "35", "request_id": "req", "task_id": "j"},
        "resource": {"id": "s", "type": "OS::Nova::Server", "name": "app-1"},
        "backup": {"backup_id": "b", "backup_name": "n", "incremental": "true"}}),
    );
    assert_eq!((task.progress, task.error_code.as_deref()), (Some(35), None));
    assert_eq!((task.backup_id.as_deref(), task.incremental), (Some("b"), Some(true)));
    assert_eq!(
        (task.resource_id.as_deref(), task.job_id.as_deref()),
        (Some("s"), Some("j"))
    );
    let restore = read(json!({"restore": {"backup_id": "b", "target_resource_id": "t2"}, "backup": null}));
    assert_eq!(
        (restore.backup_id.as_deref(), restore.target_resource_id.as_deref()),
        (Some("b"), Some("t2"))
    );
    assert_eq!(read(Value::Null).progress, None);
    assert!(TaskStatus::Timeout.has_failed() && TaskStatus::Skipped.has_failed() && !TaskStatus::Running.has_ended());
}

#[tokio::test(start_paused = true)]
async fn every_row_of_a_list_is_checked_again() {
    // The service ignores every filter, finds names by parts, and lists children.
    let fake = Fake::new(|_, _| {
        let mut other = row("other");
        other["name"] = "n-1".into();
        let mut child = row("child");
        child["parent_id"] = "b".into();
        let mut foreign = row("foreign");
        foreign["checkpoint_id"] = Value::Null;
        answer(
            200,
            &json!({ "backups": [row("b"), other, child, foreign], "count": 4, "offset": 0, "limit": 1000 }),
        )
    });
    let client = fake.cbr_client();
    let ids = async |filter: BackupFilter| -> Vec<String> {
        let found = client.list_backups(&filter).await.unwrap();
        found.into_iter().map(|backup| backup.id).collect()
    };
    let filter = BackupFilter {
        checkpoint_id: Some("cp".to_owned()),
        name: Some("n".to_owned()),
        status: vec![BackupStatus::Available, BackupStatus::Error],
        start_time: Some("2025-07-01T08:15:30Z".to_owned()),
        end_time: Some("2025-07-01T08:15:30Z".to_owned()),
        ..BackupFilter::default()
    };
    assert_eq!(ids(filter.clone()).await, ["b"]);
    let sent = fake.last();
    let statuses: Vec<_> = sent
        .query
        .iter()
        .filter(|(name, _)| name == "status")
        .map(|(_, word)| word.as_str())
        .collect();
    assert_eq!(statuses, ["available", "error"]);
    let with = |change: fn(&mut BackupFilter)| {
        let mut filter = filter.clone();
        change(&mut filter);
        filter
    };
    assert!(
        ids(with(|filter| filter.status = vec![BackupStatus::Error]))
            .await
            .is_empty()
    );
    assert!(
        ids(with(
            |filter| filter.start_time = Some("2025-07-01T08:15:31Z".to_owned())
        ))
        .await
        .is_empty()
    );
    assert!(
        ids(with(|filter| filter.vault_id = Some("v2".to_owned())))
            .await
            .is_empty()
    );
    let children = BackupFilter {
        parent_id: Some("b".to_owned()),
        ..BackupFilter::default()
    };
    assert_eq!(ids(children).await, ["child"]);
    let all = BackupFilter {
        include_children: true,
        ..BackupFilter::default()
    };
    assert_eq!(ids(all).await.len(), 4);
    let limited = BackupFilter {
        name: Some("n-1".to_owned()),
        limit: Some(1),
        ..BackupFilter::default()
    };
    assert_eq!(ids(limited).await, ["other"], "the limit counts rows that match");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_backups_is_read_to_its_end_also_if_its_pages_are_short() {
    for most_of_page in [1000, 300] {
        let fake = Fake::new(move |seen, _| {
            let start = seen
                .query("marker")
                .map_or(0, |id| id[1..].parse::<usize>().unwrap() + 1);
            let limit: usize = seen.query("limit").unwrap().parse().unwrap();
            let end = 2500.min(start + limit.min(most_of_page));
            let rows: Vec<_> = (start..end).map(|number| row(&format!("b{number}"))).collect();
            answer(200, &json!({ "backups": rows, "count": 2500 }))
        });
        let found = fake.cbr_client().list_backups(&BackupFilter::default()).await.unwrap();
        assert_eq!(found.len(), 2500);
        assert_eq!(fake.count(), 2500_usize.div_ceil(most_of_page));
    }
}

#[tokio::test(start_paused = true)]
async fn lists_without_a_marker_are_read_by_offset_which_is_never_zero() {
    let fake = Fake::new(|seen, _| {
        let start: usize = seen.query("offset").map_or(0, |offset| offset.parse().unwrap());
        assert!(seen.query("offset").is_none() || start >= 1);
        assert_eq!(seen.query("marker"), None);
        let ids = (start..2100.min(start + 1000)).map(|number| json!({ "id": format!("t{number}") }));
        let rows: Vec<_> = ids.collect();
        match seen.path.as_str() {
            "/vaults" => answer(200, &json!({ "vaults": rows, "count": 2100 })),
            "/operation-logs" => answer(200, &json!({ "operation_logs": rows, "count": 2100 })),
            other => panic!("{other}"),
        }
    });
    let client = fake.cbr_client();
    assert_eq!(client.list_vaults(&VaultFilter::default()).await.unwrap().len(), 2100);
    assert_eq!(client.list_tasks(&TaskFilter::default()).await.unwrap().len(), 2100);
    assert_eq!(fake.count(), 6);
}

#[tokio::test(start_paused = true)]
async fn vaults_and_tasks_are_checked_again() {
    let fake = Fake::new(|seen, _| match seen.path.as_str() {
        "/vaults" => answer(
            200,
            &json!({ "vaults": [
            {"id": "v1", "name": "a", "billing": {"status": "available", "object_type": "server"}, "resources": [{"id": "s"}]},
            {"id": "v2", "name": "a-1", "billing": {"status": "available", "object_type": "disk"}, "resources": []}] }),
        ),
        "/policies" => answer(
            200,
            &json!({ "policies": [
            {"id": "p1", "associated_vaults": [{"vault_id": "v1"}]},
            {"id": "p2", "associated_vaults": [{"vault_id": "v2"}]}, {"id": "p3"}] }),
        ),
        _ => answer(
            200,
            &json!({ "operation_logs": [
            {"id": "t1", "checkpoint_id": "cp", "operation_type": "backup", "extra_info": {"resource": {"id": "s"}}},
            {"id": "t2", "checkpoint_id": "other", "operation_type": "backup", "extra_info": {"resource": {"id": "s"}}},
            {"id": "t3", "checkpoint_id": "cp", "operation_type": "delete", "extra_info": {"resource": {"id": "s"}}}] }),
        ),
    });
    let client = fake.cbr_client();
    for filter in [
        VaultFilter {
            name: Some("a".to_owned()),
            ..VaultFilter::default()
        },
        VaultFilter {
            resource_id: Some("s".to_owned()),
            ..VaultFilter::default()
        },
        VaultFilter {
            object_type: Some("server".to_owned()),
            ..VaultFilter::default()
        },
    ] {
        let found = client.list_vaults(&filter).await.unwrap();
        assert_eq!(
            found.iter().map(|vault| vault.id.as_str()).collect::<Vec<_>>(),
            ["v1"],
            "{filter:?}"
        );
    }
    assert_eq!(client.vault_policy_ids("v1").await.unwrap(), ["p1", "p3"]);
    assert_eq!(fake.last().query("vault_id"), Some("v1"));
    let filter = TaskFilter {
        checkpoint_id: Some("cp".to_owned()),
        resource_id: Some("s".to_owned()),
        operation_type: Some("backup".to_owned()),
        ..TaskFilter::default()
    };
    let found = client.list_tasks(&filter).await.unwrap();
    assert_eq!(found.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["t1"]);
    assert_eq!(
        fake.last().query("checkpoint_id"),
        None,
        "the service has no such filter"
    );
}

#[tokio::test(start_paused = true)]
async fn a_vault_is_absent_if_the_service_or_the_list_says_so() {
    let find = async |single: fn() -> Reply, listed: &'static str| {
        let fake = Fake::new(move |seen, _| match seen.path.as_str() {
            "/vaults" => answer(200, &json!({ "vaults": [{ "id": listed }] })),
            _ => single(),
        });
        let found = fake.cbr_client().find_vault("v").await;
        (
            found.map(|vault| vault.is_some()).map_err(|error| error.status()),
            fake.count(),
        )
    };
    let malformed = || {
        text(
            401,
            r#"{"unauthorized":{"code":"401","message":"Malformed request url"}}"#,
        )
    };
    assert_eq!(find(|| refusal(404, "BackupService.6105"), "v").await, (Ok(false), 1));
    assert_eq!(find(malformed, "other").await, (Ok(false), 2));
    assert_eq!(find(malformed, "v").await, (Err(Some(401)), 2));
    assert_eq!(find(|| text(404, "<html>"), "v").await, (Err(Some(404)), 2));
    assert_eq!(
        find(|| refusal(403, "BackupService.8600"), "other").await,
        (Err(Some(403)), 1)
    );
    assert_eq!(
        find(|| answer(200, &json!({ "vault": { "id": "v" } })), "").await,
        (Ok(true), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_restore_names_every_mapping_and_needs_no_body_in_the_answer() {
    for (reply, job) in [("", None), ("null", None), (r#"{"job_id":"j"}"#, Some("j"))] {
        let fake = Fake::new(move |_, _| text(202, reply));
        let request = RestoreRequest {
            backup_id: "b".to_owned(),
            server_id: "s".to_owned(),
            mappings: vec![VolumeMapping {
                backup_id: "c".to_owned(),
                volume_id: "d".to_owned(),
            }],
            power_on: false,
        };
        let started = fake.cbr_client().restore_backup(&request).await.unwrap();
        assert_eq!(started.as_deref(), job);
        let expected = json!({ "restore": { "server_id": "s", "power_on": false,
            "mappings": [{ "backup_id": "c", "volume_id": "d" }] } });
        assert_eq!(
            (fake.last().line, fake.last().body),
            ("POST /backups/b/restore".to_owned(), expected)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_has_no_answer_and_is_repeated_freely() {
    let fake = Fake::new(|_, number| match number {
        0 => lost(Delivery::Unknown),
        _ => text(204, ""),
    });
    fake.cbr_client().delete_backup("b").await.unwrap();
    assert_eq!(fake.lines(), ["DELETE /backups/b", "DELETE /backups/b"]);
}

/// A project of `count` backups, newest first, each in a checkpoint of its own and with a child in the list.
fn project(count: usize) -> std::sync::Arc<Fake> {
    let created = |number: usize| {
        let time = 1_700_000_000 - i64::try_from(number).unwrap() * 60;
        jiff::Timestamp::from_second(time).unwrap().to_string()
    };
    let row = move |number: usize, child: bool| {
        let mut row = row(&format!("{}{number}", if child { "c" } else { "b" }));
        row["checkpoint_id"] = format!("cp{number}").into();
        row["created_at"] = created(number).into();
        if child {
            row["parent_id"] = format!("b{number}").into();
        }
        row
    };
    let rows: Vec<Value> = (0..count)
        .flat_map(|number| [row(number, true), row(number, false)])
        .collect();
    Fake::new(move |seen, _| {
        if let Some(id) = seen.path.strip_prefix("/backups/") {
            return match rows.iter().find(|row| row["id"] == id) {
                Some(row) => answer(200, &json!({ "backup": row })),
                None => refusal(404, "BackupService.6200"),
            };
        }
        let start = seen
            .query("marker")
            .map_or(0, |id| rows.iter().position(|row| row["id"] == id).unwrap() + 1);
        let limit: usize = seen.query("limit").unwrap().parse().unwrap();
        let page: Vec<_> = rows[start..].iter().take(limit).collect();
        answer(200, &json!({ "backups": page, "count": rows.len() }))
    })
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_a_thousand_backups_takes_few_requests() {
    let fake = project(1000);
    let inventory = Inventory::new(fake.cbr_client());
    let from = Instant::now();
    let looks = (0..1000).map(|number| inventory.look(ItemKey::Item(format!("b{number}")), from));
    for look in futures_util::future::join_all(looks).await {
        assert!(matches!(look.unwrap(), Lookup::Found(found) if found.len() == 1));
    }
    assert!(fake.count() <= 5, "{}", fake.count());
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_has_its_backups_without_their_children() {
    let fake = project(10);
    let inventory = Inventory::new(fake.cbr_client());
    let from = Instant::now();
    let looks = (0..10).map(|number| inventory.look(ItemKey::Checkpoint(format!("cp{number}")), from));
    for (number, look) in futures_util::future::join_all(looks).await.into_iter().enumerate() {
        let Lookup::Found(found) = look.unwrap() else {
            panic!("{number}")
        };
        assert_eq!(
            found.iter().map(|backup| backup.id.clone()).collect::<Vec<_>>(),
            [format!("b{number}")]
        );
    }
    tokio::time::sleep(Duration::from_secs(100)).await;
    let one = inventory
        .look(ItemKey::Checkpoint("cp3".to_owned()), Instant::now())
        .await
        .unwrap();
    assert!(matches!(one, Lookup::Found(found) if found.len() == 1 && found[0].id == "b3"));
    let none = inventory
        .look(ItemKey::Item("b99".to_owned()), Instant::now())
        .await
        .unwrap();
    assert_eq!(none, Lookup::Absent);
}

proptest! {
    #[test]
    fn any_member_of_an_object_may_be_of_another_form(
        member in "status|children|extend_info|billing|resources|vault|extra_info|error_info|tags|description|resource_size|parent_id",
        form in 0..8_usize,
    ) {
        let form = [
            json!(null), json!(7), json!("x"), json!("{\"a\":1}"), json!([]), json!([null, 7, {}]), json!({}), json!(true),
        ][form].clone();
        let mut value = json!({ "id": "x" });
        value[&member] = form;
        prop_assert_eq!(serde_json::from_value::<Backup>(value.clone()).unwrap().id, "x");
        prop_assert_eq!(serde_json::from_value::<Vault>(value.clone()).unwrap().id, "x");
        prop_assert_eq!(serde_json::from_value::<Checkpoint>(value.clone()).unwrap().id, "x");
        prop_assert_eq!(serde_json::from_value::<Task>(value).unwrap().id, "x");
    }
}
