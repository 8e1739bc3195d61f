//! The request, progress and errors of a create.

use std::time::Duration;

use jiff::Timestamp;

use crate::csbs::{ApiError, Capability, Checkpoint, CheckpointItem, ProtectRequest, Status};

/// A backup to create.
#[derive(Debug, Clone)]
pub struct CreateBackup {
    /// The server.
    pub server_id: String,
    /// The body of the protect action.
    pub request: ProtectRequest,
    /// How long the whole create may take.
    pub timeout: Duration,
}

/// The part of the backup that exists, whether the create succeeded or not.
#[derive(Debug, Clone, Default)]
pub struct CreateProgress {
    /// The checkpoint's ID, from the moment it is known.
    pub checkpoint_id: Option<String>,
    /// The service's answer to the protect action; `None` when no answer came and the backup was found in a list.
    pub checkpoint: Option<Checkpoint>,
    /// The backup as it was last read.
    pub item: Option<CheckpointItem>,
    /// Recent backups that existed before and equal the requested one, newest first: an interrupted run may have left one of
    /// them.
    pub earlier: Vec<CheckpointItem>,
}

/// The reason why the backup is not available. [`CreateProgress`] has the part of it that exists nevertheless.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateError {
    /// A call failed; it created nothing.
    #[error("{step}: {source}")]
    Api {
        /// The step that failed.
        step: Step,
        /// The failure.
        source: ApiError,
    },
    /// The server cannot be backed up.
    #[error("the server cannot be backed up")]
    NotProtectable(Capability),
    /// The server was busy with another job until the timeout; nothing was created.
    #[error("the server was busy for {waited:?}: {source}")]
    Busy {
        /// The last refusal.
        source: ApiError,
        /// Backups of the server that were running, as far as is known.
        running: Vec<CheckpointItem>,
        /// The time waited.
        waited: Duration,
    },
    /// The service did not answer before the timeout, so the protect action was not sent. Nothing was created.
    #[error("{step}: no answer within {waited:?}")]
    NotStarted {
        /// The step that failed.
        step: Step,
        /// The time waited.
        waited: Duration,
    },
    /// The protect action got no answer, and no backup that it created was found.
    #[error("the protect action got no answer: {source}")]
    NoAnswer {
        /// The failure of the request.
        source: ApiError,
        /// The time at which the action was sent.
        sent_at: Timestamp,
        /// The failure of the last list, if it failed.
        look: Option<ApiError>,
    },
    /// The protect action got no answer, and several new backups could be the one that it created.
    #[error("the protect action got no answer, and several backups could be the one that it created: {source}")]
    Several {
        /// The failure of the request.
        source: ApiError,
        /// These backups.
        candidates: Vec<CheckpointItem>,
    },
    /// A stop was requested before the protect action was answered.
    #[error("stopped before the protect action was answered")]
    StoppedUnanswered {
        /// The time at which the action was sent.
        sent_at: Timestamp,
    },
    /// A stop was requested. When [`CreateProgress::checkpoint_id`] is known, the backup continues in the cloud.
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
    UnknownStatus(Status),
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
pub enum Step {
    /// Listing the earlier backups of the server.
    Lookup,
    /// Checking that the server can be backed up.
    Check,
    /// Starting the backup.
    Protect,
    /// Waiting until the backup is available.
    Wait,
}

impl std::fmt::Display for Step {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Lookup => "listing earlier backups",
            Self::Check => "checking whether the server can be backed up",
            Self::Protect => "starting the backup",
            Self::Wait => "waiting for the backup",
        })
    }
}
