//! The request, progress and errors of a create.

use std::time::Duration;

use jiff::Timestamp;

use crate::cbr::{ApiError, Backup, BackupStatus, Checkpoint, CheckpointRequest, SkippedResource, Task, Vault};

/// A backup to create.
#[derive(Debug, Clone)]
pub struct CreateVaultBackup {
    /// The body of the request. It needs a name: a backup whose request got no answer is recognised by it.
    pub request: CheckpointRequest,
    /// Whether the task of the backup is read for its percentage, which costs all creates together a request every 20 seconds. It is
    /// always read when the log has the level "info", because the log shows it.
    pub reads_percentage: bool,
    /// How long the whole create may take.
    pub timeout: Duration,
}

/// The part of the backup that exists, whether the create succeeded or not.
#[derive(Debug, Clone, Default)]
pub struct VaultBackupProgress {
    /// The vault as it was before the request.
    pub vault: Option<Vault>,
    /// The checkpoint's ID, from the moment it is known.
    pub checkpoint_id: Option<String>,
    /// The service's answer to the request; `None` when no answer came and the backup was found in a list.
    pub checkpoint: Option<Checkpoint>,
    /// The backup as it was last read.
    pub backup: Option<Backup>,
    /// The task of the backup as it was last read: for the percentage, or for the reason of a failure.
    pub task: Option<Task>,
    /// Recent backups that existed before and equal the requested one, newest first: an interrupted run may have left one of
    /// them.
    pub earlier: Vec<Backup>,
    /// When the first request was sent, if it got no answer and a second one was sent: the service may carry out the first one late,
    /// and then make a second backup.
    pub sent_twice: Option<Timestamp>,
}

/// An answer which says that the server cannot be backed up now.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The service refused the request.
    Refused(ApiError),
    /// The service accepted the request, and does not back up the server.
    Skipped(SkippedResource),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(formatter),
            Self::Skipped(skipped) => write!(
                formatter,
                "the server was skipped ({}): {}",
                skipped.code.as_deref().unwrap_or("no code"),
                skipped.reason.as_deref().unwrap_or("no reason given")
            ),
        }
    }
}

/// The reason why the backup is not available. [`VaultBackupProgress`] has the part of it that exists nevertheless.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateVaultBackupError {
    /// A call failed; it created nothing.
    #[error("{step}: {source}")]
    Api {
        /// The step that failed.
        step: VaultStep,
        /// The failure.
        source: ApiError,
    },
    /// The vault does not exist. Nothing was requested.
    #[error("the vault does not exist")]
    VaultNotFound,
    /// The vault cannot take a backup of the server; see [`super::problem_of`]. Nothing was requested.
    #[error("vault {} cannot take a backup of the server", .0.id)]
    VaultRefused(Box<Vault>),
    /// The service accepted the request, and does not back up the server.
    #[error("the service does not back up the server")]
    Skipped(SkippedResource),
    /// The server was busy with another job until the timeout; nothing was created.
    #[error("the server was busy for {waited:?}: {last}")]
    Busy {
        /// The last refusal.
        last: Box<Refusal>,
        /// Backups of the server that were running, as far as is known.
        running: Vec<Backup>,
        /// The time waited.
        waited: Duration,
    },
    /// The service did not answer before the timeout, so the request was not sent. Nothing was created.
    #[error("{step}: no answer within {waited:?}")]
    NotStarted {
        /// The step that failed.
        step: VaultStep,
        /// The time waited.
        waited: Duration,
    },
    /// The request got no answer, and no backup that it created was found.
    #[error("the request got no answer: {source}")]
    NoAnswer {
        /// The failure of the request.
        source: ApiError,
        /// The time at which it was sent.
        sent_at: Timestamp,
        /// The failure of the last list, if it failed.
        look: Option<ApiError>,
    },
    /// The request got no answer, and several new backups could be the one that it created.
    #[error("the request got no answer, and several backups could be the one that it created: {source}")]
    Several {
        /// The failure of the request.
        source: ApiError,
        /// These backups.
        candidates: Vec<Backup>,
    },
    /// A stop was requested before the request was answered.
    #[error("stopped before the request was answered")]
    StoppedUnanswered {
        /// The time at which it was sent.
        sent_at: Timestamp,
    },
    /// A stop was requested. When [`VaultBackupProgress::checkpoint_id`] is known, the backup continues in the cloud.
    #[error("stopped")]
    Stopped,
    /// The service reports that the backup failed.
    #[error("the backup failed")]
    Failed,
    /// The service accepted the backup and does not list it.
    #[error("the service does not list the backup after {waited:?}")]
    NotShown {
        /// The time since the service accepted it.
        waited: Duration,
    },
    /// The backup was deleted, or is being deleted.
    #[error("the backup was deleted before it was available")]
    Removed,
    /// The backup has a status that this version does not know.
    #[error("the backup has the unknown status {0:?}")]
    UnknownStatus(BackupStatus),
    /// The backup was not available before the timeout.
    #[error("the backup was not available after {waited:?}")]
    TimedOut {
        /// The time waited.
        waited: Duration,
        /// The failure of the last look, if it failed.
        look: Option<ApiError>,
    },
}

/// A step of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultStep {
    /// Listing the earlier backups of the server.
    Lookup,
    /// Reading the vault.
    Vault,
    /// Starting the backup.
    Start,
    /// Waiting until the backup is available.
    Wait,
}

impl std::fmt::Display for VaultStep {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Lookup => "listing earlier backups",
            Self::Vault => "reading the vault",
            Self::Start => "starting the backup",
            Self::Wait => "waiting for the backup",
        })
    }
}
