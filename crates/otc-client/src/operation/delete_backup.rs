//! Deletes a backup and waits until it is gone.

use std::time::Duration;

use tokio::{
    sync::Mutex as AsyncMutex,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::csbs::{ApiError, CheckpointItem, ItemKey, Lookup, Status, with_retry_deadline};

use super::{
    OperationContext,
    deletion::{Deletion, Next, Sent, Unfinished},
    timing::NEW_BACKUP_LISTED_WITHIN,
    wait::{self, Look, Verdict, Wait, WaitError},
};

/// A backup to delete.
#[derive(Debug, Clone)]
pub struct DeleteBackup {
    /// The checkpoint.
    pub checkpoint_id: String,
    /// Our item of the checkpoint, where it is known.
    pub item_id: Option<String>,
    /// The server, which distinguishes our item from others of the checkpoint when its ID is not known.
    pub server_id: Option<String>,
    /// The time since the service accepted the backup, if no answer has shown it yet.
    pub not_shown_for: Option<Duration>,
    /// How long the whole deletion may take.
    pub timeout: Duration,
}

/// The reason why the backup is not known to be gone.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeleteError {
    /// A call failed.
    #[error(transparent)]
    Api(ApiError),
    /// A stop was requested. A deletion that was accepted continues in the cloud.
    #[error("stopped")]
    Stopped {
        /// Whether the service has accepted the deletion.
        accepted: bool,
    },
    /// The service reports that the deletion failed.
    #[error("the deletion failed")]
    Failed(Box<CheckpointItem>),
    /// The checkpoint has several items and none is known to be ours.
    #[error("the checkpoint has several backups and none is known to be ours")]
    Ambiguous(Vec<CheckpointItem>),
    /// The backup was not gone before the timeout.
    #[error("the backup was not gone after {waited:?}")]
    TimedOut {
        /// The time waited.
        waited: Duration,
        /// Whether the service has accepted the deletion.
        accepted: bool,
        /// The status at the last look.
        status: Option<Status>,
        /// The failure of the last call, if it failed.
        last: Option<ApiError>,
    },
}

/// The result of a look.
enum Target {
    /// The service itself says that the backup does not exist.
    Gone,
    /// No list shows the backup, and it cannot be read because its ID is not known.
    NeverListed,
    Exists(Box<CheckpointItem>),
}

impl DeleteBackup {
    /// Deletes the backup and waits until it is gone; succeeds if it is gone already.
    ///
    /// Of a checkpoint with several items only ours is deleted. The request is sent when the status allows it. It is sent again
    /// only after a refusal, after a lost answer, or when the backup has not changed for two minutes after it was accepted.
    ///
    /// The backup is gone when the service says so about this item: a read of it is answered with the service's own 404
    /// ([`ApiError::is_gone`]), or shows the status `deleted`. A list is not enough, because it may hide items that are being
    /// deleted. A 404 in another form counts when it has lasted for a minute and the whole list does not show the item either.
    /// If the item's ID is not known, it is taken from the checkpoint's list. If no list shows an item, the delete request is
    /// repeated until the service answers it with its own 404, and for as long as a new backup may not be shown yet.
    ///
    /// # Errors
    /// [`DeleteError`]; a stop ends the deletion within two seconds.
    pub async fn run(&self, context: &OperationContext, cancel: &CancellationToken) -> Result<(), DeleteError> {
        let step = AsyncMutex::new(Step {
            job: self,
            context,
            item_id: self.item_id.clone(),
            is_only_item: false,
            shown_at: self
                .not_shown_for
                .map(|elapsed| Instant::now() + NEW_BACKUP_LISTED_WITHIN.saturating_sub(elapsed)),
            deletion: Deletion::new(context, format!("checkpoint {}", self.checkpoint_id)),
        });
        let begin = step.lock().await.deletion.begin();
        let wait = Wait::until(wait::deadline(begin, self.timeout))
            .or_stopped(cancel)
            .looking_at_once();
        let pace = |now| context.schedule.next(begin, now);
        let look = async |look: Look| step.lock().await.run(look).await;
        let result = wait.run(pace, look, |_, verdict| verdict).await;
        let deletion = step.into_inner().deletion;
        result.map_err(|end| match end {
            WaitError::Failed(error) => error,
            WaitError::Stopped => DeleteError::Stopped {
                accepted: deletion.is_accepted(),
            },
            WaitError::TimedOut => deletion.unfinished().into(),
        })
    }
}

/// One look at the backup, and a delete request if it is time for one.
struct Step<'a> {
    job: &'a DeleteBackup,
    context: &'a OperationContext,
    /// Our item, from the state or from a list.
    item_id: Option<String>,
    /// Whether our item was the only one of its checkpoint when that was last listed.
    is_only_item: bool,
    /// When the service shows the backup at the latest, if it has not shown it yet.
    shown_at: Option<Instant>,
    deletion: Deletion,
}

impl Step<'_> {
    async fn run(&mut self, look: Look) -> Verdict<(), DeleteError> {
        let item = match self.look().await {
            Ok(Target::Exists(item)) if item.status != Status::Deleted => item,
            Ok(Target::Exists(_) | Target::Gone) => {
                self.deletion.log_gone();
                return Verdict::Done(());
            }
            // A backup that was never listed is not gone: the service may have accepted it and not list it yet, or hide it while
            // it is deleted. The answer to a delete request decides.
            Ok(Target::NeverListed) => {
                if self.deletion.may_send(look) {
                    match self.send_until(look.ends, None).await {
                        // A backup that the service does not show yet can be neither read nor deleted.
                        Ok(Sent::Gone) if self.deletion.is_accepted() || !self.may_not_be_shown_yet(look) => {
                            return Verdict::Done(());
                        }
                        Ok(Sent::Accepted | Sent::Refused | Sent::Gone) => self.deletion.pause(),
                        Err(error) => return Verdict::Fail(error),
                    }
                }
                return Verdict::ContinueAt(self.deletion.next_look(false));
            }
            Err(DeleteError::Api(error)) => {
                return match self.deletion.next_look_after(error) {
                    Ok(next) => Verdict::ContinueAt(next),
                    Err(error) => Verdict::Fail(DeleteError::Api(error)),
                };
            }
            Err(error) => return Verdict::Fail(error),
        };
        let is_unlisted = self.context.inventory.was_left_out(&item.id, look.began);
        match self.deletion.next(&item.status, look) {
            Next::Wait => {}
            Next::Failed => return Verdict::Fail(DeleteError::Failed(item)),
            Next::Send => {
                let only = (!self.is_only_item).then_some(item.id.as_str());
                match self.send_until(look.ends, only).await {
                    // The next look decides.
                    Ok(Sent::Accepted | Sent::Gone) => {}
                    Ok(Sent::Refused) => self.deletion.pause(),
                    Err(error) => return Verdict::Fail(error),
                }
            }
        }
        Verdict::ContinueAt(self.deletion.next_look(is_unlisted))
    }

    fn may_not_be_shown_yet(&self, look: Look) -> bool {
        self.shown_at.is_some_and(|at| look.began < at)
    }

    /// Until the deletion is accepted, this looks at the whole checkpoint, because deleting the checkpoint deletes all its items;
    /// then at the item alone.
    async fn look(&mut self) -> Result<Target, DeleteError> {
        if !self.deletion.is_accepted() || self.item_id.is_none() {
            let key = ItemKey::Checkpoint(self.job.checkpoint_id.clone());
            let look = self.context.inventory.look(key, Instant::now()).await;
            if let Lookup::Found(items) = look.map_err(DeleteError::Api)?
                && let Some(item) = self.our_item(items)?
            {
                self.deletion.note_listed();
                return Ok(Target::Exists(Box::new(item)));
            }
        }
        let Some(item_id) = self.item_id.clone() else {
            return Ok(Target::NeverListed);
        };
        let item = self.deletion.look_at(self.context.inventory.items(), &item_id).await;
        let item = item.map_err(DeleteError::Api)?;
        Ok(item.map_or(Target::Gone, |item| Target::Exists(Box::new(item))))
    }

    /// Our item among those of the checkpoint; `None` when its ID is known and not among them.
    fn our_item(&mut self, items: Vec<CheckpointItem>) -> Result<Option<CheckpointItem>, DeleteError> {
        let is_only_item = items.len() == 1;
        let ours = items.iter().find(|item| match (&self.item_id, &self.job.server_id) {
            (Some(id), _) => item.id == *id,
            (None, Some(server)) => item.resource_id.as_ref() == Some(server),
            (None, None) => is_only_item,
        });
        match ours {
            Some(item) => {
                self.item_id = Some(item.id.clone());
                self.is_only_item = is_only_item;
                Ok(Some(item.clone()))
            }
            None if self.item_id.is_some() => Ok(None),
            None => Err(DeleteError::Ambiguous(items)),
        }
    }

    async fn send_until(&mut self, end: Instant, only: Option<&str>) -> Result<Sent, DeleteError> {
        let begin = Instant::now();
        let checkpoint_id = &self.job.checkpoint_id;
        let request = self.context.client.delete_checkpoint(checkpoint_id, only);
        let answer = timeout_at(end, with_retry_deadline(end, request)).await;
        debug!(checkpoint_id, item_id = only, took = ?begin.elapsed(), "the delete request has ended");
        match answer {
            Ok(answer) => self.deletion.answered(answer).map_err(DeleteError::Api),
            Err(_) => Err(self.deletion.unfinished().into()),
        }
    }
}

impl From<Unfinished> for DeleteError {
    fn from(deletion: Unfinished) -> Self {
        Self::TimedOut {
            waited: deletion.waited,
            accepted: deletion.accepted,
            status: deletion.status,
            last: deletion.last,
        }
    }
}
