//! Backups that an interrupted run may have left in the cloud without a state that holds them.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::time::{Instant, timeout};
use tracing::debug;

use crate::{
    csbs::{CheckpointItem, ItemKey, Lookup, Status, parse_time},
    operation::{RequestFingerprint, until_stopped},
};

use super::{CreateProgress, LAST_LOOK, Task};

/// For how long after it was made a backup is mentioned as one that an interrupted run may have left: over a weekend.
pub const RECENT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How many of them are listed for the user.
pub const SHOWN: usize = 5;

impl Task<'_> {
    /// Leaves in `made` the backups of `before` that an interrupted run of the same configuration may have made: with the
    /// configured name, and the same description and tags, made recently, by no schedule, and by no create of this process. One
    /// whose tags could not be read is among them.
    ///
    /// Without a configured name nothing distinguishes such a backup from any other of the server, so none is mentioned. The
    /// backup that this create replaces looks the same: Terraform does not say which one that is when it asks for the create.
    pub(super) fn note_earlier(
        &self,
        fingerprint: &RequestFingerprint,
        before: &[CheckpointItem],
        made: &mut CreateProgress,
    ) {
        if self.job.request.backup_name.is_none() {
            return;
        }
        let mut earlier: Vec<_> = before
            .iter()
            .filter(|item| fingerprint.may_resemble(item) && self.is_recent(item))
            .filter(|item| !self.is_claimed(item) && !is_being_deleted(item))
            .cloned()
            .collect();
        earlier.sort_by(|a, b| b.created_at.cmp(&a.created_at));
        made.earlier = earlier;
    }

    /// Takes out those whose checkpoint has several backups: only the run of a policy makes such a checkpoint. One that cannot
    /// be looked at stays, and so do those after the first [`SHOWN`].
    pub(super) async fn drop_policy_runs(&self, made: &mut CreateProgress) {
        let looks = made.earlier.iter().take(SHOWN).map(async |item| {
            let key = ItemKey::Checkpoint(item.checkpoint_id.clone()?);
            match self.service.inventory.look(key, Instant::now()).await {
                Ok(Lookup::Found(items)) if items.len() > 1 => Some(item.id.clone()),
                Ok(_) => None,
                Err(error) => {
                    debug!(item_id = item.id, %error, "looking at an earlier backup failed");
                    None
                }
            }
        });
        let looks = timeout(LAST_LOOK, join_all(looks));
        let Ok(Ok(policy_runs)) = until_stopped(self.cancel, looks).await else {
            return;
        };
        made.earlier
            .retain(|item| !policy_runs.iter().flatten().any(|id| *id == item.id));
    }

    fn is_recent(&self, item: &CheckpointItem) -> bool {
        let now = self.service.client.session().clock().now();
        item.created_at
            .as_deref()
            .and_then(parse_time)
            .is_none_or(|made| now.duration_since(made) < RECENT)
    }
}

fn is_being_deleted(item: &CheckpointItem) -> bool {
    matches!(item.status, Status::WaitingDelete | Status::Deleting | Status::Deleted)
}
