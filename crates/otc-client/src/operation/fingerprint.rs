//! Recognizes the backup of a request that got no answer.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::csbs::{CheckpointItem, ProtectRequest, non_empty_description, parse_time};

use super::timing::CLOCK_TOLERANCE;

/// The properties by which the backup of a request is recognized.
///
/// A backup is taken for ours only if all of these conditions hold:
///
/// 1. it is a backup of our server, and no policy's schedule has made it;
/// 2. it was not listed just before the request, and no other create of this process has made it (creates of one server hold a
///    lock from that list to the answer);
/// 3. it was created after that list, within the tolerance for differing clocks;
/// 4. it has the requested name (any name if none was requested), description and tags;
/// 5. it is the only backup for which 1 to 4 hold.
///
/// Another backup can meet them only if somebody else starts a backup of the same server with the same name, description and
/// tags in the seconds between the list and the recognition, while our request is lost. If the service had carried out our
/// request too, both backups would exist, or the service would have refused the later one (one backup at a time per server).
/// The provider never chooses between two such backups: condition 5 makes them an error that names both.
#[derive(Debug, Clone)]
pub struct RequestFingerprint {
    server_id: String,
    name: Option<String>,
    description: Option<String>,
    tags: BTreeMap<String, String>,
    seen: HashSet<String>,
    since: Timestamp,
}

impl RequestFingerprint {
    /// The fingerprint of a request. `before` are the server's backups just before it, `now` is the time of that list.
    pub fn new(server_id: &str, request: &ProtectRequest, before: &[CheckpointItem], now: Timestamp) -> Self {
        Self {
            server_id: server_id.to_owned(),
            name: request.backup_name.clone(),
            description: non_empty_description(request.description.as_deref()).map(str::to_owned),
            tags: request.tags.clone(),
            seen: before.iter().map(|item| item.id.clone()).collect(),
            since: now,
        }
    }

    /// Returns whether conditions 1 and 4 hold for an item, whenever it was created.
    fn equals_request(&self, item: &CheckpointItem) -> bool {
        self.equals_apart_from_tags(item) && *item.tags.as_ref().unwrap_or(&BTreeMap::new()) == self.tags
    }

    /// Returns whether conditions 1 and 4 may hold for an item: unknown tags may be the requested ones.
    pub fn may_equal_request(&self, item: &CheckpointItem) -> bool {
        self.equals_apart_from_tags(item) && item.tags.as_ref().is_none_or(|tags| *tags == self.tags)
    }

    /// Returns whether the answer to [`Self::matches`] depends on tags that the list has left out.
    pub fn needs_tags(&self, item: &CheckpointItem) -> bool {
        item.tags.is_none() && !self.seen.contains(&item.id) && self.equals_apart_from_tags(item)
    }

    fn equals_apart_from_tags(&self, item: &CheckpointItem) -> bool {
        let made_by_schedule = item.extend_info.as_ref().and_then(|info| info.auto_trigger) == Some(true);
        item.resource_id.as_deref() == Some(self.server_id.as_str())
            && !made_by_schedule
            && self.name.as_ref().is_none_or(|name| item.name.as_ref() == Some(name))
            && non_empty_description(item.description.as_deref()) == self.description.as_deref()
    }

    /// Returns whether conditions 1 to 4 hold for an item, except for backups of other creates of this process.
    pub fn matches(&self, item: &CheckpointItem) -> bool {
        let is_new = item
            .created_at
            .as_deref()
            .and_then(parse_time)
            .is_none_or(|created| created >= self.since - CLOCK_TOLERANCE);
        is_new && !self.seen.contains(&item.id) && self.equals_request(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-01-01T12:00:00Z";

    fn request() -> ProtectRequest {
        ProtectRequest {
            backup_name: Some("nightly".to_owned()),
            tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            ..ProtectRequest::default()
        }
    }

    fn item(change: impl FnOnce(&mut serde_json::Value)) -> CheckpointItem {
        let mut item = serde_json::json!({
            "id": "new", "checkpoint_id": "c", "name": "nightly", "description": "--", "resource_id": "server",
            "status": "protecting", "created_at": "2026-01-01T12:00:01.000000",
            "tags": [{"key": "a", "value": "b"}], "extend_info": {"auto_trigger": false},
        });
        change(&mut item);
        serde_json::from_value(item).unwrap()
    }

    fn matches(item: &CheckpointItem) -> bool {
        let before = [self::item(|i| i["id"] = "old".into())];
        RequestFingerprint::new("server", &request(), &before, NOW.parse().unwrap()).matches(item)
    }

    #[test]
    fn the_backup_of_the_request_is_recognized() {
        assert!(matches(&item(|_| ())));
        assert!(matches(&item(|i| i["description"] = "".into())));
        assert!(matches(&item(|i| i["created_at"] = serde_json::Value::Null)));
    }

    #[test]
    fn tags_are_needed_if_a_list_leaves_them_out() {
        let fingerprint = RequestFingerprint::new("server", &request(), &[], NOW.parse().unwrap());
        let sparse = item(|i| i["tags"] = serde_json::Value::Null);
        assert!(fingerprint.needs_tags(&sparse) && !fingerprint.matches(&sparse));
        assert!(!fingerprint.needs_tags(&item(|_| ())));
        let other = item(|i| {
            i["tags"] = serde_json::Value::Null;
            i["name"] = "other".into();
        });
        assert!(!fingerprint.needs_tags(&other));
    }

    #[test]
    fn no_other_backup_is_recognized() {
        for (field, value) in [
            ("id", "old".into()),
            ("resource_id", "another".into()),
            ("name", "nightly2".into()),
            ("description", "by hand".into()),
            ("tags", serde_json::json!([])),
            ("tags", serde_json::json!([{"key": "a", "value": "c"}])),
            ("created_at", "2026-01-01T11:54:00.000000".into()),
            ("extend_info", serde_json::json!({"auto_trigger": true})),
        ] {
            assert!(!matches(&item(|i| i[field] = value.clone())), "{field} = {value}");
        }
    }
}
