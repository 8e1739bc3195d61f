//! Makes a backup of one server: asks whether it can be done, sends the protect action once, waits until it is available.

mod earlier;
mod resolve;
mod resume;
mod sparse;
mod start;
mod wait;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::csbs::{ApiError, Capability, Checkpoint, CheckpointItem, ProtectRequest, Status};

use super::OperationContext;

pub use earlier::{RECENT, SHOWN};
pub use resume::ResumeBackup;

/// How long a last look at the very end may take.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// What is to be made.
#[derive(Debug, Clone)]
pub struct CreateBackup {
    /// The server.
    pub server_id: String,
    /// What to ask for.
    pub request: ProtectRequest,
    /// How long it may take, with all waiting.
    pub timeout: Duration,
}

/// What exists, whether the create came to its end or not.
#[derive(Debug, Clone, Default)]
pub struct CreateProgress {
    /// The checkpoint's ID, from the moment it is known.
    pub checkpoint_id: Option<String>,
    /// The service's answer to the protect action; `None` when no answer came and the backup was found by looking.
    pub checkpoint: Option<Checkpoint>,
    /// The backup as it was seen last.
    pub item: Option<CheckpointItem>,
    /// Recent backups that existed before and look like the one that was asked for, newest first: an interrupted run may have
    /// left one of them.
    pub earlier: Vec<CheckpointItem>,
}

/// Why no available backup came of it. What exists nevertheless is in [`CreateProgress`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateError {
    /// A call failed; nothing was made by it.
    #[error("{step}: {source}")]
    Api {
        /// What was being done.
        step: Step,
        /// The failure.
        source: ApiError,
    },
    /// The server cannot be backed up.
    #[error("the server cannot be backed up")]
    NotProtectable(Capability),
    /// Another job held the server until the time was over; nothing was made.
    #[error("the server was busy for {waited:?}: {source}")]
    Busy {
        /// The last refusal.
        source: ApiError,
        /// Backups of the server that were running, as far as they could be seen.
        running: Vec<CheckpointItem>,
        /// How long was waited.
        waited: Duration,
    },
    /// The time was over before the protect action was sent: the service did not answer. Nothing was made.
    #[error("{step}: no answer within {waited:?}")]
    NotStarted {
        /// What was being done.
        step: Step,
        /// How long was waited.
        waited: Duration,
    },
    /// No answer to the protect action came, and no backup of it could be found.
    #[error("no answer came to the protect action: {source}")]
    NoAnswer {
        /// What came instead of an answer.
        source: ApiError,
        /// When the action was sent.
        sent_at: Timestamp,
        /// Why looking failed, when it did.
        look: Option<ApiError>,
    },
    /// No answer to the protect action came, and several new backups look like it.
    #[error("no answer came to the protect action, and several backups look like it: {source}")]
    Several {
        /// What came instead of an answer.
        source: ApiError,
        /// The backups that look like it.
        candidates: Vec<CheckpointItem>,
    },
    /// A stop was asked for while the protect action was under way and unanswered.
    #[error("stopped before an answer to the protect action came")]
    StoppedUnanswered {
        /// When the action was sent.
        sent_at: Timestamp,
    },
    /// A stop was asked for. When [`CreateProgress::checkpoint_id`] is known, the backup continues in the cloud.
    #[error("stopped")]
    Stopped,
    /// The service says that the backup failed.
    #[error("the backup failed")]
    Failed,
    /// The service accepted the backup, and does not show it.
    #[error("the service does not show the backup after {waited:?}")]
    NotShown {
        /// How long was waited for it.
        waited: Duration,
    },
    /// The backup was there and is gone or being deleted.
    #[error("the backup was deleted while it was waited for")]
    Removed,
    /// The backup is in a status that this version does not know.
    #[error("the backup is in the unknown status {0:?}")]
    UnknownStatus(Status),
    /// The time is over.
    #[error("the backup was not available after {waited:?}")]
    TimedOut {
        /// How long was waited.
        waited: Duration,
        /// Why looking failed last, when it did.
        look: Option<ApiError>,
    },
}

/// A step of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Looking for what is there already.
    Lookup,
    /// Asking whether the server can be backed up.
    Check,
    /// Starting the backup.
    Protect,
    /// Waiting for its end.
    Wait,
}

impl std::fmt::Display for Step {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Lookup => "looking for earlier backups",
            Self::Check => "asking whether the server can be backed up",
            Self::Protect => "starting the backup",
            Self::Wait => "waiting for the backup",
        })
    }
}

impl CreateBackup {
    /// Makes the backup and waits until it is available. `made` says what exists, whatever the result.
    ///
    /// The protect action is sent again only when the service said, by refusing it, that it did not carry it out. When no
    /// answer came, the backup is looked for; see [`super::RequestFingerprint`] for how it is recognized.
    ///
    /// Calls `on_progress` as soon as something exists, and again when more of it is known.
    ///
    /// # Errors
    /// [`CreateError`]; a stop ends it within two seconds.
    pub async fn run(
        &self,
        service: &OperationContext,
        cancel: &CancellationToken,
        made: &mut CreateProgress,
        on_progress: &(dyn Fn(&CreateProgress) + Send + Sync),
    ) -> Result<(), CreateError> {
        let begin = Instant::now();
        let task = Task {
            job: self,
            service,
            cancel,
            begin,
            deadline: begin + self.timeout,
        };
        task.start(made).await?;
        on_progress(made);
        task.drop_policy_runs(made).await;
        let wait = wait::Wait {
            service,
            cancel,
            server_id: &self.server_id,
            item_id: None,
            begin,
            deadline: task.deadline,
            // An error would taint the backup, and a status that this version does not know is no reason to replace it.
            unknown_for: None,
            begun: on_progress,
        };
        wait.until_available(made).await
    }
}

/// One run of a create.
struct Task<'a> {
    job: &'a CreateBackup,
    service: &'a OperationContext,
    cancel: &'a CancellationToken,
    begin: Instant,
    deadline: Instant,
}

impl Task<'_> {
    fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }
}

/// Sleeps, but not past the deadline.
async fn pause(cancel: &CancellationToken, wait: Duration, deadline: Instant) -> Result<(), CreateError> {
    let until = (Instant::now() + wait).min(deadline);
    super::until_stopped(cancel, tokio::time::sleep_until(until))
        .await
        .map_err(|_| CreateError::Stopped)
}
