//! Runs a policy now and waits for its backups.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::csbs::{ApiError, Checkpoint, CheckpointItem, ItemFilter, ItemKey, Lookup, Status};

use super::{
    Backoff, OperationContext, Stopped,
    stop::{Answered, until_answered},
    timing::{
        ANSWER_AFTER_STOP, POLICY_RUN_LISTED_WITHIN, TRANSIENT_ERRORS, UNANSWERED_REQUEST_FOUND_WITHIN, UNKNOWN_STATUS,
        UNKNOWN_STATUS_LOOKS,
    },
    until_stopped,
    wait::{self, Look, Tolerance, Verdict, Wait, WaitError},
};

/// A policy run.
#[derive(Debug, Clone)]
pub struct RunPolicy {
    /// The policy.
    pub policy_id: String,
    /// The servers to back up; all of the policy when empty.
    pub server_ids: Vec<String>,
    /// How long the whole run may take.
    pub timeout: Duration,
}

/// The progress of a run.
#[derive(Debug, Clone)]
pub enum RunProgress {
    /// The policy or a server is busy; the request will be sent again.
    Waiting(ApiError),
    /// The service has accepted the run.
    Started {
        /// The checkpoint with the backups.
        checkpoint_id: String,
        /// Number of servers that are backed up.
        servers: usize,
    },
    /// A backup has a new status.
    Backup(Box<CheckpointItem>),
}

/// The reason why a run is not known to have succeeded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RunError {
    /// A call failed; nothing was started.
    #[error(transparent)]
    Api(ApiError),
    /// The service did not answer before the timeout, so the request was not sent.
    #[error("no answer within {waited:?}; nothing was started")]
    NotStarted {
        /// The time waited.
        waited: Duration,
    },
    /// The policy has no server.
    #[error("the policy has no server")]
    NoServer,
    /// These servers are not in the policy.
    #[error("these servers are not in the policy: {}", .0.join(", "))]
    NotInPolicy(Vec<String>),
    /// The request got no answer, and it is not certain which run it started, if any.
    #[error("the request got no answer: {source}")]
    NoAnswer {
        /// The failure of the request.
        source: ApiError,
        /// Checkpoints that the request may have created.
        candidates: Vec<String>,
    },
    /// Some backups failed or are missing.
    #[error("{} of the backups failed", .failed.len() + .missing.len())]
    Failed {
        /// The checkpoint.
        checkpoint_id: String,
        /// The failed backups.
        failed: Vec<CheckpointItem>,
        /// Servers without a backup.
        missing: Vec<String>,
    },
    /// The run did not end before the timeout; it continues.
    #[error("the run had not ended after {waited:?}")]
    TimedOut {
        /// The checkpoint.
        checkpoint_id: String,
        /// The time waited.
        waited: Duration,
        /// The failure of the last look, if it failed.
        last: Option<ApiError>,
    },
    /// Reading the backups failed; the run continues.
    #[error("the run cannot be followed: {source}")]
    Lost {
        /// The checkpoint.
        checkpoint_id: String,
        /// The failure.
        source: ApiError,
    },
    /// A stop was requested.
    #[error("stopped")]
    Stopped {
        /// The checkpoint of a run that continues in the cloud.
        checkpoint_id: Option<String>,
        /// Whether the request was sent and not answered.
        unanswered: bool,
    },
}

/// Receives the progress of a run.
pub type OnRun<'a> = &'a (dyn Fn(RunProgress) + Send + Sync);

const NOTHING_DONE: RunError = RunError::Stopped {
    checkpoint_id: None,
    unanswered: false,
};

impl RunPolicy {
    /// Runs the policy, waits for its backups, and returns them.
    ///
    /// # Errors
    /// [`RunError`]; a stop ends the wait within two seconds, and the run continues.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        on_progress: OnRun<'_>,
    ) -> Result<Vec<CheckpointItem>, RunError> {
        let deadline = wait::deadline(Instant::now(), self.timeout);
        let prepared = until_stopped(cancel, timeout_at(deadline, self.prepare(context))).await;
        let (servers, before) = prepared
            .map_err(|Stopped| NOTHING_DONE)?
            .map_err(|_| RunError::NotStarted { waited: self.timeout })??;
        let checkpoint_id = self
            .start(context, cancel, &servers, &before, deadline, on_progress)
            .await?;
        on_progress(RunProgress::Started {
            checkpoint_id: checkpoint_id.clone(),
            servers: servers.len(),
        });
        self.wait(context, cancel, &checkpoint_id, &servers, deadline, on_progress)
            .await
    }

    /// The servers to back up, and the checkpoints that the policy has created so far.
    async fn prepare(&self, context: &OperationContext) -> Result<(Vec<String>, BTreeSet<String>), RunError> {
        let policy = context
            .client
            .get_policy(&self.policy_id)
            .await
            .map_err(RunError::Api)?;
        let in_policy: Vec<_> = policy
            .resources
            .into_iter()
            .filter_map(|resource| resource.id)
            .collect();
        if in_policy.is_empty() {
            return Err(RunError::NoServer);
        }
        let not_in_policy: Vec<_> = self
            .server_ids
            .iter()
            .filter(|id| !in_policy.contains(id))
            .cloned()
            .collect();
        if !not_in_policy.is_empty() {
            return Err(RunError::NotInPolicy(not_in_policy));
        }
        let servers = if self.server_ids.is_empty() {
            in_policy
        } else {
            self.server_ids.clone()
        };
        let before = self.checkpoints(context).await.map_err(RunError::Api)?;
        Ok((servers, before))
    }

    async fn checkpoints(&self, context: &OperationContext) -> Result<BTreeSet<String>, ApiError> {
        let filter = ItemFilter {
            policy_id: Some(self.policy_id.clone()),
            ..ItemFilter::default()
        };
        let items = context.client.list_checkpoint_items(&filter).await?;
        let is_manual =
            |item: &CheckpointItem| item.extend_info.as_ref().and_then(|info| info.auto_trigger) != Some(true);
        Ok(items
            .into_iter()
            .filter(is_manual)
            .filter_map(|item| item.checkpoint_id)
            .collect())
    }

    /// Sends the request until the service accepts or refuses it. It is sent again only while the service says that it is busy.
    async fn start(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        servers: &[String],
        before: &BTreeSet<String>,
        deadline: Instant,
        on_progress: OnRun<'_>,
    ) -> Result<String, RunError> {
        let mut backoff = Backoff::busy();
        let mut refusal = None;
        let send = |_: Look| self.send(context, cancel, servers);
        let verdict = |_: Look, sent: Result<Checkpoint, RunError>| match sent {
            Ok(checkpoint) => Verdict::Done(checkpoint.id),
            Err(RunError::Api(error)) if error.is_busy() => {
                let next = Instant::now() + backoff.wait_after(&error);
                on_progress(RunProgress::Waiting(error.clone()));
                refusal = Some(error);
                Verdict::ContinueAt(next)
            }
            Err(error) => Verdict::Fail(error),
        };
        let sent = Wait::until(deadline)
            .or_stopped(cancel)
            .looking_at_once()
            .finishing_looks()
            .run(|now| now, send, verdict)
            .await;
        match sent {
            Ok(checkpoint_id) => Ok(checkpoint_id),
            Err(WaitError::Failed(RunError::Api(error))) if error.may_have_taken_effect() => {
                self.find_checkpoint(context, cancel, before, error).await
            }
            Err(WaitError::Failed(error)) => Err(error),
            Err(WaitError::Stopped) => Err(NOTHING_DONE),
            Err(WaitError::TimedOut) => {
                Err(refusal.map_or(RunError::NotStarted { waited: self.timeout }, RunError::Api))
            }
        }
    }

    /// Sends the request once. A stop leaves it a moment to be answered.
    async fn send(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        servers: &[String],
    ) -> Result<Checkpoint, RunError> {
        if cancel.is_cancelled() {
            return Err(NOTHING_DONE);
        }
        let request = context.client.run_policy(&self.policy_id, servers);
        match until_answered(cancel, ANSWER_AFTER_STOP, request).await {
            Answered::InTime(answer) => answer.map_err(RunError::Api),
            Answered::AfterStop(last) => {
                let is_refused = matches!(&last, Some(Err(error)) if !error.may_have_taken_effect());
                let checkpoint_id = last.and_then(Result::ok).map(|checkpoint| checkpoint.id);
                Err(RunError::Stopped {
                    unanswered: checkpoint_id.is_none() && !is_refused,
                    checkpoint_id,
                })
            }
        }
    }

    /// Finds the checkpoint of a request that got no answer: the only new one that no schedule has made.
    async fn find_checkpoint(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        before: &BTreeSet<String>,
        source: ApiError,
    ) -> Result<String, RunError> {
        let mut backoff = Backoff::polling();
        let look = |_: Look| self.checkpoints(context);
        let verdict = |_: Look, now: Result<BTreeSet<String>, ApiError>| {
            let new: Vec<_> = now.unwrap_or_default().difference(before).cloned().collect();
            match new.as_slice() {
                [one] => Verdict::Done(one.clone()),
                [] => Verdict::Continue,
                _ => Verdict::Fail(new),
            }
        };
        let found = Wait::until(Instant::now() + UNANSWERED_REQUEST_FOUND_WITHIN)
            .or_stopped(cancel)
            .looking_at_once()
            .run(|now| now + backoff.next_wait(), look, verdict)
            .await;
        found.map_err(|end| match end {
            WaitError::Stopped => RunError::Stopped {
                checkpoint_id: None,
                unanswered: true,
            },
            WaitError::Failed(candidates) => RunError::NoAnswer { source, candidates },
            WaitError::TimedOut => RunError::NoAnswer {
                source,
                candidates: Vec::new(),
            },
        })
    }

    /// Waits until the backup of every server has ended.
    async fn wait(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        checkpoint_id: &str,
        servers: &[String],
        deadline: Instant,
        on_progress: OnRun<'_>,
    ) -> Result<Vec<CheckpointItem>, RunError> {
        let begin = Instant::now();
        let mut reported: Vec<(String, Status)> = Vec::new();
        let mut failing = Tolerance::of(TRANSIENT_ERRORS);
        let mut unknown = Tolerance::of(UNKNOWN_STATUS).and_looks(UNKNOWN_STATUS_LOOKS);
        let mut last: Option<ApiError> = None;
        let key = ItemKey::Checkpoint(checkpoint_id.to_owned());
        let look = |look: Look| context.inventory.look(key.clone(), look.began);
        let verdict = |look: Look, seen: Result<Lookup, ApiError>| {
            let items = match seen {
                Ok(Lookup::Found(items)) => items,
                Ok(Lookup::Absent) => Vec::new(),
                Err(source) if failing.is_exceeded(look.began) || !source.is_transient() => {
                    return Verdict::Fail(RunError::Lost {
                        checkpoint_id: checkpoint_id.to_owned(),
                        source,
                    });
                }
                Err(source) => {
                    last = Some(source);
                    return Verdict::Continue;
                }
            };
            failing.reset();
            last = None;
            for item in &items {
                let now = (item.id.clone(), item.status.clone());
                if !reported.contains(&now) {
                    reported.retain(|(id, _)| *id != now.0);
                    reported.push(now);
                    on_progress(RunProgress::Backup(Box::new(item.clone())));
                }
            }
            let has_backup = |server: &String| items.iter().any(|item| item.resource_id.as_ref() == Some(server));
            let missing: Vec<_> = servers.iter().filter(|server| !has_backup(server)).cloned().collect();
            let mut is_working = items.iter().any(|item| item.status.is_working());
            if items.iter().any(|item| matches!(item.status, Status::Unknown(_))) {
                is_working |= !unknown.is_exceeded(look.began);
            } else {
                unknown.reset();
            }
            if is_working || (!missing.is_empty() && begin.elapsed() < POLICY_RUN_LISTED_WITHIN) {
                return Verdict::Continue;
            }
            let (done, failed): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.status == Status::Available);
            if failed.is_empty() && missing.is_empty() {
                return Verdict::Done(done);
            }
            Verdict::Fail(RunError::Failed {
                checkpoint_id: checkpoint_id.to_owned(),
                failed,
                missing,
            })
        };
        let pace = |now| context.schedule.next(begin, now);
        let result = Wait::until(deadline).or_stopped(cancel).run(pace, look, verdict).await;
        result.map_err(|end| match end {
            WaitError::Failed(error) => error,
            WaitError::Stopped => RunError::Stopped {
                checkpoint_id: Some(checkpoint_id.to_owned()),
                unanswered: false,
            },
            WaitError::TimedOut => RunError::TimedOut {
                checkpoint_id: checkpoint_id.to_owned(),
                waited: self.timeout,
                last,
            },
        })
    }
}
