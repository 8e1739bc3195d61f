//! Runs a create from its first look to the available backup.

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    cbr::Backup,
    operation::{OperationContext, wait},
};

use super::{
    types::{CreateVaultBackup, CreateVaultBackupError, VaultBackupProgress},
    wait::VaultBackupWait,
};

/// One run of a create.
pub(super) struct Run<'a> {
    pub job: &'a CreateVaultBackup,
    pub context: &'a OperationContext,
    pub cancel: &'a CancellationToken,
    pub begin: Instant,
    pub deadline: Instant,
}

impl CreateVaultBackup {
    /// Creates the backup and waits until it is available. `progress` has the part of it that exists, whatever the result.
    ///
    /// The request is sent again after a refusal, which says that the service did not carry it out. When no answer comes, the
    /// backup is looked for: it is new, is of this server, was not made by a policy, and has the name and description of the
    /// request. The request is sent once more only if no list has shown the backup for a minute and the tasks show none either.
    ///
    /// Calls `on_progress` as soon as something exists, and again whenever the backup's status or percentage has changed.
    ///
    /// # Errors
    /// [`CreateVaultBackupError`]; a stop ends it within two seconds.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        progress: &mut VaultBackupProgress,
        on_progress: &(dyn Fn(&VaultBackupProgress) + Send + Sync),
    ) -> Result<(), CreateVaultBackupError> {
        let begin = Instant::now();
        let run = Run {
            job: self,
            context,
            cancel,
            begin,
            deadline: wait::deadline(begin, self.timeout),
        };
        Box::pin(run.start(progress)).await?;
        on_progress(progress);
        let wait = VaultBackupWait {
            context,
            cancel,
            server_id: &self.request.resource_id,
            backup_id: None,
            begin,
            deadline: run.deadline,
            // An error would taint the backup, and an unknown status is no reason to replace it.
            unknown_status_limit: None,
            reads_percentage: self.reads_percentage,
            on_progress,
        };
        wait.until_available(progress).await
    }
}

impl Run<'_> {
    pub(super) fn server_id(&self) -> &str {
        &self.job.request.resource_id
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// The time of day.
    pub(super) fn now(&self) -> Timestamp {
        self.context.cbr.session().clock().now()
    }

    /// Returns whether another create of this process has made the backup.
    pub(super) fn is_created_here(&self, backup: &Backup) -> bool {
        let checkpoint_id = backup.checkpoint_id.as_deref();
        checkpoint_id.is_some_and(|id| self.context.locks.is_created_here(self.server_id(), id))
    }
}
