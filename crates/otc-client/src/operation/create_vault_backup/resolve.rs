//! Finds the backup of a request that got no clear answer.

use tracing::{info, warn};

use crate::{
    cbr::{ApiError, Backup},
    operation::lost_answer::{self, NotFound},
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
        let list = || self.context.vault_lister.backups_of(self.server_id());
        match lost_answer::find(self.cancel, "list_backups", list, |backups| {
            self.candidate(sent, backups)
        })
        .await
        {
            Ok(backup) => {
                self.adopt(backup, progress);
                Ok(())
            }
            Err(NotFound::Several(candidates)) => Err(CreateVaultBackupError::Several { source, candidates }),
            Err(NotFound::Stopped) => self.look_once_more(sent, progress).await,
            Err(NotFound::NotListed(look)) => Err(CreateVaultBackupError::NoAnswer {
                source,
                sent_at: sent.at,
                look,
            }),
        }
    }

    /// After a stop there is time for one look. The backup that it finds is in the state and continues in the cloud.
    pub(super) async fn look_once_more(
        &self,
        sent: &SentRequest,
        progress: &mut VaultBackupProgress,
    ) -> Result<(), CreateVaultBackupError> {
        let list = self.context.vault_lister.backups_of(self.server_id());
        match lost_answer::find_after_stop(list, |backups| self.candidate(sent, backups)).await {
            Some(backup) => {
                self.adopt(backup, progress);
                Err(CreateVaultBackupError::Stopped)
            }
            None => Err(CreateVaultBackupError::StoppedUnanswered { sent_at: sent.at }),
        }
    }

    /// The one backup that the request can have made; the error lists all of several.
    fn candidate(&self, sent: &SentRequest, backups: Vec<Backup>) -> Result<Option<Backup>, Vec<Backup>> {
        lost_answer::only_candidate(backups, |backup| self.can_be_of(sent, backup))
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
