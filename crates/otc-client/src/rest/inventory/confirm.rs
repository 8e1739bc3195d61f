//! Confirms with the list that backups are absent, when a 404 was not the service's own.

use std::collections::BTreeSet;

use super::Listed;
use super::lookup::{ItemKey, Lookup};
use crate::rest::page::PAGE;
use crate::rest::{ApiError, client::Client};

/// Number of pages that are read at most: more than any project has. A longer list proves nothing.
const MAX_PAGES: usize = 1000;

/// Reads the list to its end, once for all keys. A key that it does not show is [`Lookup::Absent`]. For a key that it shows, and for
/// all keys if the list cannot be read to its end, the answer to the single read remains the result.
pub(super) async fn absence<T: Listed>(
    client: &Client<T::Api>,
    answers: Vec<(ItemKey, ApiError)>,
) -> Vec<(ItemKey, Result<Lookup<T>, ApiError>)> {
    let shown = listed::<T>(client, &answers).await;
    answers
        .into_iter()
        .map(|(key, error)| match &shown {
            Some(shown) if !shown.contains(&key) => (key, Ok(Lookup::Absent)),
            _ => (key, Err(error)),
        })
        .collect()
}

/// The keys that the list shows; `None` if it cannot be read to its end.
async fn listed<T: Listed>(client: &Client<T::Api>, answers: &[(ItemKey, ApiError)]) -> Option<BTreeSet<ItemKey>> {
    let wanted: BTreeSet<&ItemKey> = answers.iter().map(|(key, _)| key).collect();
    let path = T::newest_first();
    let mut shown = BTreeSet::new();
    let mut position = None;
    let mut read = 0;
    for _ in 0..MAX_PAGES {
        let page = client.page(T::LIST, &path, PAGE, position.as_deref()).await.ok()?;
        let next = page.next(read);
        read += page.elements.len();
        for (head, _) in page.elements {
            let keys = [
                Some(ItemKey::Item(head.id)),
                head.checkpoint_id.map(ItemKey::Checkpoint),
            ];
            shown.extend(keys.into_iter().flatten().filter(|key| wanted.contains(key)));
        }
        if shown.len() == wanted.len() || next.is_none() {
            return Some(shown);
        }
        if next == position {
            // The service ignores the position, so this list has no end.
            return None;
        }
        position = next;
    }
    None
}
