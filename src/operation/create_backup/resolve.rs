//! Finds the backup of a protect action that got no answer.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::{
    api::{ApiError, CheckpointItem},
    operation::{Pace, Sought, until_stopped},
};

use super::{CreateError, Made, Task};

/// How long the backup is looked for. The service lists a new backup within seconds; what is not there after this was not
/// made by then, which is no proof that it never will be: so nothing is sent again, and the error says what to check.
const LOOK_FOR: Duration = Duration::from_secs(60);

impl Task<'_> {
    /// Leaves the checkpoint that the request has made in `made`.
    pub(super) async fn resolve(
        &self,
        sought: &Sought,
        source: ApiError,
        sent_at: Timestamp,
        made: &mut Made,
    ) -> Result<(), CreateError> {
        let server_id = self.job.server_id.as_str();
        warn!(server_id, %source, "no clear answer to the protect action; looking for its backup");
        let until = Instant::now() + LOOK_FOR;
        let mut pace = Pace::polling();
        loop {
            let look = until_stopped(self.cancel, self.service.servers.items_of(server_id))
                .await
                .map_err(|_| CreateError::StoppedUnanswered { sent_at })?;
            let failed = match look {
                Ok(items) => {
                    let mut candidates: Vec<CheckpointItem> = items
                        .into_iter()
                        .filter(|item| sought.is_met_by(item) && !self.is_claimed(item))
                        .collect();
                    if candidates.len() > 1 {
                        return Err(CreateError::Several { source, candidates });
                    }
                    if let Some(item) = candidates.pop() {
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
                        return Ok(());
                    }
                    None
                }
                Err(error) => Some(error),
            };
            if Instant::now() >= until {
                return Err(CreateError::NoAnswer {
                    source,
                    sent_at,
                    look: failed,
                });
            }
            until_stopped(self.cancel, tokio::time::sleep(pace.next_wait()))
                .await
                .map_err(|_| CreateError::StoppedUnanswered { sent_at })?;
        }
    }
}
