//! Tasks (operation logs): progress and failures of backups, restores and deletions.

use serde::Deserialize;

use super::{ApiError, Client, TaskStatus, parse_time};
use crate::rest::{
    client::Call,
    lenient,
    page::{List, Paging},
    path::Path,
};

/// A task of the service: the backup, restore or deletion of one resource. It may be gone after about a month, and a user may have
/// no permission to read it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "WireTask")]
pub struct Task {
    /// The ID.
    pub id: String,
    /// `backup`, `restore`, `delete`, `vault_delete`, `remove_resource`, `sync` or `replication`.
    pub operation_type: Option<String>,
    /// The status.
    pub status: TaskStatus,
    /// The checkpoint.
    pub checkpoint_id: Option<String>,
    /// The project.
    pub project_id: Option<String>,
    /// The ID of the service's provider.
    pub provider_id: Option<String>,
    /// The policy that started it.
    pub policy_id: Option<String>,
    /// The vault.
    pub vault_id: Option<String>,
    /// The name of the vault.
    pub vault_name: Option<String>,
    /// When it was created, as the service writes it; in UTC. The same holds for the other times.
    pub created_at: Option<String>,
    /// When it began.
    pub started_at: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// The progress, 0 to 100.
    pub progress: Option<i64>,
    /// The code of the failure, such as `BackupService.6125`.
    pub error_code: Option<String>,
    /// The message of the failure.
    pub error_message: Option<String>,
    /// The service's ID of the request that started it.
    pub request_id: Option<String>,
    /// The service's ID of the job.
    pub job_id: Option<String>,
    /// The server or disk.
    pub resource_id: Option<String>,
    /// Such as `OS::Nova::Server`.
    pub resource_type: Option<String>,
    /// The name of the server or disk.
    pub resource_name: Option<String>,
    /// The backup that is made, restored or deleted.
    pub backup_id: Option<String>,
    /// Its name.
    pub backup_name: Option<String>,
    /// Whether the backup is incremental.
    pub incremental: Option<bool>,
    /// The server that a restore writes to.
    pub target_resource_id: Option<String>,
    /// Its name.
    pub target_resource_name: Option<String>,
}

#[derive(Deserialize)]
struct WireTask {
    #[serde(deserialize_with = "lenient::id")]
    id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    operation_type: Option<String>,
    #[serde(default)]
    status: TaskStatus,
    #[serde(default, deserialize_with = "lenient::text")]
    checkpoint_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    project_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    provider_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    policy_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    vault_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    vault_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    started_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    ended_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    error_info: Option<ErrorInfo>,
    #[serde(default, deserialize_with = "lenient::object")]
    extra_info: Option<ExtraInfo>,
}

#[derive(Default, Deserialize)]
struct ErrorInfo {
    #[serde(default, deserialize_with = "lenient::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
}

#[derive(Default, Deserialize)]
struct ExtraInfo {
    #[serde(default, deserialize_with = "lenient::object")]
    common: Option<Common>,
    #[serde(default, deserialize_with = "lenient::object")]
    resource: Option<Resource>,
    #[serde(default, deserialize_with = "lenient::object")]
    backup: Option<Subject>,
    #[serde(default, deserialize_with = "lenient::object")]
    delete: Option<Subject>,
    #[serde(default, deserialize_with = "lenient::object")]
    restore: Option<Subject>,
}

#[derive(Default, Deserialize)]
struct Common {
    #[serde(default, deserialize_with = "lenient::integer")]
    progress: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    request_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    task_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct Resource {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    resource_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
}

#[derive(Default, Deserialize)]
struct Subject {
    #[serde(default, deserialize_with = "lenient::text")]
    backup_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    backup_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    incremental: Option<bool>,
    #[serde(default, deserialize_with = "lenient::text")]
    target_resource_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    target_resource_name: Option<String>,
}

impl From<WireTask> for Task {
    fn from(wire: WireTask) -> Self {
        let error = wire.error_info.unwrap_or_default();
        let info = wire.extra_info.unwrap_or_default();
        let common = info.common.unwrap_or_default();
        let resource = info.resource.unwrap_or_default();
        // Only the member of the operation's own type is there.
        let subject = info.backup.or(info.restore).or(info.delete).unwrap_or_default();
        Self {
            id: wire.id,
            operation_type: wire.operation_type,
            status: wire.status,
            checkpoint_id: wire.checkpoint_id,
            project_id: wire.project_id,
            provider_id: wire.provider_id,
            policy_id: wire.policy_id,
            vault_id: wire.vault_id,
            vault_name: wire.vault_name,
            created_at: wire.created_at,
            started_at: wire.started_at,
            updated_at: wire.updated_at,
            ended_at: wire.ended_at,
            progress: common.progress,
            error_code: error.code,
            error_message: error.message,
            request_id: common.request_id,
            job_id: common.task_id,
            resource_id: resource.id,
            resource_type: resource.resource_type,
            resource_name: resource.name,
            backup_id: subject.backup_id,
            backup_name: subject.backup_name,
            incremental: subject.incremental,
            target_resource_id: subject.target_resource_id,
            target_resource_name: subject.target_resource_name,
        }
    }
}

/// The filter of a list of tasks. All conditions must hold; rows that do not meet them are dropped, whatever the service does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskFilter {
    /// `backup`, `restore`, `delete`, `vault_delete`, `remove_resource` or `sync`.
    pub operation_type: Option<String>,
    /// The status.
    pub status: Option<TaskStatus>,
    /// The server or disk.
    pub resource_id: Option<String>,
    /// The name of the server or disk. Only the service checks it.
    pub resource_name: Option<String>,
    /// The vault.
    pub vault_id: Option<String>,
    /// The name of the vault. Only the service checks it.
    pub vault_name: Option<String>,
    /// The ID of the service's provider. Only the service checks it.
    pub provider_id: Option<String>,
    /// The checkpoint. The service has no such filter, so it is checked here only.
    pub checkpoint_id: Option<String>,
    /// The earliest time, `YYYY-MM-DDTHH:MM:SSZ`.
    pub start_time: Option<String>,
    /// The latest time, `YYYY-MM-DDTHH:MM:SSZ`.
    pub end_time: Option<String>,
    /// The greatest number of tasks; without it, the list is read to its end.
    pub limit: Option<usize>,
}

impl TaskFilter {
    fn path(&self) -> Path {
        Path::new("operation-logs")
            .maybe("operation_type", self.operation_type.as_deref())
            .maybe("status", self.status.as_ref().map(TaskStatus::as_str))
            .maybe("resource_id", self.resource_id.as_deref())
            .maybe("resource_name", self.resource_name.as_deref())
            .maybe("vault_id", self.vault_id.as_deref())
            .maybe("vault_name", self.vault_name.as_deref())
            .maybe("provider_id", self.provider_id.as_deref())
            .maybe("start_time", self.start_time.as_deref())
            .maybe("end_time", self.end_time.as_deref())
    }

    /// Returns whether a task meets the conditions that its fields show. A field that is missing excludes nothing but a checkpoint:
    /// the vault may be missing, for example.
    pub fn matches(&self, task: &Task) -> bool {
        let possible =
            |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || found.is_none() || wanted == found;
        let created = task.created_at.as_deref().and_then(parse_time);
        let bound = |text: &Option<String>| created.zip(text.as_deref().and_then(parse_time));
        // Answers call `replication` what the filter calls `sync`.
        let is_of_type = possible(&self.operation_type, &task.operation_type)
            || (self.operation_type.as_deref() == Some("sync")
                && task.operation_type.as_deref() == Some("replication"));
        is_of_type
            && possible(&self.resource_id, &task.resource_id)
            && possible(&self.vault_id, &task.vault_id)
            && self.status.as_ref().is_none_or(|status| *status == task.status)
            && (self.checkpoint_id.is_none() || self.checkpoint_id == task.checkpoint_id)
            && bound(&self.start_time).is_none_or(|(created, start)| created >= start)
            && bound(&self.end_time).is_none_or(|(created, end)| created.as_second() <= end.as_second())
    }
}

/// The list of tasks. Its offset must be at least 1, so the first page has none.
const TASKS: List = List {
    operation: "list_tasks",
    member: "operation_logs",
    links: None,
    counts: true,
    paging: Paging::Offset,
};

impl Client {
    /// Reads one task.
    ///
    /// `GET /v3/{project_id}/operation-logs/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if the task does not exist, or no longer.
    pub async fn get_task(&self, id: &str) -> Result<Task, ApiError> {
        let path = Path::new("operation-logs").id("task_id", id)?;
        self.call(Call::get("get_task", path), |answer| {
            let task: Task = answer.member("operation_log")?;
            if task.id == id {
                Ok(task)
            } else {
                Err(answer.invalid_response("it is about another task"))
            }
        })
        .await
    }

    /// Lists tasks, reads all pages and checks the filter again.
    ///
    /// `GET /v3/{project_id}/operation-logs`.
    ///
    /// # Errors
    /// Any [`ApiError`]; a list that does not end, or repeats itself, is [`ApiError::Decode`].
    pub async fn list_tasks(&self, filter: &TaskFilter) -> Result<Vec<Task>, ApiError> {
        self.list_matching(TASKS, filter.path(), filter.limit, |task| filter.matches(task))
            .await
    }
}
