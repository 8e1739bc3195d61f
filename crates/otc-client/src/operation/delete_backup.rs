//! Deletes a backup and waits until it is gone.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::csbs::{ApiError, CheckpointItem, ItemKey, Lookup, Status, with_retry_deadline};

use super::{Backoff, OperationContext, until_stopped};

/// How long a deletion that the service has accepted may show no sign before it is asked for again.
const ACCEPTED_BUT_QUIET: Duration = Duration::from_secs(120);

/// How long a 404 that is not the service's own word must have been the answer for the item before the list is believed: a
/// fault on the way passes, and a list may hide what is being deleted.
const NOT_CONFIRMED_FOR: Duration = Duration::from_secs(60);

/// How many requests to delete may be answered with such a 404 before it is an error.
const ODD_ANSWERS: u32 = 2;

/// How long a last call at the very end may take.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// What is to be deleted.
#[derive(Debug, Clone)]
pub struct DeleteBackup {
    /// The checkpoint.
    pub checkpoint_id: String,
    /// Our item of it, where it is known.
    pub item_id: Option<String>,
    /// The server, which tells our item from others of the checkpoint when its ID is not known.
    pub server_id: Option<String>,
    /// How long it may take, with all waiting.
    pub timeout: Duration,
}

/// Why the backup is not gone, as far as is known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeleteError {
    /// A call failed.
    #[error(transparent)]
    Api(ApiError),
    /// A stop was asked for. When the deletion was accepted, it goes on in the cloud.
    #[error("stopped")]
    Stopped {
        /// Whether the service has accepted the deletion.
        accepted: bool,
    },
    /// The service says that the deletion failed.
    #[error("the deletion failed")]
    Failed(Box<CheckpointItem>),
    /// The checkpoint has several items and none is known to be ours.
    #[error("the checkpoint has several backups and none is known to be ours")]
    Ambiguous(Vec<CheckpointItem>),
    /// The time is over.
    #[error("the backup was not gone after {waited:?}")]
    TimedOut {
        /// How long was waited.
        waited: Duration,
        /// Whether the service has accepted the deletion.
        accepted: bool,
        /// Status at the last look.
        status: Option<Status>,
        /// Why the last call failed, when it did.
        last: Option<ApiError>,
    },
}

/// What a look saw.
enum Target {
    /// The service itself says that the backup does not exist.
    Gone,
    /// No list shows it, and its ID is not known, so that it cannot be asked for.
    NeverListed,
    There(Box<CheckpointItem>),
}

/// What became of a request to delete.
enum Sent {
    /// The service accepted it.
    Accepted,
    /// The service says that it knows no such backup.
    Gone,
    /// It has to be sent again later.
    Refused,
}

impl DeleteBackup {
    /// Deletes the backup and waits until it is gone; one that is gone already is fine.
    ///
    /// Of a checkpoint with several items only ours is deleted. The deletion is sent when the status allows it, and sent
    /// again only after a refusal, a lost answer, or when an accepted one shows no sign for two minutes.
    ///
    /// It is gone when the service says so about the very item: a read of it is answered with the service's own 404
    /// ([`ApiError::is_gone`]), or shows the status `deleted`. A list is never enough, because it may hide items that are being
    /// deleted. A 404 in another form counts when it has lasted for a minute and the whole list does not show the item either.
    /// An item whose ID the state does not have is learned from the checkpoint's list; where no list ever shows one, the request
    /// to delete is repeated until the service answers it with its own 404.
    ///
    /// # Errors
    /// [`DeleteError`]; a stop ends it within two seconds.
    pub async fn run(&self, service: &OperationContext, cancel: &CancellationToken) -> Result<(), DeleteError> {
        let mut task = Task {
            job: self,
            service,
            begin: Instant::now(),
            item_id: self.item_id.clone(),
            alone: false,
            accepted: None,
            going: false,
            unlisted: Backoff::polling(),
            not_confirmed_since: None,
            odd: 0,
            status: None,
            last: None,
        };
        match until_stopped(cancel, task.run()).await {
            Ok(result) => result,
            Err(_) => Err(DeleteError::Stopped {
                accepted: task.accepted.is_some(),
            }),
        }
    }
}

struct Task<'a> {
    job: &'a DeleteBackup,
    service: &'a OperationContext,
    begin: Instant,
    /// Our item, from the state or from a list.
    item_id: Option<String>,
    /// Whether it was the only backup of its checkpoint when that was last listed.
    alone: bool,
    /// When the service accepted the deletion.
    accepted: Option<Instant>,
    /// Whether it was seen being deleted.
    going: bool,
    /// When to look next at an item that lists do not show: each such look is a request of its own.
    unlisted: Backoff,
    /// Since when every read of the item was answered with a 404 that is not the service's own word.
    not_confirmed_since: Option<Instant>,
    /// How many requests to delete were answered with such a 404.
    odd: u32,
    status: Option<Status>,
    last: Option<ApiError>,
}

impl Task<'_> {
    async fn run(&mut self) -> Result<(), DeleteError> {
        let schedule = self.service.inventory.schedule();
        let mut busy = Backoff::busy();
        let mut may_send_at = self.begin;
        loop {
            let looked_at = Instant::now();
            let deadline = self.begin + self.job.timeout;
            let end = deadline.max(looked_at + LAST_LOOK);
            let Ok(look) = timeout_at(end, self.look()).await else {
                return Err(self.timed_out());
            };
            let mut rest = None;
            match look {
                Ok(Target::Gone) => {
                    info!(checkpoint_id = self.job.checkpoint_id, took = ?self.begin.elapsed(), "the backup is gone");
                    return Ok(());
                }
                Ok(Target::NeverListed) if looked_at < may_send_at => {}
                // Never listed is not gone: the service may have accepted the backup and not show it yet, or hide it while it is
                // deleted. What it says to this request tells.
                Ok(Target::NeverListed) => match self.send_until(end, None).await? {
                    Sent::Gone => return Ok(()),
                    Sent::Accepted | Sent::Refused => may_send_at = Instant::now() + self.pause(&mut busy),
                },
                Ok(Target::There(item)) => {
                    self.status = Some(item.status.clone());
                    if self.service.inventory.was_left_out(&item.id, looked_at) {
                        rest = Some(Instant::now() + self.unlisted.next_wait());
                    }
                    let quiet = self.accepted.is_some_and(|at| at.elapsed() < ACCEPTED_BUT_QUIET);
                    match &item.status {
                        Status::Deleted => return Ok(()),
                        Status::WaitingDelete | Status::Deleting => {
                            self.going = true;
                            self.accepted.get_or_insert(looked_at);
                        }
                        Status::Error if self.going => {
                            return Err(DeleteError::Failed(item));
                        }
                        Status::Available | Status::Error | Status::Unknown(_)
                            if !quiet && looked_at >= may_send_at =>
                        {
                            let only = (!self.alone).then_some(item.id.as_str());
                            match self.send_until(end, only).await? {
                                // The next look tells.
                                Sent::Accepted | Sent::Gone => {}
                                Sent::Refused => may_send_at = Instant::now() + self.pause(&mut busy),
                            }
                        }
                        _ => {}
                    }
                }
                Err(DeleteError::Api(error)) if can_pass(&error) || error.is_unconfirmed_not_found() => {
                    debug!(checkpoint_id = self.job.checkpoint_id, %error, "looking at the backup failed");
                    if !can_pass(&error) {
                        rest = Some(Instant::now() + self.unlisted.next_wait());
                    }
                    self.last = Some(error);
                }
                Err(error) => return Err(error),
            }
            if Instant::now() >= deadline {
                return Err(self.timed_out());
            }
            let next = schedule.next(self.accepted.unwrap_or(self.begin), Instant::now());
            tokio::time::sleep_until(rest.unwrap_or(next).max(next).min(deadline)).await;
        }
    }

    fn timed_out(&self) -> DeleteError {
        DeleteError::TimedOut {
            waited: self.begin.elapsed(),
            accepted: self.accepted.is_some(),
            status: self.status.clone(),
            last: self.last.clone(),
        }
    }

    /// How long to wait before the deletion is sent again.
    fn pause(&self, busy: &mut Backoff) -> Duration {
        let asked = self.last.as_ref().and_then(ApiError::retry_after);
        busy.next_wait().max(asked.unwrap_or_default())
    }

    /// Until the deletion is accepted, this looks at the whole checkpoint, because a deletion of it takes all its items; then at
    /// the item alone.
    async fn look(&mut self) -> Result<Target, DeleteError> {
        if self.accepted.is_none() || self.item_id.is_none() {
            let key = ItemKey::Checkpoint(self.job.checkpoint_id.clone());
            let look = self.service.inventory.look(key, Instant::now()).await;
            if let Lookup::Found(items) = look.map_err(DeleteError::Api)?
                && let Some(target) = self.ours(items)?
            {
                self.not_confirmed_since = None;
                return Ok(target);
            }
        }
        let Some(item_id) = self.item_id.clone() else {
            return Ok(Target::NeverListed);
        };
        self.look_at_item(&item_id).await.map_err(DeleteError::Api)
    }

    /// Our item among those of the checkpoint.
    fn ours(&mut self, items: Vec<CheckpointItem>) -> Result<Option<Target>, DeleteError> {
        let alone = items.len() == 1;
        let ours = items.iter().find(|item| match (&self.item_id, &self.job.server_id) {
            (Some(id), _) => item.id == *id,
            (None, Some(server)) => item.resource_id.as_ref() == Some(server),
            (None, None) => alone,
        });
        match ours {
            Some(item) => {
                self.item_id = Some(item.id.clone());
                self.alone = alone;
                Ok(Some(Target::There(Box::new(item.clone()))))
            }
            None if self.item_id.is_some() => Ok(None),
            None => Err(DeleteError::Ambiguous(items)),
        }
    }

    /// The service's word on the very item.
    async fn look_at_item(&mut self, item_id: &str) -> Result<Target, ApiError> {
        let inventory = &self.service.inventory;
        let look = match inventory.look_at_item(item_id, Instant::now()).await {
            Err(error) if error.is_unconfirmed_not_found() => {
                let since = *self.not_confirmed_since.get_or_insert_with(Instant::now);
                if since.elapsed() < NOT_CONFIRMED_FOR {
                    return Err(error);
                }
                // It has said so for long enough; now the whole list is asked as well.
                inventory.look(ItemKey::Item(item_id.to_owned()), Instant::now()).await
            }
            look => {
                self.not_confirmed_since = None;
                look
            }
        };
        Ok(match look? {
            Lookup::Absent => Target::Gone,
            Lookup::Found(items) => items
                .into_iter()
                .next()
                .map_or(Target::Gone, |item| Target::There(Box::new(item))),
        })
    }

    async fn send_until(&mut self, end: Instant, only: Option<&str>) -> Result<Sent, DeleteError> {
        match timeout_at(end, with_retry_deadline(end, self.send(only))).await {
            Ok(sent) => sent,
            Err(_) => Err(self.timed_out()),
        }
    }

    /// Sends the deletion.
    async fn send(&mut self, only: Option<&str>) -> Result<Sent, DeleteError> {
        let begin = Instant::now();
        let answer = self
            .service
            .client
            .delete_checkpoint(&self.job.checkpoint_id, only)
            .await;
        debug!(checkpoint_id = self.job.checkpoint_id, took = ?begin.elapsed(), "the delete was answered");
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
            Err(error) if error.is_unconfirmed_not_found() && self.odd < ODD_ANSWERS => {
                self.odd += 1;
                self.last = Some(error);
                Ok(Sent::Refused)
            }
            Err(error) if error.is_busy() || error.status() == Some(409) || can_pass(&error) => {
                info!(checkpoint_id = self.job.checkpoint_id, %error, "the backup cannot be deleted yet; waiting");
                self.last = Some(error);
                Ok(Sent::Refused)
            }
            Err(error) => Err(DeleteError::Api(error)),
        }
    }
}

fn can_pass(error: &ApiError) -> bool {
    error.is_transient() || error.may_have_taken_effect() || matches!(error, ApiError::Decode { .. })
}
