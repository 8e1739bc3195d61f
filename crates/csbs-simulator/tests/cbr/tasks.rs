//! Tasks ("operation logs").

use csbs_simulator::{BusyServer, FIRST_VAULT_ID, RoughObjects};
use serde_json::{Value, json};

use super::client::{Client, NOTHING, OTHER, PROJECT, SERVER, text};

#[tokio::test]
async fn a_backup_shows_its_progress_only_in_its_task() {
    let client = Client::new();
    let (checkpoint, backup) = client.start(SERVER, json!({"name": "n"})).await;
    let task = async || {
        let list = client
            .tasks(&format!("operation_type=backup&resource_id={SERVER}"))
            .await;
        assert_eq!(list.len(), 1);
        let id = text(&list[0], "id");
        let single = client.get(&format!("/operation-logs/{id}")).await.ok()["operation_log"].clone();
        assert_eq!(single, list[0]);
        single
    };
    let waiting = task().await;
    assert_eq!(waiting["status"], "waiting");
    client.advance(40);
    let running = task().await;
    let id = text(&running, "id");
    assert_eq!(
        running,
        json!({
            "id": id, "operation_type": "backup", "status": "running", "checkpoint_id": checkpoint,
            "project_id": PROJECT, "provider_id": "0daac4c5-6707-4851-97ba-169e36266b66", "policy_id": null,
            "vault_id": FIRST_VAULT_ID, "vault_name": "vault-1",
            "created_at": "2026-01-01T12:00:00.000+00:00", "started_at": "2026-01-01T12:00:10.000+00:00",
            "updated_at": "2026-01-01T12:00:10.000+00:00", "ended_at": null,
            "error_info": {"code": "", "message": ""},
            "extra_info": {
                "common": {"progress": 50, "request_id": format!("req-{id}"), "task_id": id},
                "resource": {"id": SERVER, "type": "OS::Nova::Server", "name": "server-0"},
                "backup": {"backup_id": backup, "backup_name": "n", "incremental": "false"},
            },
        })
    );
    assert!(!client.read(&backup).await.to_string().contains("progress"));
    client.advance(30);
    let done = task().await;
    assert_eq!(done["status"], "success");
    assert_eq!(done["extra_info"]["common"]["progress"], 100);
    assert_eq!(done["ended_at"], "2026-01-01T12:01:10.000+00:00");
}

#[tokio::test]
async fn a_failure_is_explained_only_by_the_task() {
    let client = Client::new();
    client
        .simulator
        .cbr()
        .fail_next_backup(Some(SERVER), "7003", "the disk is faulty");
    let (_, backup) = client.start(SERVER, json!({})).await;
    client.advance(70);
    let failed = client.read(&backup).await;
    assert_eq!(failed["status"], "error");
    assert!(!failed.to_string().contains("7003"));
    let task = client.tasks("status=failed").await.remove(0);
    assert_eq!(
        task["error_info"],
        json!({"code": "BackupService.7003", "message": "the disk is faulty"})
    );
    client.delete(&format!("/backups/{backup}")).await.ok();
}

#[tokio::test]
async fn tasks_are_listed_by_filters() {
    let client = Client::new();
    client.backup(SERVER).await;
    let other = client.backup(OTHER).await;
    client.delete(&format!("/backups/{other}")).await.ok();
    let count = async |query: &str| {
        let list = client.get(&format!("/operation-logs?{query}")).await.ok();
        assert_eq!(list["count"], list["operation_logs"].as_array().unwrap().len());
        list["operation_logs"].as_array().unwrap().len()
    };
    for (query, expected) in [
        (String::new(), 3),
        ("operation_type=backup".to_owned(), 2),
        ("operation_type=delete".to_owned(), 1),
        ("operation_type=sync".to_owned(), 0),
        ("status=running".to_owned(), 1),
        (format!("resource_id={OTHER}"), 2),
        ("resource_name=server-0".to_owned(), 1),
        (format!("vault_id={NOTHING}"), 0),
        ("vault_name=vault-1".to_owned(), 3),
        ("provider_id=0daac4c5-6707-4851-97ba-169e36266b66".to_owned(), 3),
        ("start_time=2026-01-01T12:01:10Z".to_owned(), 2),
        ("end_time=2026-01-01T12:01:09Z".to_owned(), 1),
    ] {
        assert_eq!(count(&query).await, expected, "{query}");
    }
    let page = client.get("/operation-logs?limit=1&offset=1").await.ok();
    assert_eq!(page["operation_logs"].as_array().unwrap().len(), 1);
    assert_eq!(page["count"], 3);
    for wrong in [
        "offset=0",
        "limit=0",
        "operation_type=x",
        "status=x",
        "start_time=x",
        &format!("checkpoint_id={NOTHING}"),
    ] {
        assert_eq!(
            client.get(&format!("/operation-logs?{wrong}")).await.refusal(),
            "400 9900",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_skipped_server_has_a_task() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    cbr.configure(|cbr| cbr.busy_server = BusyServer::Skipped);
    client.start(SERVER, json!({})).await;
    client.run(json!({"resources": [SERVER]})).await.ok();
    let task = client.tasks("status=skipped").await.remove(0);
    assert_eq!(text(&task["error_info"], "code"), "BackupService.6125");
    assert_eq!(task["extra_info"]["resource"]["id"], SERVER);
    assert_eq!(task["extra_info"]["backup"]["backup_id"], Value::Null);
}

#[tokio::test]
async fn a_task_disappears_after_30_days_and_may_be_forbidden() {
    let client = Client::new();
    let backup = client.backup(SERVER).await;
    let id = text(&client.tasks("").await[0], "id").to_owned();
    client.simulator.cbr().configure(|cbr| cbr.tasks_forbidden = true);
    assert_eq!(client.get("/operation-logs").await.status, 403);
    assert_eq!(client.get(&format!("/operation-logs/{id}")).await.status, 403);
    client.simulator.cbr().configure(|cbr| cbr.tasks_forbidden = false);
    client.advance(30 * 24 * 3600);
    assert!(client.tasks("").await.is_empty());
    assert_eq!(client.get(&format!("/operation-logs/{id}")).await.refusal(), "404 6500");
    assert_eq!(client.status(&backup).await, "available");
}

#[tokio::test]
async fn rough_tasks_have_other_forms() {
    let client = Client::new();
    for _ in 0..12 {
        client.backup(SERVER).await;
    }
    client.simulator.cbr().configure(|cbr| cbr.rough = RoughObjects::ALL);
    let tasks = client.tasks("").await;
    let some = |what: &dyn Fn(&Value) -> bool| tasks.iter().any(what) && !tasks.iter().all(what);
    assert!(some(&|task| task["extra_info"]["common"]["progress"].is_string()));
    assert!(some(&|task| task.get("policy_id").is_none()));
}
