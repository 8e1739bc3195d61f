//! Tasks ("operation logs"): one per operation and resource.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Failure, Span};

/// Kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaskKind {
    Backup,
    Delete,
    Restore,
    VaultDelete,
    RemoveResource,
}

impl TaskKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::VaultDelete => "vault_delete",
            Self::RemoveResource => "remove_resource",
        }
    }
}

/// Status of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Not started.
    Waiting,
    /// Running.
    Running,
    /// Finished.
    Success,
    /// Failed.
    Failed,
    /// Given up.
    Timeout,
    /// Not done.
    Skipped,
}

impl TaskStatus {
    /// Returns the API's name of the status.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Skipped => "skipped",
        }
    }

    /// Returns the status with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }
}

/// Task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub id: String,
    pub kind: TaskKind,
    pub status: TaskStatus,
    pub project_id: String,
    pub vault_id: String,
    pub vault_name: String,
    pub checkpoint_id: Option<String>,
    /// ID, type and name of the resource.
    pub resource: Option<(String, String, String)>,
    /// ID and name of the backup.
    pub backup: Option<(String, String)>,
    pub incremental: Option<bool>,
    /// ID and name of the server that a restore writes to.
    pub target: Option<(String, String)>,
    /// Number of removed resources or deleted vaults.
    pub total_count: usize,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub failure: Option<Failure>,
    /// Time span of the work.
    pub work: Option<Span>,
    pub progress: u8,
}

impl Task {
    /// Creates a task that has not started.
    pub(crate) fn waiting(id: String, kind: TaskKind, project_id: String, now: Timestamp) -> Self {
        Self {
            id,
            kind,
            status: TaskStatus::Waiting,
            project_id,
            vault_id: String::new(),
            vault_name: String::new(),
            checkpoint_id: None,
            resource: None,
            backup: None,
            incremental: None,
            target: None,
            total_count: 0,
            created_at: now,
            started_at: None,
            updated_at: now,
            ended_at: None,
            failure: None,
            work: None,
            progress: 0,
        }
    }

    /// Returns the progress at `now`, in percent. 100 is reserved for a finished task.
    pub(crate) fn progress(&self, now: Timestamp) -> u8 {
        match (self.status, self.work) {
            (TaskStatus::Running, Some(span)) => {
                let whole = span.until.duration_since(span.from).as_secs_f64();
                let done = now.duration_since(span.from).as_secs_f64();
                if whole > 0.0 {
                    (done / whole * 100.0).clamp(0.0, 99.0) as u8
                } else {
                    99
                }
            }
            _ => self.progress,
        }
    }

    /// Starts the work.
    pub(crate) fn start(&mut self, span: Span) {
        self.status = TaskStatus::Running;
        self.started_at = Some(span.from);
        self.updated_at = span.from;
        self.work = Some(span);
    }

    /// Ends the work.
    pub(crate) fn finish(&mut self, at: Timestamp, failure: Option<Failure>) {
        self.progress = if failure.is_some() { 34 } else { 100 };
        self.status = if failure.is_some() {
            TaskStatus::Failed
        } else {
            TaskStatus::Success
        };
        self.failure = failure;
        self.ended_at = Some(at);
        self.updated_at = at;
        self.work = None;
    }
}
