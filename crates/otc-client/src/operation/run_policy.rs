//! Runs a policy now and waits for the backups that it makes.

use std::{collections::BTreeSet, time::Duration};

use tokio::{
    pin,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::csbs::{ApiError, CheckpointItem, ItemFilter, ItemKey, Lookup, Status};

use super::{Backoff, OperationContext, Stopped, until_stopped};

/// How long a stop waits for the answer to the request.
const LAST_ANSWER: Duration = Duration::from_millis(1500);

/// For how long a run without an answer is looked for.
const SOUGHT_FOR: Duration = Duration::from_secs(60);

/// For how long a backup of a run may be missing.
const NOT_SHOWN: Duration = Duration::from_secs(300);

/// For how long looks may fail for passing reasons.
const PATIENCE: Duration = Duration::from_secs(300);

/// For how long a status that nobody knows is borne with.
const UNKNOWN_FOR: Duration = Duration::from_secs(60);

/// How long a last look at the very end may take.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// What is to be run.
#[derive(Debug, Clone)]
pub struct RunPolicy {
    /// The policy.
    pub policy_id: String,
    /// The servers to back up; all of the policy when empty.
    pub server_ids: Vec<String>,
    /// How long it may take, with all waiting.
    pub timeout: Duration,
}

/// How far a run is.
#[derive(Debug, Clone)]
pub enum RunProgress {
    /// The service is at work on the policy or a server; it is tried again.
    Waiting(ApiError),
    /// The service has accepted it.
    Started {
        /// The checkpoint with the backups.
        checkpoint_id: String,
        /// How many servers are backed up.
        servers: usize,
    },
    /// A backup is in another status than before.
    Backup(Box<CheckpointItem>),
}

/// Why a run did not come to its end, as far as is known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RunError {
    /// A call failed; nothing was run.
    #[error(transparent)]
    Api(ApiError),
    /// The time was over before the request was sent: the service did not answer.
    #[error("no answer within {waited:?}; nothing was run")]
    NotStarted {
        /// How long was waited.
        waited: Duration,
    },
    /// The policy has no server.
    #[error("the policy has no server")]
    NoServer,
    /// These servers are not in the policy.
    #[error("these servers are not in the policy: {}", .0.join(", "))]
    NotInPolicy(Vec<String>),
    /// No answer came, and it is not certain which run was made by it, if any.
    #[error("no answer came: {source}")]
    NoAnswer {
        /// What came instead.
        source: ApiError,
        /// Checkpoints that it may have made.
        candidates: Vec<String>,
    },
    /// Some backups failed or are not there.
    #[error("{} of the backups failed", .failed.len() + .missing.len())]
    Failed {
        /// The checkpoint.
        checkpoint_id: String,
        /// Those in error.
        failed: Vec<CheckpointItem>,
        /// Servers without a backup.
        missing: Vec<String>,
    },
    /// The time is over; the run goes on.
    #[error("it was not done after {waited:?}")]
    TimedOut {
        /// The checkpoint.
        checkpoint_id: String,
        /// How long was waited.
        waited: Duration,
        /// Why the last look failed, if it did.
        last: Option<ApiError>,
    },
    /// Looking at it failed; the run goes on.
    #[error("the run cannot be followed: {source}")]
    Lost {
        /// The checkpoint.
        checkpoint_id: String,
        /// The failure.
        source: ApiError,
    },
    /// A stop was asked for.
    #[error("stopped")]
    Stopped {
        /// The checkpoint of a run that goes on in the cloud.
        checkpoint_id: Option<String>,
        /// Whether the request was sent and not answered.
        unanswered: bool,
    },
}

/// Told how far it is.
pub type OnRun<'a> = &'a (dyn Fn(RunProgress) + Send + Sync);

const NOTHING_DONE: RunError = RunError::Stopped {
    checkpoint_id: None,
    unanswered: false,
};

impl RunPolicy {
    /// Runs the policy and waits for its backups, which are returned.
    ///
    /// # Errors
    /// [`RunError`]; a stop ends it within two seconds, and the run goes on.
    pub async fn run(
        &self,
        service: &OperationContext,
        cancel: &CancellationToken,
        tell: OnRun<'_>,
    ) -> Result<Vec<CheckpointItem>, RunError> {
        let deadline = Instant::now() + self.timeout;
        let prepared = until_stopped(cancel, timeout_at(deadline, self.prepare(service))).await;
        let (servers, before) = prepared
            .map_err(|Stopped| NOTHING_DONE)?
            .map_err(|_| RunError::NotStarted { waited: self.timeout })??;
        let checkpoint_id = self.start(service, cancel, &servers, &before, deadline, tell).await?;
        tell(RunProgress::Started {
            checkpoint_id: checkpoint_id.clone(),
            servers: servers.len(),
        });
        let work = self.follow(service, &checkpoint_id, &servers, deadline, tell);
        match until_stopped(cancel, work).await {
            Ok(result) => result,
            Err(Stopped) => Err(RunError::Stopped {
                checkpoint_id: Some(checkpoint_id),
                unanswered: false,
            }),
        }
    }

    /// The servers to back up, and the checkpoints that the policy has made so far.
    async fn prepare(&self, service: &OperationContext) -> Result<(Vec<String>, BTreeSet<String>), RunError> {
        let policy = service
            .client
            .get_policy(&self.policy_id)
            .await
            .map_err(RunError::Api)?;
        let there: Vec<_> = policy
            .resources
            .into_iter()
            .filter_map(|resource| resource.id)
            .collect();
        if there.is_empty() {
            return Err(RunError::NoServer);
        }
        let strangers: Vec<_> = self
            .server_ids
            .iter()
            .filter(|id| !there.contains(id))
            .cloned()
            .collect();
        if !strangers.is_empty() {
            return Err(RunError::NotInPolicy(strangers));
        }
        let servers = if self.server_ids.is_empty() {
            there
        } else {
            self.server_ids.clone()
        };
        let before = self.checkpoints(service).await.map_err(RunError::Api)?;
        Ok((servers, before))
    }

    async fn checkpoints(&self, service: &OperationContext) -> Result<BTreeSet<String>, ApiError> {
        let filter = ItemFilter {
            policy_id: Some(self.policy_id.clone()),
            ..ItemFilter::default()
        };
        let items = service.client.list_checkpoint_items(&filter).await?;
        let by_hand =
            |item: &CheckpointItem| item.extend_info.as_ref().and_then(|info| info.auto_trigger) != Some(true);
        Ok(items
            .into_iter()
            .filter(by_hand)
            .filter_map(|item| item.checkpoint_id)
            .collect())
    }

    /// Sends the request until the service takes or refuses it; only while it says that it is busy is it sent again.
    async fn start(
        &self,
        service: &OperationContext,
        cancel: &CancellationToken,
        servers: &[String],
        before: &BTreeSet<String>,
        deadline: Instant,
        tell: OnRun<'_>,
    ) -> Result<String, RunError> {
        let mut backoff = Backoff::busy();
        loop {
            if cancel.is_cancelled() {
                return Err(NOTHING_DONE);
            }
            let sending = service.client.run_policy(&self.policy_id, servers);
            pin!(sending);
            let answer = match until_stopped(cancel, &mut sending).await {
                Ok(answer) => answer,
                Err(Stopped) => {
                    let last = tokio::time::timeout(LAST_ANSWER, &mut sending).await;
                    let refused = matches!(&last, Ok(Err(error)) if !error.may_have_taken_effect());
                    let checkpoint_id = last.ok().and_then(Result::ok).map(|checkpoint| checkpoint.id);
                    return Err(RunError::Stopped {
                        unanswered: checkpoint_id.is_none() && !refused,
                        checkpoint_id,
                    });
                }
            };
            match answer {
                Ok(checkpoint) => return Ok(checkpoint.id),
                Err(error) if error.may_have_taken_effect() => {
                    return match until_stopped(cancel, self.seek(service, before, error)).await {
                        Ok(found) => found,
                        Err(Stopped) => Err(RunError::Stopped {
                            checkpoint_id: None,
                            unanswered: true,
                        }),
                    };
                }
                Err(error) if error.is_busy() && Instant::now() < deadline => {
                    let wait = backoff.next_wait().max(error.retry_after().unwrap_or_default());
                    tell(RunProgress::Waiting(error));
                    let rested = tokio::time::sleep_until((Instant::now() + wait).min(deadline));
                    until_stopped(cancel, rested).await.map_err(|Stopped| NOTHING_DONE)?;
                }
                Err(error) => return Err(RunError::Api(error)),
            }
        }
    }

    /// Looks for the checkpoint of a run that was asked for without an answer: the only new one that no schedule made.
    async fn seek(
        &self,
        service: &OperationContext,
        before: &BTreeSet<String>,
        source: ApiError,
    ) -> Result<String, RunError> {
        let begun = Instant::now();
        let mut backoff = Backoff::polling();
        loop {
            let look = tokio::time::timeout(SOUGHT_FOR, self.checkpoints(service)).await;
            let now = look.ok().and_then(Result::ok).unwrap_or_default();
            let new: Vec<_> = now.difference(before).cloned().collect();
            match new.as_slice() {
                [one] => return Ok(one.clone()),
                [] if begun.elapsed() < SOUGHT_FOR => {}
                _ => {
                    return Err(RunError::NoAnswer {
                        source,
                        candidates: new,
                    });
                }
            }
            tokio::time::sleep(backoff.next_wait()).await;
        }
    }

    /// Looks until every server's backup has ended.
    async fn follow(
        &self,
        service: &OperationContext,
        checkpoint_id: &str,
        servers: &[String],
        deadline: Instant,
        tell: OnRun<'_>,
    ) -> Result<Vec<CheckpointItem>, RunError> {
        let schedule = service.inventory.schedule();
        let begun = Instant::now();
        let mut told: Vec<(String, Status)> = Vec::new();
        let mut failing_since: Option<Instant> = None;
        let mut unknown_since: Option<Instant> = None;
        let mut last: Option<ApiError> = None;
        loop {
            let next = schedule.next(begun, Instant::now());
            tokio::time::sleep_until(next.min(deadline)).await;
            let key = ItemKey::Checkpoint(checkpoint_id.to_owned());
            let look = service.inventory.look(key, Instant::now());
            let Ok(look) = timeout_at(deadline.max(Instant::now() + LAST_LOOK), look).await else {
                return Err(self.timed_out(checkpoint_id, last));
            };
            let items = match look {
                Ok(Lookup::Found(items)) => {
                    (failing_since, last) = (None, None);
                    items
                }
                Ok(Lookup::Absent) => {
                    (failing_since, last) = (None, None);
                    Vec::new()
                }
                Err(source) => {
                    let since = *failing_since.get_or_insert_with(Instant::now);
                    if !source.is_transient() || since.elapsed() >= PATIENCE {
                        return Err(RunError::Lost {
                            checkpoint_id: checkpoint_id.to_owned(),
                            source,
                        });
                    }
                    last = Some(source);
                    Vec::new()
                }
            };
            for item in &items {
                let now = (item.id.clone(), item.status.clone());
                if !told.contains(&now) {
                    told.retain(|(id, _)| *id != now.0);
                    told.push(now);
                    tell(RunProgress::Backup(Box::new(item.clone())));
                }
            }
            let of = |server: &String| items.iter().any(|item| item.resource_id.as_ref() == Some(server));
            let missing: Vec<_> = servers.iter().filter(|server| !of(server)).cloned().collect();
            // The service may have learned a new passing status; a lasting one ends the wait, named.
            let unknown = items.iter().any(|item| matches!(item.status, Status::Unknown(_)));
            let odd = unknown && unknown_since.get_or_insert_with(Instant::now).elapsed() < UNKNOWN_FOR;
            if !unknown {
                unknown_since = None;
            }
            let over = !odd && !items.iter().any(|item| item.status.is_working());
            let given_up = begun.elapsed() >= NOT_SHOWN && failing_since.is_none();
            if over && (missing.is_empty() || given_up) {
                let (done, failed): (Vec<_>, Vec<_>) =
                    items.into_iter().partition(|item| item.status == Status::Available);
                if failed.is_empty() && missing.is_empty() {
                    return Ok(done);
                }
                return Err(RunError::Failed {
                    checkpoint_id: checkpoint_id.to_owned(),
                    failed,
                    missing,
                });
            }
            if Instant::now() >= deadline {
                return Err(self.timed_out(checkpoint_id, last));
            }
        }
    }

    fn timed_out(&self, checkpoint_id: &str, last: Option<ApiError>) -> RunError {
        RunError::TimedOut {
            checkpoint_id: checkpoint_id.to_owned(),
            waited: self.timeout,
            last,
        }
    }
}
