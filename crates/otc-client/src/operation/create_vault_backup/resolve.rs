//! Finds the backup of a request that got no clear answer.

use tokio::time::{Instant, timeout, timeout_at};
use tracing::{info, warn};

use crate::{
    cbr::{ApiError, Backup},
    http::{Delivery, TransportError},
    operation::{
        Backoff,
        timing::{LOOK_AFTER_STOP, UNANSWERED_REQUEST_FOUND_WITHIN},
        wait::{Look, Verdict, Wait, WaitError},
    },
};

use super::{
    run::Run,
    start::SentRequest,
    types::{CreateVaultBackupError, VaultBackupProgress},
};

impl Run<'_> {
    /// Leaves the backup that the request has made in `progress`.
    pub(super) async fn resolve(
        &self,
        sent: &SentRequest,
        source: ApiError,
        progress: &mut VaultBackupProgress,
    ) -> Result<(), CreateVaultBackupError> {
        warn!(server_id = self.server_id(), %source, "no clear answer to the request; looking for its backup");
        let mut failure = None;
        let mut backoff = Backoff::polling();
        let deadline = Instant::now() + UNANSWERED_REQUEST_FOUND_WITHIN;
        let look = |look: Look| async move {
            // A look that is dropped at the end has failed, too.
            let backups = timeout_at(look.ends, self.context.vault_lister.backups_of(self.server_id())).await;
            backups.unwrap_or_else(|_| Err(no_answer()))
        };
        let verdict = |_: Look, seen: Result<Vec<Backup>, ApiError>| match seen {
            Ok(backups) => match self.only_candidate(sent, backups) {
                Ok(Some(backup)) => Verdict::Done(backup),
                Ok(None) => {
                    failure = None;
                    Verdict::Continue
                }
                Err(candidates) => Verdict::Fail(candidates),
            },
            Err(error) => {
                failure = Some(error);
                Verdict::Continue
            }
        };
        let wait = Wait::until(deadline).or_stopped(self.cancel).looking_at_once();
        match wait.run(|now| now + backoff.next_wait(), look, verdict).await {
            Ok(backup) => {
                self.adopt(backup, progress);
                Ok(())
            }
            Err(WaitError::Failed(candidates)) => Err(CreateVaultBackupError::Several { source, candidates }),
            Err(WaitError::Stopped) => self.look_once_more(sent, progress).await,
            Err(WaitError::TimedOut) => Err(CreateVaultBackupError::NoAnswer {
                source,
                sent_at: sent.at,
                look: failure,
            }),
        }
    }

    /// After a stop there is time for one look. The backup that it finds is in the state and continues in the cloud.
    pub(super) async fn look_once_more(
        &self,
        sent: &SentRequest,
        progress: &mut VaultBackupProgress,
    ) -> Result<(), CreateVaultBackupError> {
        let look = timeout(LOOK_AFTER_STOP, self.context.vault_lister.backups_of(self.server_id())).await;
        match look.map(|look| look.map(|backups| self.only_candidate(sent, backups))) {
            Ok(Ok(Ok(Some(backup)))) => {
                self.adopt(backup, progress);
                Err(CreateVaultBackupError::Stopped)
            }
            _ => Err(CreateVaultBackupError::StoppedUnanswered { sent_at: sent.at }),
        }
    }

    /// The one backup that the request can have made; the error lists all of several.
    fn only_candidate(&self, sent: &SentRequest, backups: Vec<Backup>) -> Result<Option<Backup>, Vec<Backup>> {
        let mut candidates: Vec<_> = backups
            .into_iter()
            .filter(|backup| self.can_be_of(sent, backup))
            .collect();
        if candidates.len() > 1 {
            return Err(candidates);
        }
        Ok(candidates.pop())
    }

    fn adopt(&self, backup: Backup, progress: &mut VaultBackupProgress) {
        info!(
            server_id = self.server_id(),
            backup_id = backup.id,
            "found the backup; it is adopted"
        );
        if let Some(checkpoint_id) = &backup.checkpoint_id {
            self.context.locks.record_created(self.server_id(), checkpoint_id);
        }
        progress.checkpoint_id.clone_from(&backup.checkpoint_id);
        progress.backup = Some(backup);
    }
}

/// The failure of a look that was dropped.
fn no_answer() -> ApiError {
    ApiError::Transport {
        operation: "list_backups",
        source: TransportError {
            delivery: Delivery::Unknown,
            message: "no answer came".to_owned(),
        },
        write: false,
    }
}
