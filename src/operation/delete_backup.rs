//! Deletes a backup and waits until it is gone.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::api::{ApiError, CheckpointItem, ItemKey, Look, Status, not_repeated_after};

use super::{Pace, Service, until_stopped};

/// How long a deletion that the service has accepted may show no sign before it is asked for again.
const ACCEPTED_BUT_QUIET: Duration = Duration::from_secs(120);

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

enum Target {
    Gone,
    There { item: Box<CheckpointItem>, alone: bool },
}

impl DeleteBackup {
    /// Deletes the backup and waits until it is gone; one that is gone already is fine.
    ///
    /// Of a checkpoint with several items only ours is deleted. The deletion is sent when the status allows it, and sent
    /// again only after a refusal, a lost answer, or when an accepted one shows no sign for two minutes.
    ///
    /// # Errors
    /// [`DeleteError`]; a stop ends it within two seconds.
    pub async fn run(&self, service: &Service, cancel: &CancellationToken) -> Result<(), DeleteError> {
        let mut task = Task {
            job: self,
            service,
            begin: Instant::now(),
            accepted: None,
            going: false,
            asked: false,
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
    service: &'a Service,
    begin: Instant,
    /// When the service accepted the deletion.
    accepted: Option<Instant>,
    /// Whether it was seen being deleted.
    going: bool,
    /// Whether the deletion was sent.
    asked: bool,
    status: Option<Status>,
    last: Option<ApiError>,
}

impl Task<'_> {
    async fn run(&mut self) -> Result<(), DeleteError> {
        let schedule = self.service.inventory.schedule();
        let mut busy = Pace::busy();
        let mut may_send_at = self.begin;
        loop {
            let looked_at = Instant::now();
            let deadline = self.begin + self.job.timeout;
            let Ok(look) = timeout_at(deadline.max(looked_at + LAST_LOOK), self.look()).await else {
                return Err(self.timed_out());
            };
            match look {
                Ok(Target::Gone) if self.job.item_id.is_none() && !self.asked => {
                    // Never seen is not gone: the service may have accepted the backup and not show it yet.
                    if self.send(None).await? {
                        return Ok(());
                    }
                }
                Ok(Target::Gone) => {
                    info!(checkpoint_id = self.job.checkpoint_id, took = ?self.begin.elapsed(), "the backup is gone");
                    return Ok(());
                }
                Ok(Target::There { item, alone }) => {
                    self.status = Some(item.status.clone());
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
                            let end = deadline.max(looked_at + LAST_LOOK);
                            let sending = not_repeated_after(end, self.send((!alone).then_some(item.id.as_str())));
                            let Ok(sent) = timeout_at(end, sending).await else {
                                return Err(self.timed_out());
                            };
                            let sent = sent?;
                            if !sent {
                                let asked = self.last.as_ref().and_then(ApiError::retry_after);
                                may_send_at = Instant::now() + busy.next_wait().max(asked.unwrap_or_default());
                            }
                        }
                        _ => {}
                    }
                }
                Err(DeleteError::Api(error)) if can_pass(&error) => {
                    debug!(checkpoint_id = self.job.checkpoint_id, %error, "looking at the backup failed");
                    self.last = Some(error);
                }
                Err(error) => return Err(error),
            }
            if Instant::now() >= deadline {
                return Err(self.timed_out());
            }
            let next = schedule.next(self.accepted.unwrap_or(self.begin), Instant::now());
            tokio::time::sleep_until(next.min(deadline)).await;
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

    /// Looks at the whole checkpoint, because a deletion of it takes all its items.
    async fn look(&self) -> Result<Target, DeleteError> {
        let key = ItemKey::Checkpoint(self.job.checkpoint_id.clone());
        let look = self.service.inventory.look(key, Instant::now()).await;
        let items = match look.map_err(DeleteError::Api)? {
            Look::Absent => return self.confirm().await,
            Look::Found(items) => items,
        };
        let alone = items.len() == 1;
        let ours = items
            .iter()
            .find(|item| match (&self.job.item_id, &self.job.server_id) {
                (Some(id), _) => item.id == *id,
                (None, Some(server)) => item.resource_id.as_ref() == Some(server),
                (None, None) => alone,
            });
        match ours {
            Some(item) => Ok(Target::There {
                item: Box::new(item.clone()),
                alone,
            }),
            None if self.job.item_id.is_some() => self.confirm().await,
            None => Err(DeleteError::Ambiguous(items)),
        }
    }

    /// A list without the backup is no proof that it is gone: one odd answer would lose it. Before a deletion was accepted,
    /// only the service's word on the very item counts.
    async fn confirm(&self) -> Result<Target, DeleteError> {
        let Some(id) = self.job.item_id.as_ref().filter(|_| self.accepted.is_none()) else {
            return Ok(Target::Gone);
        };
        let look = self.service.inventory.look(ItemKey::Item(id.clone()), Instant::now());
        Ok(match look.await.map_err(DeleteError::Api)? {
            Look::Absent => Target::Gone,
            Look::Found(items) => items.into_iter().next().map_or(Target::Gone, |item| Target::There {
                item: Box::new(item),
                // What else the checkpoint holds is not known.
                alone: false,
            }),
        })
    }

    /// Sends the deletion; `false` when it has to be sent again later.
    async fn send(&mut self, only: Option<&str>) -> Result<bool, DeleteError> {
        self.asked = true;
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
                Ok(true)
            }
            // The next look tells.
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) if error.is_busy() || error.status() == Some(409) || can_pass(&error) => {
                info!(checkpoint_id = self.job.checkpoint_id, %error, "the backup cannot be deleted yet; waiting");
                self.last = Some(error);
                Ok(false)
            }
            Err(error) => Err(DeleteError::Api(error)),
        }
    }
}

fn can_pass(error: &ApiError) -> bool {
    error.is_transient() || error.may_have_taken_effect() || matches!(error, ApiError::Decode { .. })
}
