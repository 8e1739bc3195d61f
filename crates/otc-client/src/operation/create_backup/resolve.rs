//! Finds the backup of a protect action that got no clear answer.

use jiff::Timestamp;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{info, warn};

use crate::{
    csbs::{ApiError, CheckpointItem},
    http::{Delivery, TransportError},
    operation::{
        Backoff, RequestFingerprint,
        timing::{LOOK_AFTER_STOP, UNANSWERED_REQUEST_FOUND_WITHIN},
        wait::{Look, Verdict, Wait, WaitError},
    },
};

use super::{
    task::Task,
    types::{CreateError, CreateProgress},
};

impl Task<'_> {
    /// Leaves the checkpoint that the request has made in `progress`.
    pub(super) async fn resolve(
        &self,
        fingerprint: &RequestFingerprint,
        source: ApiError,
        sent_at: Timestamp,
        progress: &mut CreateProgress,
    ) -> Result<(), CreateError> {
        let server_id = self.job.server_id.as_str();
        warn!(server_id, %source, "no clear answer to the protect action; looking for its backup");
        let mut failure = None;
        let mut backoff = Backoff::polling();
        let deadline = Instant::now() + UNANSWERED_REQUEST_FOUND_WITHIN;
        let look = |look: Look| async move {
            // A look that is dropped at the end has failed, too.
            let items = timeout_at(look.ends, self.look_for(fingerprint)).await;
            items.unwrap_or_else(|_| Err(no_answer()))
        };
        let verdict = |_: Look, seen: Result<Vec<CheckpointItem>, ApiError>| match seen {
            Ok(items) => match self.only_candidate(fingerprint, items) {
                Ok(Some(item)) => Verdict::Done(item),
                Ok(None) => {
                    failure = None;
                    Verdict::Continue
                }
                Err(candidates) => Verdict::Fail(candidates),
            },
            Err(error) => {
                failure = Some(error);
                Verdict::Continue
            }
        };
        let wait = Wait::until(deadline).or_stopped(self.cancel).looking_at_once();
        match wait.run(|now| now + backoff.next_wait(), look, verdict).await {
            Ok(item) => {
                self.adopt(item, progress);
                Ok(())
            }
            Err(WaitError::Failed(candidates)) => Err(CreateError::Several { source, candidates }),
            Err(WaitError::Stopped) => self.look_once_more(fingerprint, sent_at, progress).await,
            Err(WaitError::TimedOut) => Err(CreateError::NoAnswer {
                source,
                sent_at,
                look: failure,
            }),
        }
    }

    /// After a stop there is time for one look. The backup that it finds is in the state and continues in the cloud.
    pub(super) async fn look_once_more(
        &self,
        fingerprint: &RequestFingerprint,
        sent_at: Timestamp,
        progress: &mut CreateProgress,
    ) -> Result<(), CreateError> {
        let look = timeout(LOOK_AFTER_STOP, self.look_for(fingerprint)).await;
        match look.map(|look| look.map(|items| self.only_candidate(fingerprint, items))) {
            Ok(Ok(Ok(Some(item)))) => {
                self.adopt(item, progress);
                Err(CreateError::Stopped)
            }
            _ => Err(CreateError::StoppedUnanswered { sent_at }),
        }
    }

    /// The server's backups, with tags where these decide.
    async fn look_for(&self, fingerprint: &RequestFingerprint) -> Result<Vec<CheckpointItem>, ApiError> {
        let mut items = self.context.lister.backups_of(&self.job.server_id).await?;
        self.read_tags(fingerprint, &mut items).await?;
        Ok(items)
    }

    /// The one backup that the request can have made; the error lists all of several.
    fn only_candidate(
        &self,
        fingerprint: &RequestFingerprint,
        items: Vec<CheckpointItem>,
    ) -> Result<Option<CheckpointItem>, Vec<CheckpointItem>> {
        let mut candidates: Vec<_> = items
            .into_iter()
            .filter(|item| fingerprint.matches(item) && !self.is_created_here(item))
            .collect();
        if candidates.len() > 1 {
            return Err(candidates);
        }
        Ok(candidates.pop())
    }

    fn adopt(&self, item: CheckpointItem, progress: &mut CreateProgress) {
        let server_id = self.job.server_id.as_str();
        let checkpoint_id = item.checkpoint_id.clone();
        info!(
            server_id,
            item_id = item.id,
            ?checkpoint_id,
            "found the backup; it is adopted"
        );
        if let Some(checkpoint_id) = &checkpoint_id {
            self.context.locks.record_created(server_id, checkpoint_id);
        }
        progress.checkpoint_id = checkpoint_id;
        progress.item = Some(item);
    }
}

/// The failure of a look that was dropped.
fn no_answer() -> ApiError {
    ApiError::Transport {
        operation: "list_checkpoint_items",
        source: TransportError {
            delivery: Delivery::Unknown,
            message: "no answer came".to_owned(),
        },
        write: false,
    }
}
