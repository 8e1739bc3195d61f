//! Finds the backup of a protect action that got no answer.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{info, warn};

use crate::{
    csbs::{ApiError, CheckpointItem},
    http::{Delivery, TransportError},
    operation::{Backoff, RequestFingerprint, until_stopped},
};

use super::{CreateError, CreateProgress, LAST_LOOK, Task};

/// How long the backup is looked for. The service lists a new backup within seconds; what is not there after this was not
/// made by then, which is no proof that it never will be: so nothing is sent again, and the error says what to check.
const LOOK_FOR: Duration = Duration::from_secs(60);

/// How long the one look after a stop may take.
const AFTER_STOP: Duration = Duration::from_millis(700);

impl Task<'_> {
    /// Leaves the checkpoint that the request has made in `made`.
    pub(super) async fn resolve(
        &self,
        fingerprint: &RequestFingerprint,
        source: ApiError,
        sent_at: Timestamp,
        made: &mut CreateProgress,
    ) -> Result<(), CreateError> {
        let server_id = self.job.server_id.as_str();
        warn!(server_id, %source, "no clear answer to the protect action; looking for its backup");
        let until = Instant::now() + LOOK_FOR;
        let mut backoff = Backoff::polling();
        loop {
            let look = timeout_at(until + LAST_LOOK, self.look_for(fingerprint));
            let Ok(look) = until_stopped(self.cancel, look).await else {
                return self.look_once_more(fingerprint, sent_at, made).await;
            };
            let failed = match look.unwrap_or_else(|_| Err(no_answer())) {
                Ok(items) => match self.only_candidate(fingerprint, items) {
                    Ok(Some(item)) => {
                        self.adopt(item, made);
                        return Ok(());
                    }
                    Ok(None) => None,
                    Err(candidates) => return Err(CreateError::Several { source, candidates }),
                },
                Err(error) => Some(error),
            };
            if Instant::now() >= until {
                return Err(CreateError::NoAnswer {
                    source,
                    sent_at,
                    look: failed,
                });
            }
            if until_stopped(self.cancel, tokio::time::sleep(backoff.next_wait()))
                .await
                .is_err()
            {
                return self.look_once_more(fingerprint, sent_at, made).await;
            }
        }
    }

    /// After a stop there is time for one look: what it finds is in the state, and goes on in the cloud.
    pub(super) async fn look_once_more(
        &self,
        fingerprint: &RequestFingerprint,
        sent_at: Timestamp,
        made: &mut CreateProgress,
    ) -> Result<(), CreateError> {
        let look = timeout(AFTER_STOP, self.look_for(fingerprint)).await;
        match look.map(|look| look.map(|items| self.only_candidate(fingerprint, items))) {
            Ok(Ok(Ok(Some(item)))) => {
                self.adopt(item, made);
                Err(CreateError::Stopped)
            }
            _ => Err(CreateError::StoppedUnanswered { sent_at }),
        }
    }

    /// The server's backups, with tags where these decide.
    async fn look_for(&self, fingerprint: &RequestFingerprint) -> Result<Vec<CheckpointItem>, ApiError> {
        let mut items = self.service.servers.items_of(&self.job.server_id).await?;
        self.fill_in_tags(fingerprint, &mut items).await?;
        Ok(items)
    }

    /// The one backup that meets what was asked for; the error is all of several.
    fn only_candidate(
        &self,
        fingerprint: &RequestFingerprint,
        items: Vec<CheckpointItem>,
    ) -> Result<Option<CheckpointItem>, Vec<CheckpointItem>> {
        let mut candidates: Vec<_> = items
            .into_iter()
            .filter(|item| fingerprint.is_met_by(item) && !self.is_claimed(item))
            .collect();
        if candidates.len() > 1 {
            return Err(candidates);
        }
        Ok(candidates.pop())
    }

    fn adopt(&self, item: CheckpointItem, made: &mut CreateProgress) {
        let server_id = self.job.server_id.as_str();
        let checkpoint_id = item.checkpoint_id.clone();
        info!(
            server_id,
            item_id = item.id,
            ?checkpoint_id,
            "found the backup; it is adopted"
        );
        if let Some(checkpoint_id) = &checkpoint_id {
            self.service.servers.claim(server_id, checkpoint_id);
        }
        made.checkpoint_id = checkpoint_id;
        made.item = Some(item);
    }
}

/// A look that was given up.
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
