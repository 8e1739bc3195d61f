//! Waits for a backup that an earlier run has started and left unfinished.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::operation::{OperationContext, timing::UNKNOWN_STATUS, wait};

use super::{
    types::{CreateVaultBackupError, VaultBackupProgress},
    wait::VaultBackupWait,
};

/// A wait for a backup that exists already. Nothing is started.
#[derive(Debug, Clone)]
pub struct ResumeVaultBackup {
    /// The server.
    pub resource_id: String,
    /// The checkpoint, where it is known.
    pub checkpoint_id: Option<String>,
    /// The backup, when the service has shown it.
    pub backup_id: Option<String>,
    /// How long the wait may take.
    pub timeout: Duration,
}

impl ResumeVaultBackup {
    /// Waits until the backup is available. `progress` has what was seen of it, whatever the result.
    ///
    /// # Errors
    /// [`CreateVaultBackupError`], of the variants that follow an accepted request; a stop ends the wait within two seconds.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        progress: &mut VaultBackupProgress,
    ) -> Result<(), CreateVaultBackupError> {
        info!(
            checkpoint_id = self.checkpoint_id,
            backup_id = self.backup_id,
            "waiting for a backup that an earlier run has started"
        );
        progress.checkpoint_id.clone_from(&self.checkpoint_id);
        let begin = Instant::now();
        let wait = VaultBackupWait {
            context,
            cancel,
            server_id: &self.resource_id,
            backup_id: self.backup_id.as_deref(),
            begin,
            deadline: wait::deadline(begin, self.timeout),
            // The error of a resumed wait taints nothing: the state keeps the backup, and the next apply waits again.
            unknown_status_limit: Some(UNKNOWN_STATUS),
            reads_percentage: false,
            on_progress: &|_| {},
        };
        wait.until_available(progress).await
    }
}
