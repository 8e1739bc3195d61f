//! Deletes a backup in a vault, and waits until it is gone.

use std::time::Duration;

use tokio::{
    sync::Mutex as AsyncMutex,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::cbr::{ApiError, Backup, BackupStatus, RefusalReason, with_retry_deadline};

use super::{
    OperationContext,
    deletion::{Deletion, Next, Sent, Unfinished},
    wait::{self, Look, Verdict, Wait, WaitError},
};

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
    /// Images that were made from the backup exist. Nothing was deleted.
    #[error("images were made from the backup: {source}")]
    UsedByImages {
        /// The refusal.
        source: ApiError,
        /// The images that the last look has shown.
        image_ids: Vec<String>,
    },
    /// The vault is locked, and the backup is automatic. Nothing was deleted.
    #[error("the vault of the backup is locked: {source}")]
    LockedVault {
        /// The refusal.
        source: ApiError,
        /// The vault that the last look has shown.
        vault_id: Option<String>,
    },
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
        let step = AsyncMutex::new(Step {
            backup_id: &self.backup_id,
            context,
            deletion: Deletion::new(context, format!("backup {}", self.backup_id)),
        });
        let begin = step.lock().await.deletion.begin();
        let wait = Wait::until(wait::deadline(begin, self.timeout))
            .or_stopped(cancel)
            .looking_at_once();
        let pace = |now| context.schedule.next(begin, now);
        let look = async |look: Look| step.lock().await.run(look).await;
        let result = wait.run(pace, look, |_, verdict| verdict).await;
        let deletion = step.into_inner().deletion;
        result.map_err(|end| match end {
            WaitError::Failed(error) => error,
            WaitError::Stopped => DeleteVaultBackupError::Stopped {
                accepted: deletion.is_accepted(),
            },
            WaitError::TimedOut => deletion.unfinished().into(),
        })
    }
}

/// One look at the backup, and a delete request if it is time for one.
struct Step<'a> {
    backup_id: &'a str,
    context: &'a OperationContext,
    deletion: Deletion,
}

impl Step<'_> {
    async fn run(&mut self, look: Look) -> Verdict<(), DeleteVaultBackupError> {
        let inventory = &self.context.vault_backups;
        let backup = match self.deletion.look_at(inventory, self.backup_id).await {
            Ok(Some(backup)) => backup,
            Ok(None) => {
                self.deletion.log_gone();
                return Verdict::Done(());
            }
            Err(error) => {
                return match self.deletion.next_look_after(error) {
                    Ok(next) => Verdict::ContinueAt(next),
                    Err(error) => Verdict::Fail(DeleteVaultBackupError::Api(error)),
                };
            }
        };
        let is_unlisted = inventory.was_left_out(&backup.id, look.began);
        match self.deletion.next(&backup.status, look) {
            Next::Wait => {}
            Next::Failed => return Verdict::Fail(DeleteVaultBackupError::Failed(Box::new(backup))),
            Next::Send => match self.send_until(look.ends, backup).await {
                // The next look decides.
                Ok(Sent::Accepted | Sent::Gone) => {}
                Ok(Sent::Refused) => self.deletion.pause(),
                Err(error) => return Verdict::Fail(error),
            },
        }
        Verdict::ContinueAt(self.deletion.next_look(is_unlisted))
    }

    async fn send_until(&mut self, end: Instant, backup: Backup) -> Result<Sent, DeleteVaultBackupError> {
        let request = self.context.cbr.delete_backup(self.backup_id);
        match timeout_at(end, with_retry_deadline(end, request)).await {
            Ok(answer) => self.deletion.answered(answer).map_err(|error| refused(error, backup)),
            Err(_) => Err(self.deletion.unfinished().into()),
        }
    }
}

/// The error for a refusal. `backup` is as it was before the request.
fn refused(source: ApiError, backup: Backup) -> DeleteVaultBackupError {
    match source.refusal_reason() {
        Some(RefusalReason::UsedByImage) => DeleteVaultBackupError::UsedByImages {
            source,
            image_ids: backup.image_ids,
        },
        Some(RefusalReason::LockedVault) => DeleteVaultBackupError::LockedVault {
            source,
            vault_id: backup.vault_id,
        },
        _ => DeleteVaultBackupError::Api(source),
    }
}

impl From<Unfinished> for DeleteVaultBackupError {
    fn from(deletion: Unfinished) -> Self {
        Self::TimedOut {
            waited: deletion.waited,
            accepted: deletion.accepted,
            status: deletion.status,
            last: deletion.last,
        }
    }
}
