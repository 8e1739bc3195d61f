//! Rows that a filter keeps, backups that a list shows in part, and reads that are about another object.

use super::*;

fn read(value: Value) -> Backup {
    serde_json::from_value(value).unwrap()
}

#[test]
fn only_the_finished_backup_of_a_server_lacks_its_children_in_a_list() {
    let with = |member: &str, value: Value| {
        let mut row = row("b");
        row[member] = value;
        read(row)
    };
    assert!(read(row("b")).lacks_children());
    for status in ["available", "waiting_restore", "restoring"] {
        assert!(with("status", status.into()).lacks_children(), "{status}");
    }
    for status in ["protecting", "deleting", "error", "unknown-word"] {
        assert!(!with("status", status.into()).lacks_children(), "{status}");
    }
    assert!(
        with("resource_type", Value::Null).lacks_children(),
        "a server by default"
    );
    assert!(!with("resource_type", "OS::Cinder::Volume".into()).lacks_children());
    assert!(!with("parent_id", "other".into()).lacks_children());
    assert!(!read(backup()).lacks_children());
}

/// Completes a row of a list while `single` answers to reads. Returns the number of children, or the status of the error, and the
/// number of requests.
async fn complete(row: Value, single: fn() -> Reply) -> (Result<usize, Option<u16>>, usize) {
    let fake = Fake::new(move |_, _| single());
    let completed = fake.cbr_client().complete_backup(read(row)).await;
    let completed = completed.map(|backup| {
        assert_eq!(backup.id, "b");
        backup.children.len()
    });
    (completed.map_err(|error| error.status()), fake.count())
}

#[tokio::test(start_paused = true)]
async fn the_children_that_a_list_left_out_are_read() {
    let full = || answer(200, &json!({ "backup": backup() }));
    assert_eq!(complete(row("b"), full).await, (Ok(1), 1));
    // Nothing is missing here.
    assert_eq!(complete(backup(), full).await, (Ok(1), 0));
    let mut running = row("b");
    running["status"] = "protecting".into();
    assert_eq!(complete(running, full).await, (Ok(0), 0));
    // A backup that is gone stays as it was listed, and any other failure is one.
    assert_eq!(
        complete(row("b"), || refusal(404, "BackupService.6200")).await,
        (Ok(0), 1)
    );
    assert_eq!(complete(row("b"), || text(404, "<html>")).await, (Err(Some(404)), 1));
    assert_eq!(
        complete(row("b"), || refusal(403, "BackupService.8600")).await,
        (Err(Some(403)), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_about_another_object_is_an_error() {
    let about = |id: &'static str| {
        Fake::new(move |seen, _| match seen.path.split('/').nth(1).unwrap() {
            "backups" => answer(200, &json!({ "backup": { "id": id } })),
            "checkpoints" => answer(200, &json!({ "checkpoint": { "id": id } })),
            "vaults" => answer(200, &json!({ "vault": { "id": id } })),
            _ => answer(200, &json!({ "operation_log": { "id": id } })),
        })
        .cbr_client()
    };
    for (id, is_right) in [("x", true), ("y", false)] {
        let client = about(id);
        for read in [
            client.get_backup("x").await.map(|backup| backup.id),
            client.get_checkpoint("x").await.map(|checkpoint| checkpoint.id),
            client.get_vault("x").await.map(|vault| vault.id),
            client.get_task("x").await.map(|task| task.id),
        ] {
            match read {
                Ok(id) => assert!(is_right && id == "x"),
                Err(error) => assert!(!is_right && matches!(error, ApiError::Decode { .. }), "{error}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_that_changes_a_backup_makes_earlier_reads_stale() {
    for restores in [true, false] {
        let inner = project(10);
        let fake = Fake::new(move |seen, number| match seen.line.starts_with("GET ") {
            true => inner.reply(seen, number),
            false => text(202, ""),
        });
        let client = fake.cbr_client();
        let inventory = Inventory::new(client.clone());
        let from = Instant::now();
        let looks = (0..10).map(|number| inventory.look(ItemKey::Item(format!("b{number}")), from));
        futures_util::future::join_all(looks).await;
        match restores {
            true => {
                let request = RestoreRequest {
                    backup_id: "b3".to_owned(),
                    server_id: "s".to_owned(),
                    mappings: Vec::new(),
                    power_on: true,
                };
                client.restore_backup(&request).await.unwrap();
            }
            false => client.delete_backup("b3").await.unwrap(),
        }
        let before = fake.count();
        inventory.look(ItemKey::Item("b4".to_owned()), from).await.unwrap();
        assert_eq!(fake.count(), before, "the page still answers looks at other backups");
        inventory.look(ItemKey::Item("b3".to_owned()), from).await.unwrap();
        assert_eq!(fake.count(), before + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_the_inventory_is_sorted_by_age() {
    let fake = project(10);
    let inventory = Inventory::new(fake.cbr_client());
    let from = Instant::now();
    let looks = (0..10).map(|number| inventory.look(ItemKey::Item(format!("b{number}")), from));
    futures_util::future::join_all(looks).await;
    assert_eq!(fake.last().query("sort"), Some("created_at:desc"));
}

#[tokio::test(start_paused = true)]
async fn the_backups_of_a_checkpoint_are_asked_for_by_its_id() {
    let fake = project(10);
    let inventory = Inventory::new(fake.cbr_client());
    let key = ItemKey::Checkpoint("cp3".to_owned());
    let look = inventory.look(key, Instant::now()).await.unwrap();
    assert!(matches!(look, Lookup::Found(found) if found.len() == 1));
    assert_eq!(fake.last().query("checkpoint_id"), Some("cp3"));
}

#[test]
fn a_filter_keeps_a_task_unless_its_row_says_otherwise() {
    let task = |change: fn(&mut Value)| -> Task {
        let mut row = json!({ "id": "t", "operation_type": "replication", "status": "running", "checkpoint_id": "cp",
            "vault_id": "v", "created_at": "2025-07-01T08:15:30.5Z", "extra_info": { "resource": { "id": "s" } } });
        change(&mut row);
        serde_json::from_value(row).unwrap()
    };
    let text = |text: &str| Some(text.to_owned());
    let all = TaskFilter::default;
    for (filter, expected) in [
        (all(), true),
        (
            TaskFilter {
                operation_type: text("replication"),
                ..all()
            },
            true,
        ),
        // The filter and the answer have different words for copies.
        (
            TaskFilter {
                operation_type: text("sync"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                operation_type: text("backup"),
                ..all()
            },
            false,
        ),
        (
            TaskFilter {
                status: Some(TaskStatus::Running),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                status: Some(TaskStatus::Failed),
                ..all()
            },
            false,
        ),
        (
            TaskFilter {
                resource_id: text("s"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                resource_id: text("other"),
                ..all()
            },
            false,
        ),
        (
            TaskFilter {
                vault_id: text("v"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                vault_id: text("other"),
                ..all()
            },
            false,
        ),
        (
            TaskFilter {
                checkpoint_id: text("cp"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                checkpoint_id: text("other"),
                ..all()
            },
            false,
        ),
        (
            TaskFilter {
                start_time: text("2025-07-01T08:15:30Z"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                start_time: text("2025-07-01T08:15:30.500Z"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                start_time: text("2025-07-01T08:15:31Z"),
                ..all()
            },
            false,
        ),
        // The bound has whole seconds.
        (
            TaskFilter {
                end_time: text("2025-07-01T08:15:30Z"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                end_time: text("2025-07-01T08:15:31Z"),
                ..all()
            },
            true,
        ),
        (
            TaskFilter {
                end_time: text("2025-07-01T08:15:29Z"),
                ..all()
            },
            false,
        ),
    ] {
        assert_eq!(filter.matches(&task(|_| ())), expected, "{filter:?}");
    }
    let backup = task(|row| row["operation_type"] = "backup".into());
    assert!(
        !TaskFilter {
            operation_type: text("sync"),
            ..all()
        }
        .matches(&backup)
    );
    // A row that does not name the resource, the vault or the kind may be the one; one without its checkpoint is not.
    let sparse = task(|row| *row = json!({ "id": "t" }));
    for filter in [
        TaskFilter {
            operation_type: text("backup"),
            ..all()
        },
        TaskFilter {
            resource_id: text("s"),
            ..all()
        },
        TaskFilter {
            vault_id: text("v"),
            ..all()
        },
        TaskFilter {
            start_time: text("2025-07-01T08:15:30Z"),
            ..all()
        },
        TaskFilter {
            end_time: text("2025-07-01T08:15:30Z"),
            ..all()
        },
    ] {
        assert!(filter.matches(&sparse), "{filter:?}");
    }
    assert!(
        !TaskFilter {
            checkpoint_id: text("cp"),
            ..all()
        }
        .matches(&sparse)
    );
}

#[test]
fn every_status_of_a_task_is_an_end_or_none() {
    for (word, has_ended, has_failed) in [
        ("waiting", false, false),
        ("running", false, false),
        ("success", true, false),
        ("failed", true, true),
        ("timeout", true, true),
        ("skipped", true, true),
        ("unknown-word", false, false),
    ] {
        let status = TaskStatus::from(word);
        assert_eq!(
            (status.has_ended(), status.has_failed()),
            (has_ended, has_failed),
            "{word}"
        );
    }
}

#[test]
fn a_vault_is_kept_by_its_status_and_its_resources_are_servers_by_default() {
    let vault: Vault = serde_json::from_value(json!({ "id": "v", "billing": { "status": "lock", "size": 2, "used": 2048 },
        "resources": [{ "id": "s" }, { "id": "t", "type": "OS::Nova::Server" }, { "id": "d", "type": "OS::Cinder::Volume" }] }))
    .unwrap();
    let is_server = |id: &str| vault.resource(id).unwrap().is_server();
    assert_eq!((is_server("s"), is_server("t"), is_server("d")), (true, true, false));
    for (status, expected) in [
        (None, true),
        (Some(VaultStatus::Lock), true),
        (Some(VaultStatus::Available), false),
    ] {
        let filter = VaultFilter {
            status,
            ..VaultFilter::default()
        };
        assert_eq!(filter.matches(&vault), expected, "{filter:?}");
    }
    assert!(!vault.is_full(), "backups fail only beyond its size");
    let unknown = Vault { size_gb: None, ..vault };
    assert!(!unknown.is_full());
}

#[tokio::test(start_paused = true)]
async fn absence_is_confirmed_by_the_pages_of_the_list_and_no_more() {
    for (backups, pages) in [(10, 1), (499, 1), (750, 2)] {
        // Each backup has a child in the list.
        let inner = project(backups);
        let fake = Fake::new(move |seen, number| match seen.path.as_str() {
            "/backups" => inner.reply(seen, number),
            _ => text(404, "<html>404 Not Found</html>"),
        });
        let inventory = Inventory::new(fake.cbr_client());
        let unknown = ItemKey::Item("unknown".to_owned());
        let look = inventory.look(unknown, Instant::now()).await.unwrap();
        assert_eq!((look, fake.count()), (Lookup::Absent, 1 + pages), "{backups}");
    }
}
