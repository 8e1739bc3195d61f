//! Reads parts of backups that a list left out.

use tokio::time::{Instant, timeout_at};
use tracing::debug;

use crate::{
    csbs::{ApiError, CheckpointItem, TagKind},
    operation::{RequestFingerprint, timing::LAST_LOOK, until_stopped},
};

use super::{task::Task, types::CreateProgress, wait::BackupWait};

/// Number of backups whose tags are read, the newest ones; each costs a request.
const MAX_TAG_READS: usize = 10;

impl Task<'_> {
    /// Reads the tags of those backups that the request may have made, where the list left the tags out.
    pub(super) async fn read_tags(
        &self,
        fingerprint: &RequestFingerprint,
        items: &mut [CheckpointItem],
    ) -> Result<(), ApiError> {
        let unclear = items
            .iter_mut()
            .filter(|item| fingerprint.needs_tags(item) && !self.is_created_here(item));
        for item in unclear.take(MAX_TAG_READS) {
            match self.context.client.list_tags(TagKind::Backup, &item.id).await {
                Ok(tags) => item.tags = Some(tags),
                Err(error) if error.is_gone() => debug!(item_id = item.id, "deleted before its tags were read"),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Does the same for the backups that existed before. Only a warning depends on these tags, so a failure is logged.
    pub(super) async fn read_tags_of_earlier(&self, before: &mut [CheckpointItem]) {
        if self.job.request.backup_name.is_none() {
            return;
        }
        let fingerprint = RequestFingerprint::new(&self.job.server_id, &self.job.request, &[], self.now());
        let look = timeout_at(self.deadline, self.read_tags(&fingerprint, before));
        if let Ok(Ok(Err(error))) = until_stopped(self.cancel, look).await {
            debug!(server_id = self.job.server_id, %error, "tags of earlier backups could not be read");
        }
    }
}

impl BackupWait<'_> {
    /// Reads the finished backup by its ID if the list left out its time or disks. Without an answer it stays as it is, and the
    /// next refresh reads it.
    pub(super) async fn read_left_out_parts(&self, progress: &mut CreateProgress) {
        let Some(item) = progress.item.clone() else { return };
        let read = self.context.client.complete_checkpoint_item(item);
        let read = timeout_at(self.deadline.max(Instant::now() + LAST_LOOK), read);
        match until_stopped(self.cancel, read).await {
            Ok(Ok(Ok(item))) => progress.item = Some(item),
            Ok(Ok(Err(error))) => debug!(%error, "the finished backup could not be read by its ID"),
            Ok(Err(_)) | Err(_) => {}
        }
    }
}
