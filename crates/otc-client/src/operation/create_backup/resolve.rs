//! Finds the backup of a protect action that got no clear answer.

use jiff::Timestamp;
use tracing::{info, warn};

use crate::{
    csbs::{ApiError, CheckpointItem},
    operation::{
        RequestFingerprint,
        lost_answer::{self, NotFound},
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
        let list = || self.look_for(fingerprint);
        let select = |items| self.candidate(fingerprint, items);
        match lost_answer::find(self.cancel, "list_checkpoint_items", list, select).await {
            Ok(item) => {
                self.adopt(item, progress);
                Ok(())
            }
            Err(NotFound::Several(candidates)) => Err(CreateError::Several { source, candidates }),
            Err(NotFound::Stopped) => self.look_once_more(fingerprint, sent_at, progress).await,
            Err(NotFound::NotListed(look)) => Err(CreateError::NoAnswer { source, sent_at, look }),
        }
    }

    /// After a stop there is time for one look. The backup that it finds is in the state and continues in the cloud.
    pub(super) async fn look_once_more(
        &self,
        fingerprint: &RequestFingerprint,
        sent_at: Timestamp,
        progress: &mut CreateProgress,
    ) -> Result<(), CreateError> {
        let select = |items| self.candidate(fingerprint, items);
        match lost_answer::find_after_stop(self.look_for(fingerprint), select).await {
            Some(item) => {
                self.adopt(item, progress);
                Err(CreateError::Stopped)
            }
            None => Err(CreateError::StoppedUnanswered { sent_at }),
        }
    }

    /// The server's backups, with tags where these decide.
    async fn look_for(&self, fingerprint: &RequestFingerprint) -> Result<Vec<CheckpointItem>, ApiError> {
        let mut items = self.context.lister.backups_of(&self.job.server_id).await?;
        self.read_tags(fingerprint, &mut items).await?;
        Ok(items)
    }

    /// The one backup that the request can have made; the error lists all of several.
    fn candidate(
        &self,
        fingerprint: &RequestFingerprint,
        items: Vec<CheckpointItem>,
    ) -> Result<Option<CheckpointItem>, Vec<CheckpointItem>> {
        lost_answer::only_candidate(items, |item| fingerprint.matches(item) && !self.is_created_here(item))
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
