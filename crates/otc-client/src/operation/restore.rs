//! Restores a server's disks from a backup and waits until the restore has ended.

mod mapping;

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::csbs::{
    ApiError, Capability, CheckpointItem, ItemKey, Lookup, RestorableCheck, RestoreRequest, Server, Status,
    VolumeMapping,
};

use super::{
    OperationContext,
    restore_course::{self, Course, RestoreEnd, Sent},
    until_stopped,
    wait::{self, Look, Verdict, Wait},
};

pub(super) use mapping::{DiskBackup, map_disks};
pub use mapping::{MappingError, mapping};

/// A restore to run.
#[derive(Debug, Clone)]
pub struct RestoreBackup {
    /// The backup (checkpoint item).
    pub item_id: String,
    /// The server to restore to; the one that was backed up when `None`.
    pub server_id: Option<String>,
    /// Which disk backup goes to which disk; the original disks when empty.
    pub volumes: Vec<VolumeMapping>,
    /// Whether the server is started afterwards.
    pub power_on: bool,
    /// How long the whole restore may take.
    pub timeout: Duration,
}

/// The progress of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreProgress {
    /// The service has confirmed that the restore is possible.
    Checked {
        /// The target server.
        server_id: String,
        /// Number of disks that are written.
        disks: usize,
    },
    /// The service has accepted it.
    Started {
        /// The restore's ID, if the answer has one.
        restore_id: Option<String>,
    },
    /// The restore is running.
    Running {
        /// Status of the backup.
        status: Status,
        /// Percentage done, if known.
        percent: Option<i64>,
    },
}

/// The reason why a restore is not known to have succeeded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RestoreError {
    /// A call failed; nothing was restored.
    #[error(transparent)]
    Api(ApiError),
    /// The backup does not exist.
    #[error("the backup does not exist")]
    NotFound,
    /// The status of the backup does not allow a restore.
    #[error("the backup is {:?}", .0.status)]
    NotAvailable(Box<CheckpointItem>),
    /// The mapping of disk backups to disks is wrong.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The service refuses the restore.
    #[error("the service refuses the restore")]
    NotRestorable(Option<Capability>),
    /// The service did not answer before the timeout, so the request was not sent.
    #[error("no answer within {waited:?}; nothing was restored")]
    NotStarted {
        /// The time waited.
        waited: Duration,
    },
    /// The request got no answer, and no sign of a restore was seen.
    #[error("the request got no answer: {0}")]
    NoAnswer(ApiError),
    /// The service accepted the restore, and no sign of it was seen.
    #[error("no sign of the restore was seen")]
    NoSign,
    /// The restore failed.
    #[error("the restore failed")]
    Failed(Box<CheckpointItem>),
    /// The backup was deleted during the restore.
    #[error("the backup is gone")]
    Gone,
    /// The restore did not end before the timeout; it continues.
    #[error("the restore had not ended after {waited:?}")]
    TimedOut {
        /// The time waited.
        waited: Duration,
        /// Status at the last look.
        last: Option<Status>,
    },
    /// Reading the backup failed; the restore continues.
    #[error("the restore cannot be followed: {0}")]
    Lost(ApiError),
    /// A stop was requested.
    #[error("stopped")]
    Stopped {
        /// Whether the restore continues in the cloud; `None` when that is not known.
        started: Option<bool>,
    },
}

/// Receives the progress of a restore.
pub type OnRestore<'a> = &'a (dyn Fn(RestoreProgress) + Send + Sync);

impl RestoreBackup {
    /// Restores the disks and waits until the restore has ended. The request is sent once, whatever happens.
    ///
    /// # Errors
    /// [`RestoreError`]; a stop ends the wait within two seconds, and the restore continues.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        on_progress: OnRestore<'_>,
    ) -> Result<(), RestoreError> {
        let deadline = wait::deadline(Instant::now(), self.timeout);
        let not_started = |_| RestoreError::Stopped { started: Some(false) };
        let preparing = tokio::time::timeout(self.timeout, self.prepare(context, on_progress));
        let (before, request) = until_stopped(cancel, preparing)
            .await
            .map_err(not_started)?
            .map_err(|_| RestoreError::NotStarted { waited: self.timeout })??;
        let sent = restore_course::send(cancel, context.client.restore(&request)).await;
        let unanswered = match sent.map_err(|end| self.error(end))? {
            Sent::Accepted(restore) => {
                on_progress(RestoreProgress::Started { restore_id: restore.id });
                None
            }
            Sent::Unclear(error) => Some(error),
        };
        let course = Course::new(context, unanswered);
        let ended = self.wait(context, cancel, &before, course, deadline, on_progress).await;
        ended.map_err(|end| self.error(end))
    }

    /// Reads the backup and asks the service whether the restore is possible.
    async fn prepare(
        &self,
        context: &OperationContext,
        on_progress: OnRestore<'_>,
    ) -> Result<(CheckpointItem, RestoreRequest), RestoreError> {
        let item = self.look(context, Instant::now()).await.map_err(RestoreError::Api)?;
        let item = item.ok_or(RestoreError::NotFound)?;
        // The mapping needs the disks, which a list may leave out.
        let item = context.client.complete_checkpoint_item(item).await;
        let item = item.map_err(RestoreError::Api)?;
        if item.status != Status::Available && !item.restore_has_failed() {
            return Err(RestoreError::NotAvailable(Box::new(item)));
        }
        let (server_id, volumes) = mapping(&item, self.server_id.as_deref(), &self.volumes)?;
        let check = RestorableCheck {
            checkpoint_item_id: self.item_id.clone(),
            target: Server::new(server_id.clone()),
            volumes: volumes.clone(),
        };
        let answers = context.client.check_restorable(&[check]).await;
        let answers = answers.map_err(RestoreError::Api)?;
        match answers.into_iter().next() {
            Some(answer) if answer.result => {}
            refused => return Err(RestoreError::NotRestorable(refused)),
        }
        on_progress(RestoreProgress::Checked {
            server_id: server_id.clone(),
            disks: volumes.len(),
        });
        let request = RestoreRequest {
            checkpoint_id: item.checkpoint_id.clone().unwrap_or_default(),
            checkpoint_item_id: self.item_id.clone(),
            server_id,
            volumes,
            power_on: self.power_on,
            restore_target: None,
        };
        Ok((item, request))
    }

    /// Waits until the backup is available again. It is available before the restore begins, too, so the restore counts as done
    /// only when some sign of it was seen.
    async fn wait(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        before: &CheckpointItem,
        mut course: Course,
        deadline: Instant,
        on_progress: OnRestore<'_>,
    ) -> Result<(), RestoreEnd<Box<CheckpointItem>>> {
        let begin = course.begin();
        let pace = |now| context.schedule.next(begin, now);
        let look = |look: Look| self.look(context, look.began);
        let verdict = |look: Look, seen: Result<Option<CheckpointItem>, ApiError>| {
            let item = match seen {
                Ok(Some(item)) => item,
                Ok(None) => return Verdict::Fail(RestoreEnd::Gone),
                Err(error) => return course.look_failed(look, error),
            };
            course.look_succeeded(&item.status, item.updated_at != before.updated_at);
            let percent = item.extend_info.as_ref().and_then(|info| info.progress);
            if course.is_news(&item.status, percent) {
                on_progress(RestoreProgress::Running {
                    status: item.status.clone(),
                    percent,
                });
            }
            match item.status {
                // Without a sign, the status is still the one from before the restore.
                _ if !course.has_sign() && course.is_early() => Verdict::Continue,
                Status::Available => Verdict::Done(()),
                ref status if course.is_running(status, look) => Verdict::Continue,
                _ => Verdict::Fail(RestoreEnd::Failed(Box::new(item))),
            }
        };
        let result = Wait::until(deadline).or_stopped(cancel).run(pace, look, verdict).await;
        course.end(result)
    }

    fn error(&self, end: RestoreEnd<Box<CheckpointItem>>) -> RestoreError {
        match end {
            RestoreEnd::Refused(error) => RestoreError::Api(error),
            RestoreEnd::NoAnswer(error) => RestoreError::NoAnswer(error),
            RestoreEnd::NoSign => RestoreError::NoSign,
            RestoreEnd::Failed(item) => RestoreError::Failed(item),
            RestoreEnd::Gone => RestoreError::Gone,
            RestoreEnd::TimedOut(last) => RestoreError::TimedOut {
                waited: self.timeout,
                last,
            },
            RestoreEnd::Lost(error) => RestoreError::Lost(error),
            RestoreEnd::Stopped(started) => RestoreError::Stopped { started },
        }
    }

    async fn look(&self, context: &OperationContext, began: Instant) -> Result<Option<CheckpointItem>, ApiError> {
        let key = ItemKey::Item(self.item_id.clone());
        Ok(match context.inventory.look(key, began).await? {
            Lookup::Found(items) => items.into_iter().next(),
            Lookup::Absent => None,
        })
    }
}
