//! Backups that an interrupted run may have left in the cloud without a state that holds them.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::time::{Instant, timeout};
use tracing::debug;

use crate::{
    csbs::{CheckpointItem, ItemKey, Lookup, Status, parse_time},
    operation::{RequestFingerprint, timing::LAST_LOOK, until_stopped},
};

use super::{task::Task, types::CreateProgress};

/// Age up to which a backup is mentioned as one that an interrupted run may have left: a long weekend.
pub const RECENT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Number of such backups that are listed for the user.
pub const SHOWN: usize = 5;

impl Task<'_> {
    /// Leaves in `progress` the backups of `before` that an interrupted run of the same configuration may have made: recent ones
    /// with the configured name, description and tags that neither a schedule nor a create of this process has made. A backup
    /// whose tags could not be read is included.
    ///
    /// Without a configured name nothing distinguishes such a backup from the others of the server, so none is mentioned. The
    /// backup that this create replaces looks the same: Terraform does not say which one that is when it asks for the create.
    pub(super) fn note_earlier(
        &self,
        fingerprint: &RequestFingerprint,
        before: &[CheckpointItem],
        progress: &mut CreateProgress,
    ) {
        if self.job.request.backup_name.is_none() {
            return;
        }
        let mut earlier: Vec<_> = before
            .iter()
            .filter(|item| fingerprint.may_equal_request(item) && self.is_recent(item))
            .filter(|item| !self.is_created_here(item) && !is_being_deleted(item))
            .cloned()
            .collect();
        earlier.sort_by(|a, b| b.created_at.cmp(&a.created_at));
        progress.earlier = earlier;
    }

    /// Removes those whose checkpoint has several backups, because only a policy run makes such a checkpoint. A backup that
    /// cannot be read stays, and so do those after the first [`SHOWN`].
    pub(super) async fn drop_policy_runs(&self, progress: &mut CreateProgress) {
        let looks = progress.earlier.iter().take(SHOWN).map(async |item| {
            let key = ItemKey::Checkpoint(item.checkpoint_id.clone()?);
            match self.context.inventory.look(key, Instant::now()).await {
                Ok(Lookup::Found(items)) if items.len() > 1 => Some(item.id.clone()),
                Ok(_) => None,
                Err(error) => {
                    debug!(item_id = item.id, %error, "reading an earlier backup failed");
                    None
                }
            }
        });
        let looks = timeout(LAST_LOOK, join_all(looks));
        let Ok(Ok(policy_runs)) = until_stopped(self.cancel, looks).await else {
            return;
        };
        progress
            .earlier
            .retain(|item| !policy_runs.iter().flatten().any(|id| *id == item.id));
    }

    fn is_recent(&self, item: &CheckpointItem) -> bool {
        let now = self.now();
        item.created_at
            .as_deref()
            .and_then(parse_time)
            .is_none_or(|made| now.duration_since(made) < RECENT)
    }
}

fn is_being_deleted(item: &CheckpointItem) -> bool {
    matches!(item.status, Status::WaitingDelete | Status::Deleting | Status::Deleted)
}
