//! From a checkpoint to an available backup.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::{
    csbs::{ApiError, CheckpointItem, ItemKey, Lookup, Status},
    operation::{OperationContext, until_stopped},
};

use super::{CreateError, CreateProgress, LAST_LOOK, Step};

/// How long the service may take to show a backup that it has accepted.
const SHOWN_WITHIN: Duration = Duration::from_secs(120);

/// Looks that begin so close to each other are one.
const TOGETHER: Duration = Duration::from_millis(100);

/// A wait for one backup that the service has accepted.
pub(super) struct Wait<'a> {
    pub service: &'a OperationContext,
    pub cancel: &'a CancellationToken,
    /// The server, which distinguishes our item from others of the checkpoint.
    pub server_id: &'a str,
    /// The item's ID, when the service has shown the item in an earlier run.
    pub item_id: Option<&'a str>,
    /// When the operation began.
    pub begin: Instant,
    /// When it has to end.
    pub deadline: Instant,
    /// How long an unknown status is tolerated; as long as any unfinished one when `None`.
    pub unknown_for: Option<Duration>,
    /// Called when the service shows the item for the first time.
    pub begun: &'a (dyn Fn(&CreateProgress) + Send + Sync),
}

impl Wait<'_> {
    /// Waits through every status of a backup that is being made.
    pub(super) async fn until_available(&self, made: &mut CreateProgress) -> Result<(), CreateError> {
        let result = self.run(made).await;
        // A refresh by this process may take what was read for others meanwhile, but nothing older than what is known here.
        let ids = [made.item.as_ref().map(|item| &item.id), made.checkpoint_id.as_ref()];
        self.service
            .client
            .outdate(&ids.into_iter().flatten().cloned().collect::<Vec<_>>());
        result
    }

    async fn run(&self, made: &mut CreateProgress) -> Result<(), CreateError> {
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
                        self.complete(made).await;
                        return Ok(());
                    }
                    Status::Error => return Err(CreateError::Failed),
                    Status::WaitingDelete | Status::Deleting | Status::Deleted => return Err(CreateError::Removed),
                    Status::WaitingProtect | Status::Protecting => unknown_since = None,
                    status @ Status::Unknown(_) => {
                        let since = *unknown_since.get_or_insert_with(Instant::now);
                        if self.unknown_for.is_some_and(|limit| since.elapsed() >= limit) {
                            return Err(CreateError::UnknownStatus(status.clone()));
                        }
                    }
                }
            }
            if Instant::now() >= self.deadline {
                return Err(CreateError::TimedOut {
                    waited: self.begin.elapsed(),
                    look: look_failed,
                });
            }
            let now = Instant::now();
            super::pause(self.cancel, schedule.next(accepted, now) - now, self.deadline).await?;
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
                Ok(None) if made.item.is_some() || self.item_id.is_some() => return Err(CreateError::Removed),
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

    /// Our item of the checkpoint; `failed` is how the last look failed. All waits look at the same moments, give or take
    /// what a busy machine needs to wake them.
    async fn look(
        &self,
        made: &CreateProgress,
        accepted: Instant,
        failed: Option<&ApiError>,
    ) -> Result<Result<Option<CheckpointItem>, ApiError>, CreateError> {
        let item_id = made.item.as_ref().map(|item| item.id.as_str()).or(self.item_id);
        let key = match (item_id, &made.checkpoint_id) {
            (Some(id), _) => ItemKey::Item(id.to_owned()),
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
            Lookup::Found(items) => items
                .into_iter()
                .find(|item| item_id.is_some() || item.resource_id.as_deref().is_none_or(|id| id == self.server_id)),
            Lookup::Absent => None,
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
