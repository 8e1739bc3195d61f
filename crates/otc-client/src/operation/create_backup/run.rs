//! Runs a create from its first look to the available backup.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::operation::{OperationContext, wait};

use super::{
    task::Task,
    types::{CreateBackup, CreateError, CreateProgress},
    wait::BackupWait,
};

impl CreateBackup {
    /// Creates the backup and waits until it is available. `progress` has the part of it that exists, whatever the result.
    ///
    /// The protect action is sent again only after a refusal, which says that the service did not carry it out. When no answer
    /// comes, the backup is looked for; see [`crate::operation::RequestFingerprint`] for how it is recognized.
    ///
    /// Calls `on_progress` as soon as something exists, and again whenever the backup's status or percentage has changed.
    ///
    /// # Errors
    /// [`CreateError`]; a stop ends it within two seconds.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        progress: &mut CreateProgress,
        on_progress: &(dyn Fn(&CreateProgress) + Send + Sync),
    ) -> Result<(), CreateError> {
        let begin = Instant::now();
        let task = Task {
            job: self,
            context,
            cancel,
            begin,
            deadline: wait::deadline(begin, self.timeout),
        };
        task.start(progress).await?;
        on_progress(progress);
        task.drop_policy_runs(progress).await;
        let wait = BackupWait {
            context,
            cancel,
            server_id: &self.server_id,
            item_id: None,
            begin,
            deadline: task.deadline,
            // An error would taint the backup, and an unknown status is no reason to replace it.
            unknown_status_limit: None,
            on_progress,
        };
        wait.until_available(progress).await
    }
}
