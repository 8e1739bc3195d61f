//! Starts a backup: looks at the server first, then sends the protect action once.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tracing::{debug, info};

use crate::csbs::{ApiError, Checkpoint, CheckpointItem, Server};

use super::{
    task::Task,
    types::{CreateError, CreateProgress, Step},
};
use crate::operation::{
    Backoff, RequestFingerprint,
    stop::{Answered, until_answered},
    timing::PROTECT_ANSWER_AFTER_STOP,
    until_stopped,
    wait::{Look, Verdict, Wait, WaitError},
};

/// The outcome of the protect action.
enum Answer {
    Accepted(Checkpoint),
    /// The service did not carry it out and may do so later.
    Refused(ApiError),
    /// The service may have carried it out.
    Unclear(ApiError),
    /// A stop was requested before an answer came.
    Stopped,
}

impl Task<'_> {
    /// Leaves a checkpoint ID in `progress`, or fails with nothing made.
    pub(super) async fn start(&self, progress: &mut CreateProgress) -> Result<(), CreateError> {
        let server_id = self.job.server_id.as_str();
        let _lock = until_stopped(self.cancel, self.context.locks.lock(server_id))
            .await
            .map_err(|_| CreateError::Stopped)?;
        let mut before = self.look_before().await?;
        // A backup that one look has shown is not new, even if a later look leaves it out.
        let mut known = before.clone();
        let mut backoff = Backoff::busy();
        loop {
            let sent_at = self.now();
            let fingerprint = RequestFingerprint::new(server_id, &self.job.request, &known, sent_at);
            self.read_tags_of_earlier(&mut before).await;
            self.note_earlier(&fingerprint, &before, progress);
            match self.protect().await? {
                Answer::Accepted(checkpoint) => {
                    info!(checkpoint_id = checkpoint.id, server_id, "the backup has started");
                    self.context.locks.record_created(server_id, &checkpoint.id);
                    progress.checkpoint_id = Some(checkpoint.id.clone());
                    progress.checkpoint = Some(checkpoint);
                    return Ok(());
                }
                Answer::Unclear(source) => return self.resolve(&fingerprint, source, sent_at, progress).await,
                Answer::Stopped => return self.look_once_more(&fingerprint, sent_at, progress).await,
                Answer::Refused(source) => {
                    before = self.wait_for_server(source, &mut backoff).await?;
                    known.extend(before.iter().cloned());
                }
            }
        }
    }

    /// The server's backups, once the service has said that it can back up the server.
    async fn look_before(&self) -> Result<Vec<CheckpointItem>, CreateError> {
        let mut server = Server::new(self.job.server_id.clone());
        if let Some(resource_type) = &self.job.request.resource_type {
            server.resource_type.clone_from(resource_type);
        }
        let capability = async {
            match self.context.checks.take(&server) {
                Some(answer) => Ok(answer),
                None => Box::pin(self.context.inventory.check_protectable(server)).await,
            }
        };
        let both = async { tokio::join!(capability, self.context.lister.backups_of(&self.job.server_id),) };
        let (capability, before) = until_stopped(self.cancel, timeout_at(self.deadline, both))
            .await
            .map_err(|_| CreateError::Stopped)?
            .map_err(|_| CreateError::NotStarted {
                step: Step::Check,
                waited: self.begin.elapsed(),
            })?;
        match capability {
            Ok(capability) if capability.result || capability.is_busy() => {}
            Ok(capability) => return Err(CreateError::NotProtectable(capability)),
            Err(source) if source.is_busy() => {}
            Err(source) => {
                return Err(CreateError::Api {
                    step: Step::Check,
                    source,
                });
            }
        }
        before.map_err(|source| CreateError::Api {
            step: Step::Lookup,
            source,
        })
    }

    async fn protect(&self) -> Result<Answer, CreateError> {
        if self.cancel.is_cancelled() {
            return Err(CreateError::Stopped);
        }
        let begin = Instant::now();
        let request = self.context.client.protect(&self.job.server_id, &self.job.request);
        let answer = match until_answered(self.cancel, PROTECT_ANSWER_AFTER_STOP, request).await {
            Answered::InTime(answer) | Answered::AfterStop(Some(answer)) => answer,
            Answered::AfterStop(None) => return Ok(Answer::Stopped),
        };
        debug!(server_id = self.job.server_id, took = ?begin.elapsed(), "the protect action was answered");
        match answer {
            Ok(checkpoint) => Ok(Answer::Accepted(checkpoint)),
            Err(source) if source.is_busy() || source.status() == Some(429) => Ok(Answer::Refused(source)),
            Err(source) if source.may_have_taken_effect() => Ok(Answer::Unclear(source)),
            Err(source) => Err(CreateError::Api {
                step: Step::Protect,
                source,
            }),
        }
    }

    /// Waits after a refusal until no backup of the server is running, and returns the server's backups. Looking comes before
    /// sending: the backup that holds the server may have been started by an earlier run of our own.
    async fn wait_for_server(
        &self,
        source: ApiError,
        backoff: &mut Backoff,
    ) -> Result<Vec<CheckpointItem>, CreateError> {
        let least = source.retry_after().unwrap_or_default();
        let mut running = Vec::new();
        let waited = if self.is_over() {
            Err(WaitError::TimedOut)
        } else {
            let pace = |now| {
                let wait: Duration = backoff.next_wait().max(least);
                info!(server_id = self.job.server_id, %source, ?wait, "the server is busy; waiting");
                now + wait
            };
            let look = |_: Look| self.context.lister.backups_of(&self.job.server_id);
            let verdict = |_: Look, seen: Result<Vec<CheckpointItem>, ApiError>| match seen {
                Ok(items) => {
                    running = items.iter().filter(|item| item.status.is_working()).cloned().collect();
                    if running.is_empty() && !self.is_over() {
                        Verdict::Done(items)
                    } else {
                        Verdict::Continue
                    }
                }
                Err(error) if error.is_transient() => {
                    debug!(server_id = self.job.server_id, %error, "looking at the server failed");
                    Verdict::Continue
                }
                Err(source) => Verdict::Fail(CreateError::Api {
                    step: Step::Lookup,
                    source,
                }),
            };
            Wait::until(self.deadline)
                .or_stopped(self.cancel)
                .run(pace, look, verdict)
                .await
        };
        waited.map_err(|end| match end {
            WaitError::Failed(error) => error,
            WaitError::Stopped => CreateError::Stopped,
            WaitError::TimedOut => CreateError::Busy {
                source,
                running,
                waited: self.begin.elapsed(),
            },
        })
    }
}
