//! Deletes a backup in a vault, and waits until it is gone.

use std::time::Duration;

use tokio::{
    sync::Mutex as AsyncMutex,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::cbr::{ApiError, Backup, BackupStatus, ItemKey, Lookup, with_retry_deadline};

use super::{
    Backoff, OperationContext,
    backup_status::may_pass,
    timing::{ACCEPTED_WITHOUT_SIGN, NOT_FOUND_LASTS},
    wait::{self, Look, Tolerance, Verdict, Wait, WaitError},
};

/// Number of delete requests that may be answered with a 404 that is not the service's own, or with [`TRY_AGAIN`], before that is an
/// error.
const MAX_TOLERATED_ANSWERS: u32 = 2;

/// The code of a backup that cannot be deleted now for no reason that the service gives.
const TRY_AGAIN: &str = "BackupService.6201";

/// A backup to delete.
#[derive(Debug, Clone)]
pub struct DeleteVaultBackup {
    /// The backup of a server.
    pub backup_id: String,
    /// How long the whole deletion may take.
    pub timeout: Duration,
}

/// The reason why the backup is not known to be gone.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeleteVaultBackupError {
    /// A call failed.
    #[error(transparent)]
    Api(ApiError),
    /// A stop was requested. A deletion that was accepted continues in the cloud.
    #[error("stopped")]
    Stopped {
        /// Whether the service has accepted the deletion.
        accepted: bool,
    },
    /// The service reports that the deletion failed.
    #[error("the deletion failed")]
    Failed(Box<Backup>),
    /// The backup was not gone before the timeout.
    #[error("the backup was not gone after {waited:?}")]
    TimedOut {
        /// The time waited.
        waited: Duration,
        /// Whether the service has accepted the deletion.
        accepted: bool,
        /// The status at the last look.
        status: Option<BackupStatus>,
        /// The failure of the last call, if it failed.
        last: Option<ApiError>,
    },
}

/// The outcome of a delete request.
enum Sent {
    Accepted,
    /// The service says that it knows no such backup.
    Gone,
    /// The request has to be sent again later.
    Refused,
}

impl DeleteVaultBackup {
    /// Deletes the backup and waits until it is gone; succeeds if it is gone already.
    ///
    /// The request is sent when the status allows it. It is sent again only after a refusal, after a lost answer, or when the backup
    /// has not changed for two minutes after it was accepted. The backup is gone when the service says so about this backup: a read
    /// of it is answered with the service's own 404. A 404 in another form counts when it has lasted for a minute and the whole list
    /// does not show the backup either.
    ///
    /// # Errors
    /// [`DeleteVaultBackupError`]; a stop ends the deletion within two seconds.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
    ) -> Result<(), DeleteVaultBackupError> {
        let begin = Instant::now();
        let deletion = AsyncMutex::new(Deletion {
            backup_id: &self.backup_id,
            context,
            begin,
            accepted: None,
            is_being_deleted: false,
            send_not_before: begin,
            busy: Backoff::busy(),
            unlisted: Backoff::polling(),
            not_confirmed: Tolerance::of(NOT_FOUND_LASTS),
            tolerated_answers: 0,
            status: None,
            last: None,
        });
        let wait = Wait::until(wait::deadline(begin, self.timeout))
            .or_stopped(cancel)
            .looking_at_once();
        let pace = |now| context.schedule.next(begin, now);
        let look = async |look: Look| deletion.lock().await.step(look).await;
        let result = wait.run(pace, look, |_, verdict| verdict).await;
        let deletion = deletion.into_inner();
        result.map_err(|end| match end {
            WaitError::Failed(error) => error,
            WaitError::Stopped => DeleteVaultBackupError::Stopped {
                accepted: deletion.accepted.is_some(),
            },
            WaitError::TimedOut => deletion.timed_out(),
        })
    }
}

struct Deletion<'a> {
    backup_id: &'a str,
    context: &'a OperationContext,
    begin: Instant,
    /// When the service accepted the deletion.
    accepted: Option<Instant>,
    /// Whether a look has shown that the backup is being deleted.
    is_being_deleted: bool,
    send_not_before: Instant,
    /// The pauses between delete requests.
    busy: Backoff,
    /// The pauses between looks at a backup that lists do not show: each such look is a request of its own.
    unlisted: Backoff,
    /// Reads of the backup that are answered with a 404 that is not the service's own.
    not_confirmed: Tolerance,
    /// Number of delete requests that were answered with such a 404 or with [`TRY_AGAIN`].
    tolerated_answers: u32,
    status: Option<BackupStatus>,
    last: Option<ApiError>,
}

impl Deletion<'_> {
    /// One look at the backup, and a delete request if it is time for one.
    async fn step(&mut self, look: Look) -> Verdict<(), DeleteVaultBackupError> {
        let backup = match self.look().await {
            Ok(Some(backup)) => backup,
            Ok(None) => {
                info!(backup_id = self.backup_id, took = ?self.begin.elapsed(), "the backup is gone");
                return Verdict::Done(());
            }
            Err(error) if may_pass(&error) || error.is_unconfirmed_not_found() => {
                debug!(backup_id = self.backup_id, %error, "looking at the backup failed");
                let is_unlisted = !may_pass(&error);
                self.last = Some(error);
                return self.look_again(is_unlisted);
            }
            Err(error) => return Verdict::Fail(DeleteVaultBackupError::Api(error)),
        };
        self.status = Some(backup.status.clone());
        let is_unlisted = self.context.vault_backups.was_left_out(&backup.id, look.began);
        let is_waiting_for_sign = self.accepted.is_some_and(|at| at.elapsed() < ACCEPTED_WITHOUT_SIGN);
        match &backup.status {
            BackupStatus::WaitingDelete | BackupStatus::Deleting => {
                self.is_being_deleted = true;
                self.accepted.get_or_insert(look.began);
            }
            BackupStatus::Error if self.is_being_deleted => {
                return Verdict::Fail(DeleteVaultBackupError::Failed(Box::new(backup)));
            }
            BackupStatus::Available | BackupStatus::Error | BackupStatus::Unknown(_)
                if !is_waiting_for_sign && look.began >= self.send_not_before =>
            {
                match self.send_until(look.ends).await {
                    // The next look decides.
                    Ok(Sent::Accepted | Sent::Gone) => {}
                    Ok(Sent::Refused) => self.send_not_before = Instant::now() + self.pause(),
                    Err(error) => return Verdict::Fail(error),
                }
            }
            _ => {}
        }
        self.look_again(is_unlisted)
    }

    /// Looks again: the sooner, the shorter ago the deletion was accepted, and less often where each look is a request.
    fn look_again(&mut self, is_unlisted: bool) -> Verdict<(), DeleteVaultBackupError> {
        let now = Instant::now();
        let next = self.context.schedule.next(self.accepted.unwrap_or(self.begin), now);
        let least = if is_unlisted {
            now + self.unlisted.next_wait()
        } else {
            now
        };
        Verdict::ContinueAt(next.max(least))
    }

    fn timed_out(&self) -> DeleteVaultBackupError {
        DeleteVaultBackupError::TimedOut {
            waited: self.begin.elapsed(),
            accepted: self.accepted.is_some(),
            status: self.status.clone(),
            last: self.last.clone(),
        }
    }

    /// The time until the next delete request.
    fn pause(&mut self) -> Duration {
        let requested = self.last.as_ref().and_then(ApiError::retry_after);
        self.busy.next_wait().max(requested.unwrap_or_default())
    }

    /// The service's own answer about the backup; `None` when it is gone.
    async fn look(&mut self) -> Result<Option<Backup>, ApiError> {
        let inventory = &self.context.vault_backups;
        let look = match inventory.look_at_item(self.backup_id, Instant::now()).await {
            Err(error) if error.is_unconfirmed_not_found() => {
                if !self.not_confirmed.is_exceeded(Instant::now()) {
                    return Err(error);
                }
                // The answer has lasted for long enough; now the whole list is read as well.
                let key = ItemKey::Item(self.backup_id.to_owned());
                inventory.look(key, Instant::now()).await
            }
            look => {
                self.not_confirmed.reset();
                look
            }
        };
        Ok(match look? {
            Lookup::Absent => None,
            Lookup::Found(backups) => backups.into_iter().next(),
        })
    }

    async fn send_until(&mut self, end: Instant) -> Result<Sent, DeleteVaultBackupError> {
        match timeout_at(end, with_retry_deadline(end, self.send())).await {
            Ok(sent) => sent,
            Err(_) => Err(self.timed_out()),
        }
    }

    /// Sends the delete request.
    async fn send(&mut self) -> Result<Sent, DeleteVaultBackupError> {
        match self.context.cbr.delete_backup(self.backup_id).await {
            Ok(()) => {
                info!(backup_id = self.backup_id, "the deletion has been accepted");
                self.accepted = Some(Instant::now());
                self.last = None;
                Ok(Sent::Accepted)
            }
            Err(error) if error.is_gone() => Ok(Sent::Gone),
            Err(error)
                if (error.is_unconfirmed_not_found() || error.code() == Some(TRY_AGAIN))
                    && self.tolerated_answers < MAX_TOLERATED_ANSWERS =>
            {
                self.tolerated_answers += 1;
                self.last = Some(error);
                Ok(Sent::Refused)
            }
            Err(error) if error.is_busy() || error.status() == Some(409) || may_pass(&error) => {
                info!(backup_id = self.backup_id, %error, "the backup cannot be deleted yet; waiting");
                self.last = Some(error);
                Ok(Sent::Refused)
            }
            Err(error) => Err(DeleteVaultBackupError::Api(error)),
        }
    }
}
