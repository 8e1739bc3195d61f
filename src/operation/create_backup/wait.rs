//! From a checkpoint to an available backup.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tracing::{debug, info};

use crate::{
    api::{ApiError, CheckpointItem, ItemKey, Look, Status},
    operation::until_stopped,
};

use super::{CreateError, LAST_LOOK, Made, Step, Task};

/// How long the service may take to show a backup that it has accepted.
const SHOWN_WITHIN: Duration = Duration::from_secs(120);

/// How long a status that nobody knows is borne with: one odd answer must not cost the backup.
const UNKNOWN_FOR: Duration = Duration::from_secs(60);

/// Looks that begin so close to each other are one.
const TOGETHER: Duration = Duration::from_millis(100);

impl Task<'_> {
    /// Waits through every status of a backup in the making.
    pub(super) async fn wait_until_available(&self, made: &mut Made) -> Result<(), CreateError> {
        let accepted = Instant::now();
        let schedule = self.service.inventory.schedule();
        let mut unknown_since = None;
        let mut look_failed = None;
        loop {
            if let Some(item) = &made.item {
                match &item.status {
                    // Whoever restores from it already may do so because it is complete.
                    Status::Available | Status::WaitingRestore | Status::Restoring => {
                        info!(item_id = item.id, took = ?self.begin.elapsed(), "the backup is available");
                        return Ok(());
                    }
                    Status::Error => return Err(CreateError::Failed),
                    Status::WaitingDelete | Status::Deleting | Status::Deleted => return Err(CreateError::Removed),
                    Status::WaitingProtect | Status::Protecting => unknown_since = None,
                    status @ Status::Unknown(_) => {
                        let since = *unknown_since.get_or_insert_with(Instant::now);
                        if since.elapsed() >= UNKNOWN_FOR {
                            return Err(CreateError::UnknownStatus(status.clone()));
                        }
                    }
                }
            }
            if self.is_over() {
                return Err(CreateError::TimedOut {
                    waited: self.begin.elapsed(),
                    look: look_failed,
                });
            }
            let now = Instant::now();
            self.pause(schedule.next(accepted, now) - now).await?;
            match self.look(made, accepted, look_failed.as_ref()).await? {
                Ok(Some(item)) => {
                    look_failed = None;
                    progress(made.item.as_ref(), &item);
                    let first = made.item.is_none();
                    made.item = Some(item);
                    if first {
                        (self.begun)(made);
                    }
                }
                Ok(None) if made.item.is_some() => return Err(CreateError::Removed),
                Ok(None) if accepted.elapsed() >= SHOWN_WITHIN => {
                    return Err(CreateError::NotShown {
                        waited: accepted.elapsed(),
                    });
                }
                Ok(None) => look_failed = None,
                Err(source) if is_final(&source) => {
                    return Err(CreateError::Api {
                        step: Step::Wait,
                        source,
                    });
                }
                Err(source) => {
                    debug!(checkpoint_id = made.checkpoint_id, %source, "looking at the backup failed; trying again");
                    look_failed = Some(source);
                }
            }
        }
    }

    /// Our item of the checkpoint; `failed` is how the last look failed. All waits look at the same moments, give or take what a busy machine needs to wake them.
    async fn look(
        &self,
        made: &Made,
        accepted: Instant,
        failed: Option<&ApiError>,
    ) -> Result<Result<Option<CheckpointItem>, ApiError>, CreateError> {
        let key = match (&made.item, &made.checkpoint_id) {
            (Some(item), _) => ItemKey::Item(item.id.clone()),
            (None, Some(checkpoint_id)) => ItemKey::Checkpoint(checkpoint_id.clone()),
            (None, None) => return Ok(Ok(None)),
        };
        let now = Instant::now();
        let not_older_than = now.checked_sub(TOGETHER).unwrap_or(now).max(accepted);
        let look = self.service.inventory.look(key, not_older_than);
        let look = timeout_at(self.deadline.max(now + LAST_LOOK), look);
        let look = match until_stopped(self.cancel, look).await {
            Ok(Ok(look)) => look,
            Ok(Err(_)) => {
                return Err(CreateError::TimedOut {
                    waited: self.begin.elapsed(),
                    look: failed.cloned(),
                });
            }
            Err(_) => return Err(CreateError::Stopped),
        };
        Ok(look.map(|look| match look {
            Look::Found(items) => items
                .into_iter()
                .find(|item| item.resource_id.as_deref().is_none_or(|id| id == self.job.server_id)),
            Look::Absent => None,
        }))
    }
}

/// Whether looking again cannot help: we are not signed in, or not allowed to look.
fn is_final(error: &ApiError) -> bool {
    match error {
        ApiError::InvalidId { .. } => true,
        ApiError::Service(error) => matches!(error.status, 401 | 403),
        _ => false,
    }
}

fn progress(before: Option<&CheckpointItem>, now: &CheckpointItem) {
    let percent = |item: &CheckpointItem| item.extend_info.as_ref().and_then(|info| info.progress);
    let changed = before.is_none_or(|before| before.status != now.status || percent(before) != percent(now));
    if changed {
        info!(
            item_id = now.id,
            checkpoint_id = now.checkpoint_id,
            status = now.status.as_str(),
            percent = percent(now),
            "the backup is being made"
        );
    }
}
