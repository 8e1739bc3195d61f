//! Looks in the list for what was answered 404 without the service's own word.

use std::collections::BTreeSet;

use super::{ItemKey, Lookup};
use crate::csbs::item::ITEMS;
use crate::csbs::page::PAGE;
use crate::csbs::{ApiError, Client, ItemFilter};

/// More pages than any project has; a list that is longer proves nothing.
const MOST_PAGES: usize = 1000;

/// Reads the list to its end, once for all keys: [`Lookup::Absent`] for a key that it does not show. For one that it shows, and for
/// all when the list cannot be read to its end, the answer to the single read remains the outcome.
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

/// Which of the keys the list shows; `None` when it could not be read to its end.
async fn listed(client: &Client, answers: &[(ItemKey, ApiError)]) -> Option<BTreeSet<ItemKey>> {
    let wanted: BTreeSet<&ItemKey> = answers.iter().map(|(key, _)| key).collect();
    let path = ItemFilter {
        sort: Some("created_at:desc".to_owned()),
        ..ItemFilter::default()
    }
    .path("checkpoint_items");
    let mut shown = BTreeSet::new();
    let mut marker = None;
    for _ in 0..MOST_PAGES {
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
            // The service does not know where it was: this list has no end.
            return None;
        }
        marker = page.next;
    }
    None
}
