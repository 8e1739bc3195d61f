//! The reason of the status `error`, which only the tasks of the service tell.

use otc_client::{
    cbr::{Backup, Task, TaskFilter},
    csbs::parse_time,
    operation::OperationContext,
};
use tracing::debug;

use super::summary::VaultBackupSummary;

/// Operation type of the task of a restore.
const RESTORE: &str = "restore";

/// Reads the newest task of a backup; `None` when there is none, or it cannot be read: tasks are deleted after some time, and
/// need a permission of their own.
pub async fn newest_task(service: &OperationContext, backup: &Backup) -> Option<Task> {
    let filter = TaskFilter {
        resource_id: backup.resource_id.clone(),
        ..TaskFilter::default()
    };
    let tasks = match service.cbr.list_tasks(&filter).await {
        Ok(tasks) => tasks,
        Err(error) => {
            debug!(backup = backup.id, %error, "the reason of the failure cannot be read");
            return None;
        }
    };
    let of_backup = |task: &Task| match &task.backup_id {
        Some(id) => *id == backup.id,
        None => task.checkpoint_id.is_some() && task.checkpoint_id == backup.checkpoint_id,
    };
    let tasks = tasks.into_iter().filter(of_backup);
    tasks.max_by_key(|task| task.created_at.as_deref().and_then(parse_time))
}

/// Returns `true` if a backup in `error` itself failed, so that it cannot be restored. `task` is its newest one; `was_complete`
/// says whether the backup was seen as complete before.
pub fn is_failed_backup(task: Option<&Task>, was_complete: bool) -> bool {
    match task.and_then(|task| task.operation_type.as_deref()) {
        Some(operation) => operation != RESTORE,
        None => !was_complete,
    }
}

/// Status, code and reason of a failure, as the service words them.
pub fn describe(summary: &VaultBackupSummary) -> String {
    format!(
        "the service reports status {:?}, code {}, reason: {}",
        summary.status.as_deref_option().unwrap_or_default(),
        summary.fail_code.as_deref_option().unwrap_or("none"),
        summary
            .fail_reason
            .as_deref_option()
            .unwrap_or("none given")
            .trim_end_matches('.')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(operation: &str) -> Task {
        serde_json::from_value(serde_json::json!({"id": "task", "operation_type": operation, "status": "failed"}))
            .unwrap()
    }

    #[test]
    fn a_failed_restore_is_no_failed_backup() {
        assert!(is_failed_backup(Some(&task("backup")), false));
        assert!(is_failed_backup(Some(&task("delete")), true));
        assert!(!is_failed_backup(Some(&task("restore")), true));
        assert!(is_failed_backup(None, false));
        assert!(
            !is_failed_backup(None, true),
            "an intact backup is not given up without the service's word"
        );
    }
}
