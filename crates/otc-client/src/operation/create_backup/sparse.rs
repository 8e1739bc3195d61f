//! Reads what a list of backups left out.

use tokio::time::{Instant, timeout_at};
use tracing::debug;

use crate::{
    csbs::{ApiError, CheckpointItem, TagKind},
    operation::{RequestFingerprint, until_stopped},
};

use super::{CreateProgress, LAST_LOOK, Task, wait::Wait};

/// Of so many backups at most the tags are read, the newest ones: a request each.
const MOST: usize = 10;

impl Task<'_> {
    /// Reads the tags of those backups that may be the one that was asked for, where the list left the tags out.
    pub(super) async fn fill_in_tags(
        &self,
        fingerprint: &RequestFingerprint,
        items: &mut [CheckpointItem],
    ) -> Result<(), ApiError> {
        let unclear = items
            .iter_mut()
            .filter(|item| fingerprint.needs_tags(item) && !self.is_claimed(item));
        for item in unclear.take(MOST) {
            match self.service.client.list_tags(TagKind::Backup, &item.id).await {
                Ok(tags) => item.tags = Some(tags),
                Err(error) if error.is_gone() => debug!(item_id = item.id, "deleted before its tags were read"),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Does the same for the backups that existed before. Only what is said of earlier backups depends on it, so a failure is not one of the create.
    pub(super) async fn fill_in_tags_of_earlier(&self, before: &mut [CheckpointItem]) {
        if self.job.request.backup_name.is_none() {
            return;
        }
        let now = self.service.client.session().clock().now();
        let fingerprint = RequestFingerprint::new(&self.job.server_id, &self.job.request, &[], now);
        let look = timeout_at(self.deadline, self.fill_in_tags(&fingerprint, before));
        if let Ok(Ok(Err(error))) = until_stopped(self.cancel, look).await {
            debug!(server_id = self.job.server_id, %error, "tags of earlier backups could not be read");
        }
    }
}

impl Wait<'_> {
    /// Reads the finished backup alone if its list left out its time or disks. Without an answer it stays as it is: the next
    /// refresh reads it.
    pub(super) async fn complete(&self, made: &mut CreateProgress) {
        let Some(item) = made.item.clone() else { return };
        let read = self.service.client.complete_checkpoint_item(item);
        let read = timeout_at(self.deadline.max(Instant::now() + LAST_LOOK), read);
        match until_stopped(self.cancel, read).await {
            Ok(Ok(Ok(item))) => made.item = Some(item),
            Ok(Ok(Err(error))) => debug!(%error, "the finished backup could not be read alone"),
            Ok(Err(_)) | Err(_) => {}
        }
    }
}
