//! Filters, order and completeness of lists.

use otc_client::csbs::{CheckpointItem, ItemFilter};

use super::Run;

impl Run<'_> {
    pub(super) async fn lists(&mut self, backup: &CheckpointItem) {
        self.order().await;
        self.name_filter(backup).await;
        self.description(backup);
        self.sparse_rows(backup).await;
    }

    async fn order(&mut self) {
        match self.context.client.list_checkpoint_items(&ItemFilter::default()).await {
            Ok(items) if items.len() < 2 => self.not_tried("A25", "the project has fewer than two backups"),
            Ok(items) => {
                let times: Vec<_> = items.iter().map(|item| item.created_at.as_deref()).collect();
                let is_sorted = times.windows(2).all(|pair| pair[0] >= pair[1]);
                self.expect(
                    "A25",
                    is_sorted,
                    format!("{} backups, newest first: {is_sorted}", items.len()),
                );
            }
            Err(error) => self.not_tried("A25", error.to_string()),
        }
    }

    async fn name_filter(&mut self, backup: &CheckpointItem) {
        let filter = ItemFilter {
            name: Some(self.prefix.to_string()),
            ..ItemFilter::default()
        };
        match self.context.client.list_checkpoint_items(&filter).await {
            Ok(items) => {
                let is_found = items.iter().any(|item| item.id == backup.id);
                self.expect(
                    "A23",
                    is_found,
                    format!("a list by the beginning of the name has the backup: {is_found}"),
                );
            }
            Err(error) => self.not_tried("A23", error.to_string()),
        }
    }

    fn description(&mut self, backup: &CheckpointItem) {
        let is_none = backup.description.as_deref().is_none_or(str::is_empty);
        self.expect(
            "A27",
            is_none,
            format!("without a description the answer has {:?}", backup.description),
        );
    }

    async fn sparse_rows(&mut self, backup: &CheckpointItem) {
        let filter = ItemFilter {
            checkpoint_id: backup.checkpoint_id.clone(),
            ..ItemFilter::default()
        };
        match self.context.client.list_checkpoint_items(&filter).await {
            Ok(items) => match items.iter().find(|item| item.id == backup.id) {
                Some(row) => {
                    let missing = [
                        ("tags", row.tags.is_none()),
                        ("created_at", row.created_at.is_none()),
                        ("extend_info", row.extend_info.is_none()),
                    ];
                    let missing: Vec<_> = missing
                        .iter()
                        .filter(|(_, missing)| *missing)
                        .map(|(name, _)| *name)
                        .collect();
                    self.held("A26", format!("the row of the list lacks: [{}]", missing.join(", ")));
                }
                None => self.expect("A26", false, "the list by checkpoint lacks the backup"),
            },
            Err(error) => self.not_tried("A26", error.to_string()),
        }
    }
}
