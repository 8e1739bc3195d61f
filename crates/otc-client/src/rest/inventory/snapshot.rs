//! The pages of the list that were read.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::Instant;

use super::Listed;
use super::lookup::ItemKey;
use crate::rest::{client::Client, page::Page, parse_time};

/// Age difference between a checkpoint's items and the oldest item read from which on the list has all items of the checkpoint:
/// they are created within seconds of each other.
const MIN_AGE_DIFFERENCE: Duration = Duration::from_secs(60);

/// Size of the text that is kept, in bytes: that of about 30,000 backups of servers with one disk. Further items are read one by
/// one.
const MAX_SIZE: usize = if cfg!(test) { 8 } else { 64 } * 1024 * 1024;

/// The list as far as it was read, newest items first.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// When its first page was requested.
    pub(super) begun: Instant,
    /// The position of the next page.
    pub(super) next: Option<String>,
    /// Whether it was read to its end.
    pub(super) complete: bool,
    items: HashMap<String, Entry>,
    checkpoints: HashMap<String, Vec<String>>,
    /// When the oldest item read so far was created, if all items have a time.
    oldest: Option<Timestamp>,
    /// Whether an item had no time, or was out of order.
    unordered: bool,
    /// The size of the text that it keeps.
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
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

    /// Adds a page that was requested at `read_at`.
    pub(super) fn add(&mut self, page: Page, read_at: Instant) {
        self.bytes = self.bytes.saturating_add(page.len());
        self.next = page.next(self.items.len());
        self.complete = self.next.is_none();
        for (head, text) in page.elements {
            let created_at = head.created_at.as_deref().and_then(parse_time);
            match (created_at, self.oldest) {
                (None, _) => self.unordered = true,
                (Some(created), Some(oldest)) if created > oldest => self.unordered = true,
                (Some(created), _) => self.oldest = Some(created),
            }
            // The backup of a disk belongs to the backup of its server, and does not count as another one of the checkpoint.
            if let (Some(checkpoint), None) = (&head.checkpoint_id, &head.parent_id) {
                let group = self.checkpoints.entry(checkpoint.clone()).or_default();
                if !group.contains(&head.id) {
                    group.push(head.id.clone());
                }
            }
            self.items.insert(
                head.id,
                Entry {
                    read_at,
                    checkpoint_id: head.checkpoint_id,
                    created_at,
                    text,
                },
            );
        }
    }

    /// The items of `key`, if they were read at `not_older_than` or later and not changed since.
    pub(super) fn cached<T: Listed>(
        &self,
        client: &Client<T::Api>,
        key: &ItemKey,
        not_older_than: Instant,
    ) -> Option<Vec<T>> {
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
        Some(items)
    }

    /// Returns whether an item was read.
    pub(super) fn holds(&self, item_id: &str) -> bool {
        self.items.contains_key(item_id)
    }

    /// Returns whether no further page is kept.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= MAX_SIZE
    }

    /// Number of items.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether the list was read on to items that are clearly older than this group.
    fn is_past(&self, group: &[String]) -> bool {
        let first = group
            .iter()
            .map(|id| self.items.get(id).and_then(|kept| kept.created_at))
            .min()
            .flatten();
        match (first, self.oldest) {
            (Some(first), Some(oldest)) if !self.unordered => Duration::try_from(first.duration_since(oldest))
                .is_ok_and(|difference| difference >= MIN_AGE_DIFFERENCE),
            _ => false,
        }
    }
}
