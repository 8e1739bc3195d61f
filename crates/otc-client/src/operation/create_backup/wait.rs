//! Waits until a backup that the service has accepted is available.

use std::{sync::OnceLock, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::{
    csbs::{ApiError, CheckpointItem, ItemKey, Lookup},
    operation::{
        OperationContext,
        backup_status::{NotAvailable, is_permanent, judge},
        timing::{NEW_BACKUP_LISTED_WITHIN, SAME_MOMENT, UNKNOWN_STATUS_LOOKS},
        wait::{Look, Tolerance, Verdict, Wait, WaitError},
    },
};

use super::types::{CreateError, CreateProgress, Step};

/// A wait for one backup.
pub(super) struct BackupWait<'a> {
    pub context: &'a OperationContext,
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
    pub unknown_status_limit: Option<Duration>,
    /// Called when the item's status or percentage has changed, and when the service shows it for the first time.
    pub on_progress: &'a (dyn Fn(&CreateProgress) + Send + Sync),
}

impl BackupWait<'_> {
    /// Waits through every status of a backup that is being made.
    pub(super) async fn until_available(&self, progress: &mut CreateProgress) -> Result<(), CreateError> {
        let result = self.run(progress).await;
        // A later refresh by this process may use what was read for others meanwhile, but nothing older than what is known here.
        let ids = [
            progress.item.as_ref().map(|item| &item.id),
            progress.checkpoint_id.as_ref(),
        ];
        let ids: Vec<_> = ids.into_iter().flatten().cloned().collect();
        self.context.client.invalidate(&ids);
        result
    }

    async fn run(&self, progress: &mut CreateProgress) -> Result<(), CreateError> {
        let accepted = Instant::now();
        let mut unknown = self
            .unknown_status_limit
            .map(|limit| Tolerance::of(limit).and_looks(UNKNOWN_STATUS_LOOKS));
        let mut failure = None;
        let waited = match self.known(progress, &mut unknown) {
            Verdict::Done(()) => Ok(()),
            Verdict::Fail(error) => Err(WaitError::Failed(error)),
            _ if accepted >= self.deadline => Err(WaitError::TimedOut),
            _ => {
                // The item is looked at by its ID as soon as that is known.
                let shown_id = OnceLock::new();
                if let Some(id) = progress.item.as_ref().map(|item| item.id.as_str()).or(self.item_id) {
                    let _ = shown_id.set(id.to_owned());
                }
                let checkpoint_id = progress.checkpoint_id.clone();
                let pace = |now| self.context.schedule.next(accepted, now);
                let look = |look: Look| self.look(shown_id.get(), checkpoint_id.as_ref(), accepted, look.began);
                let verdict = |look: Look, seen| match seen {
                    Ok(Some(item)) => {
                        failure = None;
                        let is_news = log_progress(progress.item.as_ref(), &item);
                        let verdict = judge(&item.status, &mut unknown, look.began).map_err(CreateError::from);
                        let _ = shown_id.set(item.id.clone());
                        progress.item = Some(item);
                        if is_news {
                            (self.on_progress)(progress);
                        }
                        verdict
                    }
                    Ok(None) if shown_id.get().is_some() => Verdict::Fail(CreateError::Removed),
                    Ok(None) if accepted.elapsed() >= NEW_BACKUP_LISTED_WITHIN => {
                        Verdict::Fail(CreateError::NotShown {
                            waited: accepted.elapsed(),
                        })
                    }
                    Ok(None) => {
                        failure = None;
                        Verdict::Continue
                    }
                    Err(source) if is_permanent(&source) => Verdict::Fail(CreateError::Api {
                        step: Step::Wait,
                        source,
                    }),
                    Err(source) => {
                        debug!(checkpoint_id, %source, "looking at the backup failed; trying again");
                        failure = Some(source);
                        Verdict::Continue
                    }
                };
                Wait::until(self.deadline)
                    .or_stopped(self.cancel)
                    .run(pace, look, verdict)
                    .await
            }
        };
        match waited {
            Ok(()) => {
                let item_id = progress.item.as_ref().map(|item| item.id.as_str());
                info!(item_id, took = ?self.begin.elapsed(), "the backup is available");
                self.read_left_out_parts(progress).await;
                Ok(())
            }
            Err(WaitError::Failed(error)) => Err(error),
            Err(WaitError::Stopped) => Err(CreateError::Stopped),
            Err(WaitError::TimedOut) => Err(CreateError::TimedOut {
                waited: self.begin.elapsed(),
                look: failure,
            }),
        }
    }

    /// The verdict on a backup that was found by looking for it, before any further look.
    fn known(&self, progress: &CreateProgress, unknown: &mut Option<Tolerance>) -> Verdict<(), CreateError> {
        match &progress.item {
            Some(item) => judge(&item.status, unknown, Instant::now()).map_err(CreateError::from),
            None => Verdict::Continue,
        }
    }

    /// Our item of the checkpoint. All waits look at the same moments and share the answer.
    async fn look(
        &self,
        item_id: Option<&String>,
        checkpoint_id: Option<&String>,
        accepted: Instant,
        began: Instant,
    ) -> Result<Option<CheckpointItem>, ApiError> {
        let key = match (item_id, checkpoint_id) {
            (Some(id), _) => ItemKey::Item(id.clone()),
            (None, Some(id)) => ItemKey::Checkpoint(id.clone()),
            (None, None) => return Ok(None),
        };
        let not_older_than = began.checked_sub(SAME_MOMENT).unwrap_or(began).max(accepted);
        Ok(match self.context.inventory.look(key, not_older_than).await? {
            Lookup::Found(items) => items
                .into_iter()
                .find(|item| item_id.is_some() || item.resource_id.as_deref().is_none_or(|id| id == self.server_id)),
            Lookup::Absent => None,
        })
    }
}

/// Logs a new status or percentage. Returns `true` if there is one.
fn log_progress(before: Option<&CheckpointItem>, now: &CheckpointItem) -> bool {
    let percent = |item: &CheckpointItem| item.extend_info.as_ref().and_then(|info| info.progress);
    let changed = before.is_none_or(|before| before.status != now.status || percent(before) != percent(now));
    if changed {
        info!(
            item_id = now.id,
            checkpoint_id = now.checkpoint_id,
            status = now.status.as_str(),
            percent = percent(now),
            "backup progress"
        );
    }
    changed
}

impl From<NotAvailable> for CreateError {
    fn from(reason: NotAvailable) -> Self {
        match reason {
            NotAvailable::Failed => Self::Failed,
            NotAvailable::Removed => Self::Removed,
            NotAvailable::UnknownStatus(status) => Self::UnknownStatus(status),
        }
    }
}
