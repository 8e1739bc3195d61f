//! Confirms with the list that items are absent, when a 404 was not the service's own.

use std::collections::BTreeSet;

use super::lookup::{ItemKey, Lookup, newest_first};
use crate::csbs::item::ITEMS;
use crate::csbs::page::PAGE;
use crate::csbs::{ApiError, Client};

/// Number of pages that are read at most: more than any project has. A longer list proves nothing.
const MAX_PAGES: usize = 1000;

/// Reads the list to its end, once for all keys. A key that it does not show is [`Lookup::Absent`]. For a key that it shows, and for
/// all keys if the list cannot be read to its end, the answer to the single read remains the result.
pub(super) async fn absence(
    client: &Client,
    answers: Vec<(ItemKey, ApiError)>,
) -> Vec<(ItemKey, Result<Lookup, ApiError>)> {
    let shown = listed(client, &answers).await;
    answers
        .into_iter()
        .map(|(key, error)| match &shown {
            Some(shown) if !shown.contains(&key) => (key, Ok(Lookup::Absent)),
            _ => (key, Err(error)),
        })
        .collect()
}

/// The keys that the list shows; `None` if it cannot be read to its end.
async fn listed(client: &Client, answers: &[(ItemKey, ApiError)]) -> Option<BTreeSet<ItemKey>> {
    let wanted: BTreeSet<&ItemKey> = answers.iter().map(|(key, _)| key).collect();
    let path = newest_first();
    let mut shown = BTreeSet::new();
    let mut marker = None;
    for _ in 0..MAX_PAGES {
        let page = client.page(ITEMS, &path, PAGE, marker.as_deref()).await.ok()?;
        for (head, _) in page.elements {
            let keys = [
                Some(ItemKey::Item(head.id)),
                head.checkpoint_id.map(ItemKey::Checkpoint),
            ];
            shown.extend(keys.into_iter().flatten().filter(|key| wanted.contains(key)));
        }
        if shown.len() == wanted.len() || page.next.is_none() {
            return Some(shown);
        }
        if page.next == marker {
            // The service ignores the marker, so this list has no end.
            return None;
        }
        marker = page.next;
    }
    None
}
