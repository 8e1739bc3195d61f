//! From nothing to a checkpoint: the looks before, and the one protect action.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};
use tracing::{debug, info};

use crate::csbs::{ApiError, Capability, Checkpoint, CheckpointItem, Server};

use super::{CreateError, CreateProgress, LAST_LOOK, Step, Task};
use crate::operation::{Backoff, RequestFingerprint, until_stopped};

/// How long an unanswered protect action is waited for after a stop. Terraform is to have its answer within two seconds, and
/// a last look may follow.
const GRACE: Duration = Duration::from_secs(1);

/// Codes by which the service says "not now" of a server.
const NOT_NOW: [&str; 8] = [
    "CSBS.1001",
    "CSBS.1002",
    "CSBS.2001",
    "CSBS.2003",
    "CSBS.2004",
    "CSBS.6005",
    "CSBS.6030",
    "CSBS.6031",
];

enum Answer {
    Accepted(Checkpoint),
    Refused(ApiError),
    Unclear(ApiError),
    Stopped,
}

impl Task<'_> {
    /// Leaves a checkpoint ID in `made`, or fails with nothing made.
    pub(super) async fn start(&self, made: &mut CreateProgress) -> Result<(), CreateError> {
        let server_id = self.job.server_id.as_str();
        let _turn = until_stopped(self.cancel, self.service.servers.turn(server_id))
            .await
            .map_err(|_| CreateError::Stopped)?;
        let mut before = self.look_before().await?;
        // What one look has shown is not new, whatever a later look leaves out.
        let mut known = before.clone();
        let mut backoff = Backoff::busy();
        loop {
            let sent_at = self.service.client.session().clock().now();
            let fingerprint = RequestFingerprint::new(server_id, &self.job.request, &known, sent_at);
            self.fill_in_tags_of_earlier(&mut before).await;
            self.note_earlier(&fingerprint, &before, made);
            match self.protect().await? {
                Answer::Accepted(checkpoint) => {
                    info!(checkpoint_id = checkpoint.id, server_id, "the backup has started");
                    self.service.servers.claim(server_id, &checkpoint.id);
                    made.checkpoint_id = Some(checkpoint.id.clone());
                    made.checkpoint = Some(checkpoint);
                    return Ok(());
                }
                Answer::Unclear(source) => return self.resolve(&fingerprint, source, sent_at, made).await,
                Answer::Stopped => return self.look_once_more(&fingerprint, sent_at, made).await,
                Answer::Refused(source) => {
                    before = self.wait_for_server(source, &mut backoff).await?;
                    known.extend(before.iter().cloned());
                }
            }
        }
    }

    /// The server's backups, once it is known that it can be backed up.
    async fn look_before(&self) -> Result<Vec<CheckpointItem>, CreateError> {
        let mut server = Server::new(self.job.server_id.clone());
        if let Some(resource_type) = &self.job.request.resource_type {
            server.resource_type.clone_from(resource_type);
        }
        let both = async {
            tokio::join!(
                self.service.inventory.check_protectable(server),
                self.service.servers.items_of(&self.job.server_id),
            )
        };
        let (capability, before) = until_stopped(self.cancel, timeout_at(self.deadline, both))
            .await
            .map_err(|_| CreateError::Stopped)?
            .map_err(|_| CreateError::NotStarted {
                step: Step::Check,
                waited: self.begin.elapsed(),
            })?;
        match capability {
            Ok(capability) if capability.result || is_not_now(&capability) => {}
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

    pub(super) fn is_claimed(&self, item: &CheckpointItem) -> bool {
        item.checkpoint_id
            .as_deref()
            .is_some_and(|id| self.service.servers.is_claimed(&self.job.server_id, id))
    }

    async fn protect(&self) -> Result<Answer, CreateError> {
        if self.cancel.is_cancelled() {
            return Err(CreateError::Stopped);
        }
        let begin = Instant::now();
        let mut call = std::pin::pin!(self.service.client.protect(&self.job.server_id, &self.job.request));
        let answer = match until_stopped(self.cancel, &mut call).await {
            Ok(answer) => answer,
            // Dropping the call now would lose a backup that may just have been started.
            Err(_) => match timeout(GRACE, &mut call).await {
                Ok(answer) => answer,
                Err(_) => return Ok(Answer::Stopped),
            },
        };
        debug!(server_id = self.job.server_id, took = ?begin.elapsed(), "the protect action was answered");
        match answer {
            Ok(checkpoint) if !checkpoint.id.is_empty() => Ok(Answer::Accepted(checkpoint)),
            Ok(checkpoint) => Ok(Answer::Unclear(ApiError::Decode {
                operation: "protect",
                message: format!(
                    "the checkpoint has no ID; its status is {:?}",
                    checkpoint.status.as_str()
                ),
                status: 200,
                request_id: None,
                write: true,
            })),
            Err(source) if source.is_busy() || source.status() == Some(429) => Ok(Answer::Refused(source)),
            Err(source) if source.may_have_taken_effect() => Ok(Answer::Unclear(source)),
            Err(source) => Err(CreateError::Api {
                step: Step::Protect,
                source,
            }),
        }
    }

    /// Waits after a refusal until the server may be free, and looks again what is there. Looking comes before sending: what
    /// holds the server may be a backup that an earlier run of ours has lost.
    async fn wait_for_server(
        &self,
        source: ApiError,
        backoff: &mut Backoff,
    ) -> Result<Vec<CheckpointItem>, CreateError> {
        let mut running = Vec::new();
        loop {
            let wait = backoff.next_wait().max(source.retry_after().unwrap_or_default());
            if self.is_over() {
                return Err(CreateError::Busy {
                    source,
                    running,
                    waited: self.begin.elapsed(),
                });
            }
            info!(server_id = self.job.server_id, %source, ?wait, "the server is busy; waiting");
            super::pause(self.cancel, wait, self.deadline).await?;
            let look = self.service.servers.items_of(&self.job.server_id);
            let look = timeout_at(self.deadline.max(Instant::now() + LAST_LOOK), look);
            let look = until_stopped(self.cancel, look)
                .await
                .map_err(|_| CreateError::Stopped)?;
            // Without an answer until the end, the loop ends at its beginning.
            let Ok(look) = look else { continue };
            match look {
                Ok(items) => {
                    running = items.iter().filter(|item| item.status.is_working()).cloned().collect();
                    if running.is_empty() && !self.is_over() {
                        return Ok(items);
                    }
                }
                Err(look) if look.is_transient() => {
                    debug!(server_id = self.job.server_id, %look, "looking at the server failed");
                }
                Err(source) => {
                    return Err(CreateError::Api {
                        step: Step::Lookup,
                        source,
                    });
                }
            }
        }
    }
}

fn is_not_now(capability: &Capability) -> bool {
    capability
        .error_code
        .as_deref()
        .is_some_and(|code| NOT_NOW.contains(&code))
}
