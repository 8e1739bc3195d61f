//! The tasks of backups: the reason of a failure, and the proof that nothing was begun.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    operation::shared_tasks::{BackupTask, SharedTasks},
    rest::testing::{Fake, answer, text},
};

const BACKUP: BackupTask<'_> = BackupTask {
    resource_id: "s0",
    checkpoint_id: "cp0",
};

/// A service with these tasks. It ignores all filters, as a service may.
fn service(tasks: Vec<Value>) -> (Arc<Fake>, SharedTasks) {
    let fake = Fake::new(move |_, _| answer(200, &json!({ "operation_logs": tasks })));
    let tasks = SharedTasks::new(fake.cbr_client());
    (fake, tasks)
}

/// A failed task of a backup that was created `minutes` from now.
fn task(id: &str, (server, checkpoint): (&str, &str), minutes: i64) -> Value {
    let created = Timestamp::now() + SignedDuration::from_mins(minutes);
    json!({ "id": id, "operation_type": "backup", "status": "failed", "checkpoint_id": checkpoint,
        "created_at": created.to_string(), "extra_info": { "resource": { "id": server } } })
}

fn with(mut task: Value, member: &str, value: Value) -> Value {
    task[member] = value;
    task
}

async fn reason(tasks: Vec<Value>) -> (Option<String>, usize) {
    let (fake, tasks) = service(tasks);
    let found = tasks.reason(BACKUP).await.map(|task| task.id);
    (found, fake.count())
}

#[tokio::test(start_paused = true)]
async fn the_reason_is_that_of_the_task_of_the_same_server_and_checkpoint() {
    let others = || {
        [
            task("other checkpoint", ("s0", "cp1"), 0),
            task("other server", ("s1", "cp0"), 0),
            with(task("restore", ("s0", "cp0"), 0), "operation_type", "restore".into()),
        ]
    };
    let among_others = |task: Value| others().into_iter().chain([task]).collect();
    let ours = |minutes| task("ours", ("s0", "cp0"), minutes);
    // One list has the tasks of all backups that this process has started.
    assert_eq!(reason(among_others(ours(0))).await, (Some("ours".to_owned()), 1));
    // An earlier process has started it.
    assert_eq!(reason(among_others(ours(-60))).await, (Some("ours".to_owned()), 2));
    let old_others = [
        task("other checkpoint", ("s0", "cp1"), -60),
        task("other server", ("s1", "cp0"), -60),
        with(task("restore", ("s0", "cp0"), -60), "operation_type", "restore".into()),
        ours(-60),
    ];
    assert_eq!(reason(old_others.to_vec()).await, (Some("ours".to_owned()), 2));
    assert_eq!(reason(others().to_vec()).await, (None, 2));
}

#[tokio::test(start_paused = true)]
async fn the_list_is_limited_to_tasks_since_the_process_began_and_a_missing_one_is_asked_for_by_server() {
    let (fake, tasks) = service(Vec::new());
    assert!(tasks.reason(BACKUP).await.is_none());
    let lines = fake.lines();
    assert!(lines[0].contains("operation_type=backup&start_time=2"), "{lines:?}");
    assert!(lines[1].contains("operation_type=backup&resource_id=s0"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn tasks_that_may_not_be_read_are_asked_for_once() {
    for (status, requests) in [(401, 1), (403, 1), (404, 1), (405, 1), (400, 4)] {
        let fake = Fake::new(move |_, _| text(status, ""));
        let tasks = SharedTasks::new(fake.cbr_client());
        assert!(tasks.reason(BACKUP).await.is_none());
        assert!(tasks.reason(BACKUP).await.is_none());
        assert_eq!(fake.count(), requests, "{status}: {:?}", fake.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn no_backup_was_begun_only_if_no_task_can_be_one() {
    let ours = |minutes| task("t", ("s0", "cp0"), minutes);
    let running = |minutes| with(ours(minutes), "status", "running".into());
    for (tasks, expected) in [
        (vec![], true),
        (vec![ours(-60)], true),
        (vec![running(-60)], false),
        (vec![ours(1)], false),
        (vec![running(1)], false),
        // The clocks may differ.
        (vec![ours(-4)], false),
        (vec![ours(-6)], true),
        (vec![with(ours(-60), "created_at", Value::Null)], false),
        (vec![ours(-60), task("other", ("s0", "cp1"), 1)], false),
        (vec![task("t", ("s1", "cp1"), 1)], true),
        (vec![with(running(1), "operation_type", "restore".into())], true),
    ] {
        let (_fake, shared) = service(tasks.clone());
        assert_eq!(
            shared.shows_no_backup("s0", Timestamp::now()).await,
            expected,
            "{tasks:?}"
        );
    }
    let fake = Fake::new(|_, _| text(403, ""));
    let tasks = SharedTasks::new(fake.cbr_client());
    assert!(!tasks.shows_no_backup("s0", Timestamp::now()).await);
}
