//! Looks at single keys.

use crate::csbs::{ApiError, CheckpointItem, Client, ItemFilter, path::Path};

/// The key of a look.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKey {
    /// The item with this ID.
    Item(String),
    /// All items of the checkpoint with this ID.
    Checkpoint(String),
}

/// The result of a look.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// The item, or the items of the checkpoint; never empty.
    Found(Vec<CheckpointItem>),
    /// It does not exist. The service itself said so about this key, or answered 404 without saying so and does not list it
    /// either.
    Absent,
}

/// The proof that an item is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// The service's own answer, or a 404 that a list confirms.
    Any,
    /// The service's own answer: a list may hide items that are being deleted.
    OwnAnswer,
}

/// Sends a request for this key alone. A 404 that is not the service's own is an error.
pub(super) async fn single(client: &Client, key: &ItemKey) -> Result<Lookup, ApiError> {
    match key {
        ItemKey::Item(id) => match client.get_checkpoint_item(id).await {
            Ok(item) => Ok(Lookup::Found(vec![item])),
            Err(error) if error.is_gone() => Ok(Lookup::Absent),
            Err(error) => Err(error),
        },
        ItemKey::Checkpoint(id) => {
            let mut items = match client.list_checkpoint_items(&ItemFilter::of_checkpoint(id)).await {
                Ok(items) => items,
                Err(error) if error.is_gone() => return Ok(Lookup::Absent),
                Err(error) => return Err(error),
            };
            // The service may ignore the filter.
            items.retain(|item| item.checkpoint_id.as_deref() == Some(id));
            Ok(if items.is_empty() {
                Lookup::Absent
            } else {
                Lookup::Found(items)
            })
        }
    }
}

/// The path of the whole list, newest items first.
pub(super) fn newest_first() -> Path {
    ItemFilter {
        sort: Some("created_at:desc".to_owned()),
        ..ItemFilter::default()
    }
    .path("checkpoint_items")
}
