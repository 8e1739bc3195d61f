//! A backup from the protect action until it is available, and a second protect action while the first one runs.

use std::time::Duration;

use jiff::Timestamp;
use otc_client::csbs::{ApiError, Checkpoint, CheckpointItem, ItemFilter, ProtectRequest, Status, parse_time};
use tokio::time::{Instant, sleep};

use super::Run;

/// Time between two reads of a backup.
const INTERVAL: Duration = Duration::from_secs(1);

/// Time until a new backup must be listed.
const LISTED_WITHIN: Duration = Duration::from_secs(60);

/// Longest time to wait until the backup is available.
const AVAILABLE_WITHIN: Duration = Duration::from_secs(4 * 3600);

/// Greatest difference between the service's clock and ours.
const CLOCK_TOLERANCE_SECONDS: i64 = 300;

impl Run<'_> {
    /// Creates the backup that the other checks use; `None` if it is not available in the end.
    pub(super) async fn create_backup(&mut self) -> Option<CheckpointItem> {
        let earlier = self.backups_of_server().await;
        let sent_at = self.context.client.session().clock().now();
        let began = Instant::now();
        let checkpoint = match self.protect("first").await {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                self.not_tried("A01", format!("the protect action failed: {error}"));
                return None;
            }
        };
        self.second_protect().await;
        let listed = self.wait_until_listed(&checkpoint.id, began).await?;
        self.held(
            "A01",
            format!(
                "checkpoint {} of the answer has the backup {}",
                checkpoint.id, listed.id
            ),
        );
        let available = self.wait_until_available(&listed.id, began).await?;
        self.clocks(&available, sent_at);
        if let Ok(earlier) = earlier {
            self.kind(&available, !earlier.is_empty());
        }
        Some(available)
    }

    async fn protect(&self, suffix: &str) -> Result<Checkpoint, ApiError> {
        let request = ProtectRequest {
            backup_name: Some(self.prefix.name(suffix)),
            tags: [("stage".to_owned(), "test".to_owned())].into(),
            ..ProtectRequest::default()
        };
        self.context.client.protect(self.server_id, &request).await
    }

    async fn backups_of_server(&self) -> Result<Vec<CheckpointItem>, ApiError> {
        let filter = ItemFilter {
            resource_id: Some(self.server_id.to_owned()),
            ..ItemFilter::default()
        };
        self.context.client.list_checkpoint_items(&filter).await
    }

    async fn second_protect(&mut self) {
        match self.protect("second").await {
            Ok(checkpoint) => self.expect(
                "A07",
                false,
                format!(
                    "a second protect action was accepted while the first one ran (checkpoint {})",
                    checkpoint.id
                ),
            ),
            Err(error) => self.expect("A07", error.is_busy(), format!("a second protect action: {error}")),
        }
    }

    async fn wait_until_listed(&mut self, checkpoint_id: &str, began: Instant) -> Option<CheckpointItem> {
        let filter = ItemFilter {
            checkpoint_id: Some(checkpoint_id.to_owned()),
            ..ItemFilter::default()
        };
        while began.elapsed() < 10 * LISTED_WITHIN && !self.cancel.is_cancelled() {
            if let Ok(items) = self.context.client.list_checkpoint_items(&filter).await
                && let Some(item) = items
                    .into_iter()
                    .find(|item| item.resource_id.as_deref() == Some(self.server_id))
            {
                let after = began.elapsed();
                self.expect(
                    "A02",
                    after <= LISTED_WITHIN,
                    format!("listed after {} s", after.as_secs()),
                );
                return Some(item);
            }
            sleep(INTERVAL).await;
        }
        self.expect("A02", false, "not listed within ten minutes");
        None
    }

    fn clocks(&mut self, item: &CheckpointItem, sent_at: Timestamp) {
        match item.created_at.as_deref().and_then(parse_time) {
            Some(created) => {
                let difference = created.duration_since(sent_at).as_secs();
                let held = difference.abs() <= CLOCK_TOLERANCE_SECONDS;
                self.expect(
                    "A08",
                    held,
                    format!("created_at is {difference} s after our clock at the request"),
                );
            }
            None => self.expect("A08", false, format!("created_at is {:?}", item.created_at)),
        }
    }

    async fn wait_until_available(&mut self, id: &str, began: Instant) -> Option<CheckpointItem> {
        let mut statuses: Vec<Status> = Vec::new();
        while began.elapsed() < AVAILABLE_WITHIN && !self.cancel.is_cancelled() {
            if let Ok(item) = self.context.client.get_checkpoint_item(id).await {
                if statuses.last() != Some(&item.status) {
                    statuses.push(item.status.clone());
                }
                match &item.status {
                    Status::Available => {
                        let statuses: Vec<_> = statuses.iter().map(Status::as_str).collect();
                        self.held(
                            "A46",
                            format!(
                                "available after {} s ({})",
                                began.elapsed().as_secs(),
                                statuses.join(", ")
                            ),
                        );
                        return Some(item);
                    }
                    Status::Error => break,
                    _ => {}
                }
            }
            sleep(INTERVAL).await;
        }
        self.not_tried("A46", "the backup did not become available");
        None
    }

    fn kind(&mut self, item: &CheckpointItem, has_earlier: bool) {
        let incremental = item.extend_info.as_ref().and_then(|info| info.incremental);
        if has_earlier {
            self.not_tried(
                "A37",
                format!("the server had backups; extend_info.incremental is {incremental:?}"),
            );
        } else {
            let held = incremental == Some(false);
            self.expect(
                "A37",
                held,
                format!("extend_info.incremental of the first backup is {incremental:?}"),
            );
        }
    }
}
