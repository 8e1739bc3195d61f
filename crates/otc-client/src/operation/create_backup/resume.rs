//! Waits for a backup that an earlier run has started and left unfinished.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::operation::{OperationContext, timing::UNKNOWN_STATUS, wait};

use super::{
    types::{CreateError, CreateProgress},
    wait::BackupWait,
};

/// A wait for a backup that exists already. Nothing is started.
#[derive(Debug, Clone)]
pub struct ResumeBackup {
    /// The server.
    pub server_id: String,
    /// The checkpoint, where it is known.
    pub checkpoint_id: Option<String>,
    /// The item, when the service has shown it.
    pub item_id: Option<String>,
    /// How long the wait may take.
    pub timeout: Duration,
}

impl ResumeBackup {
    /// Waits until the backup is available. `progress` has what was seen of it, whatever the result.
    ///
    /// # Errors
    /// [`CreateError`], of the variants that follow an accepted protect action; a stop ends the wait within two seconds.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        progress: &mut CreateProgress,
    ) -> Result<(), CreateError> {
        info!(
            checkpoint_id = self.checkpoint_id,
            item_id = self.item_id,
            "waiting for a backup that an earlier run has started"
        );
        progress.checkpoint_id.clone_from(&self.checkpoint_id);
        let begin = Instant::now();
        let wait = BackupWait {
            context,
            cancel,
            server_id: &self.server_id,
            item_id: self.item_id.as_deref(),
            begin,
            deadline: wait::deadline(begin, self.timeout),
            // Unlike the error of a create, the error of a resumed wait taints nothing: the state keeps the backup, and the next
            // apply waits again.
            unknown_status_limit: Some(UNKNOWN_STATUS),
            on_progress: &|_| {},
        };
        wait.until_available(progress).await
    }
}
