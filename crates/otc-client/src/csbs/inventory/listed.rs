//! Checkpoint items in the inventory.

use crate::{
    csbs::{ApiError, CheckpointItem, Client, Csbs, ItemFilter, item::ITEMS},
    rest::{Listed, page::List, path::Path},
};

impl Listed for CheckpointItem {
    type Api = Csbs;
    const LIST: List = ITEMS;

    fn newest_first() -> Path {
        ItemFilter {
            sort: Some("created_at:desc".to_owned()),
            ..ItemFilter::default()
        }
        .path("checkpoint_items")
    }

    fn checkpoint_id(&self) -> Option<&str> {
        self.checkpoint_id.as_deref()
    }

    async fn read(client: &Client, id: &str) -> Result<Self, ApiError> {
        client.get_checkpoint_item(id).await
    }

    async fn of_checkpoint(client: &Client, checkpoint_id: &str) -> Result<Vec<Self>, ApiError> {
        client
            .list_checkpoint_items(&ItemFilter::of_checkpoint(checkpoint_id))
            .await
    }
}
