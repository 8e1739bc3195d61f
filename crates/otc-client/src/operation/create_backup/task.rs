//! The data that all steps of a create share.

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{csbs::CheckpointItem, operation::OperationContext};

use super::types::CreateBackup;

/// One run of a create.
pub(super) struct Task<'a> {
    pub job: &'a CreateBackup,
    pub context: &'a OperationContext,
    pub cancel: &'a CancellationToken,
    pub begin: Instant,
    pub deadline: Instant,
}

impl Task<'_> {
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// The time of day.
    pub(super) fn now(&self) -> Timestamp {
        self.context.client.session().clock().now()
    }

    /// Returns whether another create of this process has made the backup.
    pub(super) fn is_created_here(&self, item: &CheckpointItem) -> bool {
        item.checkpoint_id
            .as_deref()
            .is_some_and(|id| self.context.locks.is_created_here(&self.job.server_id, id))
    }
}
