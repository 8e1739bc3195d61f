//! What pages of the list said.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::Instant;

use super::ItemKey;
use crate::csbs::page::Page;
use crate::csbs::{CheckpointItem, Client, Status, parse_time};

/// How much older than a checkpoint's items the list must have come before it holds all of them: they are made together,
/// within seconds.
const APART: Duration = Duration::from_secs(60);

/// How much text of pages is kept at most, bytes: that of about 30,000 backups of servers with one disk. What comes after it
/// is read one by one.
const MOST_KEPT: usize = if cfg!(test) { 16 } else { 64 } * 1024 * 1024;

/// The list, as far as it was read, newest first.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// No page of it was asked for earlier.
    pub(super) begun: Instant,
    /// Where to read on.
    pub(super) next: Option<String>,
    /// It was read to its end.
    pub(super) complete: bool,
    items: HashMap<String, Kept>,
    checkpoints: HashMap<String, Vec<String>>,
    /// When the oldest item read so far was made, if all of them said so.
    oldest: Option<Timestamp>,
    /// Some item did not say when it was made, or stood out of order.
    unordered: bool,
    /// How much text of pages it keeps.
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    read_at: Instant,
    checkpoint_id: Option<String>,
    created_at: Option<Timestamp>,
    text: Bytes,
}

impl Snapshot {
    pub(super) fn new(begun: Instant) -> Self {
        Self {
            begun,
            next: None,
            complete: false,
            items: HashMap::new(),
            checkpoints: HashMap::new(),
            oldest: None,
            unordered: false,
            bytes: 0,
        }
    }

    /// Takes in a page that was asked for at `read_at`.
    pub(super) fn absorb(&mut self, page: Page, read_at: Instant) {
        self.bytes = self.bytes.saturating_add(page.len());
        for (head, text) in page.elements {
            let created_at = head.created_at.as_deref().and_then(parse_time);
            match (created_at, self.oldest) {
                (None, _) => self.unordered = true,
                (Some(created), Some(oldest)) if created > oldest => self.unordered = true,
                (Some(created), _) => self.oldest = Some(created),
            }
            if let Some(checkpoint) = &head.checkpoint_id {
                let group = self.checkpoints.entry(checkpoint.clone()).or_default();
                if !group.contains(&head.id) {
                    group.push(head.id.clone());
                }
            }
            self.items.insert(
                head.id,
                Kept {
                    read_at,
                    checkpoint_id: head.checkpoint_id,
                    created_at,
                    text,
                },
            );
        }
        self.complete = page.next.is_none();
        self.next = page.next;
    }

    /// The items of `key`, if they were read at `not_older_than` or later and nothing was written since.
    pub(super) fn recall(
        &self,
        client: &Client,
        key: &ItemKey,
        not_older_than: Instant,
    ) -> Option<Vec<CheckpointItem>> {
        let ids = match key {
            ItemKey::Item(id) => std::slice::from_ref(id),
            ItemKey::Checkpoint(id) => {
                let group = self.checkpoints.get(id)?;
                if !self.complete && !self.is_past(group) {
                    return None;
                }
                group.as_slice()
            }
        };
        let valid_from = |id: &str| {
            client
                .written_at(id)
                .map_or(not_older_than, |at| at.max(not_older_than))
        };
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            let kept = self.items.get(id)?;
            let from = match &kept.checkpoint_id {
                Some(checkpoint) => valid_from(id).max(valid_from(checkpoint)),
                None => valid_from(id),
            };
            if kept.read_at < from {
                return None;
            }
            items.push(serde_json::from_slice(&kept.text).ok()?);
        }
        if matches!(key, ItemKey::Item(_)) && items.iter().any(leaves_out_disks) {
            return None;
        }
        Some(items)
    }

    /// Whether an item was read.
    pub(super) fn holds(&self, item_id: &str) -> bool {
        self.items.contains_key(item_id)
    }

    /// Whether no further page is kept.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= MOST_KEPT
    }

    /// How many items it holds.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the list was read on to items that are clearly older than this group.
    fn is_past(&self, group: &[String]) -> bool {
        let first = group
            .iter()
            .map(|id| self.items.get(id).and_then(|kept| kept.created_at))
            .min()
            .flatten();
        match (first, self.oldest) {
            (Some(first), Some(oldest)) if !self.unordered => {
                Duration::try_from(first.duration_since(oldest)).is_ok_and(|apart| apart >= APART)
            }
            _ => false,
        }
    }
}

/// Whether a list has left out the disks of a backup that is complete: the answer for the item alone has them.
fn leaves_out_disks(item: &CheckpointItem) -> bool {
    let info = item.extend_info.as_ref();
    item.status == Status::Available && info.is_some_and(|info| info.volume_backups.is_none())
}
