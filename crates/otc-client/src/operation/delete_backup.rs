//! Deletes a backup and waits until it is gone.

use std::time::Duration;

use tokio::{
    sync::Mutex as AsyncMutex,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::csbs::{ApiError, CheckpointItem, ItemKey, Lookup, Status, with_retry_deadline};

use super::{
    Backoff, OperationContext,
    backup_status::may_pass,
    timing::{ACCEPTED_WITHOUT_SIGN, NOT_FOUND_LASTS},
    wait::{self, Look, Tolerance, Verdict, Wait, WaitError},
};

/// Number of delete requests that may be answered with a 404 that is not the service's own, before that is an error.
const MAX_UNCONFIRMED_ANSWERS: u32 = 2;

/// A backup to delete.
#[derive(Debug, Clone)]
pub struct DeleteBackup {
    /// The checkpoint.
    pub checkpoint_id: String,
    /// Our item of the checkpoint, where it is known.
    pub item_id: Option<String>,
    /// The server, which distinguishes our item from others of the checkpoint when its ID is not known.
    pub server_id: Option<String>,
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

/// The outcome of a delete request.
enum Sent {
    Accepted,
    /// The service says that it knows no such backup.
    Gone,
    /// The request has to be sent again later.
    Refused,
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
    /// repeated until the service answers it with its own 404.
    ///
    /// # Errors
    /// [`DeleteError`]; a stop ends the deletion within two seconds.
    pub async fn run(&self, context: &OperationContext, cancel: &CancellationToken) -> Result<(), DeleteError> {
        let begin = Instant::now();
        let task = AsyncMutex::new(Task {
            job: self,
            context,
            begin,
            item_id: self.item_id.clone(),
            is_only_item: false,
            accepted: None,
            is_being_deleted: false,
            send_not_before: begin,
            busy: Backoff::busy(),
            unlisted: Backoff::polling(),
            not_confirmed: Tolerance::of(NOT_FOUND_LASTS),
            unconfirmed_answers: 0,
            status: None,
            last: None,
        });
        let wait = Wait::until(wait::deadline(begin, self.timeout))
            .or_stopped(cancel)
            .looking_at_once();
        let pace = |now| context.schedule.next(begin, now);
        let look = async |look: Look| task.lock().await.step(look).await;
        let result = wait.run(pace, look, |_, verdict| verdict).await;
        let task = task.into_inner();
        result.map_err(|end| match end {
            WaitError::Failed(error) => error,
            WaitError::Stopped => DeleteError::Stopped {
                accepted: task.accepted.is_some(),
            },
            WaitError::TimedOut => task.timed_out(),
        })
    }
}

struct Task<'a> {
    job: &'a DeleteBackup,
    context: &'a OperationContext,
    begin: Instant,
    /// Our item, from the state or from a list.
    item_id: Option<String>,
    /// Whether our item was the only one of its checkpoint when that was last listed.
    is_only_item: bool,
    /// When the service accepted the deletion.
    accepted: Option<Instant>,
    /// Whether a look has shown that the item is being deleted.
    is_being_deleted: bool,
    send_not_before: Instant,
    /// The pauses between delete requests.
    busy: Backoff,
    /// The pauses between looks at an item that lists do not show: each such look is a request of its own.
    unlisted: Backoff,
    /// Reads of the item that are answered with a 404 that is not the service's own.
    not_confirmed: Tolerance,
    /// Number of delete requests that were answered with such a 404.
    unconfirmed_answers: u32,
    status: Option<Status>,
    last: Option<ApiError>,
}

impl Task<'_> {
    /// One look at the backup, and a delete request if it is time for one.
    async fn step(&mut self, look: Look) -> Verdict<(), DeleteError> {
        let target = match self.look().await {
            Ok(target) => target,
            Err(DeleteError::Api(error)) if may_pass(&error) || error.is_unconfirmed_not_found() => {
                debug!(checkpoint_id = self.job.checkpoint_id, %error, "looking at the backup failed");
                let is_unlisted = !may_pass(&error);
                self.last = Some(error);
                return self.look_again(is_unlisted);
            }
            Err(error) => return Verdict::Fail(error),
        };
        let item = match target {
            Target::Gone => {
                info!(checkpoint_id = self.job.checkpoint_id, took = ?self.begin.elapsed(), "the backup is gone");
                return Verdict::Done(());
            }
            // A backup that was never listed is not gone: the service may have accepted it and not list it yet, or hide it while
            // it is deleted. The answer to a delete request decides.
            Target::NeverListed => {
                if look.began >= self.send_not_before {
                    match self.send_until(look.ends, None).await {
                        Ok(Sent::Gone) => return Verdict::Done(()),
                        Ok(Sent::Accepted | Sent::Refused) => self.send_not_before = Instant::now() + self.pause(),
                        Err(error) => return Verdict::Fail(error),
                    }
                }
                return self.look_again(false);
            }
            Target::Exists(item) => item,
        };
        self.status = Some(item.status.clone());
        let is_unlisted = self.context.inventory.was_left_out(&item.id, look.began);
        let is_waiting_for_sign = self.accepted.is_some_and(|at| at.elapsed() < ACCEPTED_WITHOUT_SIGN);
        match &item.status {
            Status::Deleted => return Verdict::Done(()),
            Status::WaitingDelete | Status::Deleting => {
                self.is_being_deleted = true;
                self.accepted.get_or_insert(look.began);
            }
            Status::Error if self.is_being_deleted => return Verdict::Fail(DeleteError::Failed(item)),
            Status::Available | Status::Error | Status::Unknown(_)
                if !is_waiting_for_sign && look.began >= self.send_not_before =>
            {
                let only = (!self.is_only_item).then_some(item.id.as_str());
                match self.send_until(look.ends, only).await {
                    // The next look decides.
                    Ok(Sent::Accepted | Sent::Gone) => {}
                    Ok(Sent::Refused) => self.send_not_before = Instant::now() + self.pause(),
                    Err(error) => return Verdict::Fail(error),
                }
            }
            _ => {}
        }
        self.look_again(is_unlisted)
    }

    /// Looks again: the sooner, the shorter ago the deletion was accepted, and less often where each look is a request.
    fn look_again(&mut self, is_unlisted: bool) -> Verdict<(), DeleteError> {
        let now = Instant::now();
        let next = self.context.schedule.next(self.accepted.unwrap_or(self.begin), now);
        let least = if is_unlisted {
            now + self.unlisted.next_wait()
        } else {
            now
        };
        Verdict::ContinueAt(next.max(least))
    }

    fn timed_out(&self) -> DeleteError {
        DeleteError::TimedOut {
            waited: self.begin.elapsed(),
            accepted: self.accepted.is_some(),
            status: self.status.clone(),
            last: self.last.clone(),
        }
    }

    /// The time until the next delete request.
    fn pause(&mut self) -> Duration {
        let requested = self.last.as_ref().and_then(ApiError::retry_after);
        self.busy.next_wait().max(requested.unwrap_or_default())
    }

    /// Until the deletion is accepted, this looks at the whole checkpoint, because deleting the checkpoint deletes all its items;
    /// then at the item alone.
    async fn look(&mut self) -> Result<Target, DeleteError> {
        if self.accepted.is_none() || self.item_id.is_none() {
            let key = ItemKey::Checkpoint(self.job.checkpoint_id.clone());
            let look = self.context.inventory.look(key, Instant::now()).await;
            if let Lookup::Found(items) = look.map_err(DeleteError::Api)?
                && let Some(item) = self.our_item(items)?
            {
                self.not_confirmed.reset();
                return Ok(Target::Exists(Box::new(item)));
            }
        }
        let Some(item_id) = self.item_id.clone() else {
            return Ok(Target::NeverListed);
        };
        self.look_at_item(&item_id).await.map_err(DeleteError::Api)
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

    /// The service's own answer about the item.
    async fn look_at_item(&mut self, item_id: &str) -> Result<Target, ApiError> {
        let inventory = &self.context.inventory;
        let look = match inventory.look_at_item(item_id, Instant::now()).await {
            Err(error) if error.is_unconfirmed_not_found() => {
                if !self.not_confirmed.is_exceeded(Instant::now()) {
                    return Err(error);
                }
                // The answer has lasted for long enough; now the whole list is read as well.
                inventory.look(ItemKey::Item(item_id.to_owned()), Instant::now()).await
            }
            look => {
                self.not_confirmed.reset();
                look
            }
        };
        Ok(match look? {
            Lookup::Absent => Target::Gone,
            Lookup::Found(items) => items
                .into_iter()
                .next()
                .map_or(Target::Gone, |item| Target::Exists(Box::new(item))),
        })
    }

    async fn send_until(&mut self, end: Instant, only: Option<&str>) -> Result<Sent, DeleteError> {
        match timeout_at(end, with_retry_deadline(end, self.send(only))).await {
            Ok(sent) => sent,
            Err(_) => Err(self.timed_out()),
        }
    }

    /// Sends the delete request.
    async fn send(&mut self, only: Option<&str>) -> Result<Sent, DeleteError> {
        let begin = Instant::now();
        let answer = self
            .context
            .client
            .delete_checkpoint(&self.job.checkpoint_id, only)
            .await;
        debug!(checkpoint_id = self.job.checkpoint_id, took = ?begin.elapsed(), "the delete request was answered");
        match answer {
            Ok(()) => {
                info!(
                    checkpoint_id = self.job.checkpoint_id,
                    item_id = only,
                    "the deletion has been accepted"
                );
                self.accepted = Some(Instant::now());
                self.last = None;
                Ok(Sent::Accepted)
            }
            Err(error) if error.is_gone() => Ok(Sent::Gone),
            Err(error) if error.is_unconfirmed_not_found() && self.unconfirmed_answers < MAX_UNCONFIRMED_ANSWERS => {
                self.unconfirmed_answers += 1;
                self.last = Some(error);
                Ok(Sent::Refused)
            }
            Err(error) if error.is_busy() || error.status() == Some(409) || may_pass(&error) => {
                info!(checkpoint_id = self.job.checkpoint_id, %error, "the backup cannot be deleted yet; waiting");
                self.last = Some(error);
                Ok(Sent::Refused)
            }
            Err(error) => Err(DeleteError::Api(error)),
        }
    }
}
