//! The deletion of a backup.

use std::time::Duration;

use otc_client::csbs::{CheckpointItem, ItemFilter};
use tokio::time::{Instant, sleep};

use super::Run;

/// Time between two reads of a backup that is being deleted.
const INTERVAL: Duration = Duration::from_secs(5);

/// Longest time until the backup is gone.
const GONE_WITHIN: Duration = Duration::from_secs(45 * 60);

impl Run<'_> {
    pub(super) async fn deletion(&mut self, backup: &CheckpointItem) {
        let client = self.context.client.clone();
        let checkpoint_id = backup.checkpoint_id.clone().unwrap_or_default();
        let began = Instant::now();
        if let Err(error) = client.delete_checkpoint(&checkpoint_id, Some(&backup.id)).await {
            return self.expect("A05", false, error.to_string());
        }
        let mut listed = None;
        while began.elapsed() < GONE_WITHIN && !self.cancel.is_cancelled() {
            match client.get_checkpoint_item(&backup.id).await {
                Err(error) if error.is_gone() => {
                    self.held("A03", format!("gone after {} s: {error}", began.elapsed().as_secs()));
                    self.not_tried(
                        "A05",
                        "the checkpoint has no second backup; the deletion of one item was accepted",
                    );
                    match listed {
                        Some(listed) => self.held("A04", format!("listed while it was being deleted: {listed}")),
                        None => self.not_tried("A04", "it was gone at the first read"),
                    }
                    return;
                }
                Err(error) if error.is_unconfirmed_not_found() => {
                    return self.expect("A03", false, format!("a 404 that is not the service's own: {error}"));
                }
                Ok(item) if listed.is_none() => {
                    let filter = ItemFilter {
                        checkpoint_id: Some(checkpoint_id.clone()),
                        ..ItemFilter::default()
                    };
                    let items = client.list_checkpoint_items(&filter).await.unwrap_or_default();
                    listed = Some(items.iter().any(|row| row.id == item.id));
                }
                _ => {}
            }
            sleep(INTERVAL).await;
        }
        self.expect("A03", false, "the backup was not gone in time");
    }
}
