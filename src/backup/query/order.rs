//! The order of backups.

use std::cmp::Ordering;

use crate::sort::{Sort, SortValue};
use otc_client::csbs::{CheckpointItem, parse_time};

/// Keys that backups can be sorted by.
pub const SORT_KEYS: [&str; 6] = [PROTECTED_AT, "created_at", "updated_at", "name", "status", "id"];

/// The service's answers do not have this key, so only the service can sort by it.
pub const PROTECTED_AT: &str = "protected_at";

/// Compares by creation time, the newest first. Backups without one come last.
#[must_use]
pub fn newest_first(a: &CheckpointItem, b: &CheckpointItem) -> Ordering {
    let time = |item: &CheckpointItem| item.created_at.as_deref().and_then(parse_time);
    time(b).cmp(&time(a)).then_with(|| a.id.cmp(&b.id))
}

/// Compares by the keys of `sort`.
#[must_use]
pub fn compare(sort: &Sort, a: &CheckpointItem, b: &CheckpointItem) -> Ordering {
    let time = |text: &Option<String>| text.as_deref().and_then(parse_time).map(SortValue::Time);
    sort.compare(a, b, |item, key| match key {
        "created_at" => time(&item.created_at),
        "updated_at" => time(&item.updated_at),
        "name" => item.name.clone().map(SortValue::Text),
        "status" => Some(SortValue::Text(item.status.as_str().to_owned())),
        "id" => Some(SortValue::Text(item.id.clone())),
        _ => None,
    })
}
