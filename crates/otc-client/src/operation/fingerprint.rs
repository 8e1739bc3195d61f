//! How a backup is recognized that was asked for without an answer.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::csbs::{CheckpointItem, ProtectRequest, non_empty_description, parse_time};

/// How far the service's clock may be from ours, besides what is known of it.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// What a backup must look like to be the one that a request has made.
///
/// A backup is taken for ours only when all of this holds:
///
/// 1. it is of our server, and no policy's schedule made it;
/// 2. it was not there in the look just before the request, and no other create of this process has claimed it (creates of
///    one process take turns per server, from that look to the answer);
/// 3. it was made after that look, give or take the clocks;
/// 4. its name is the one that was asked for (any, when the service was to choose it), and so are its description and tags;
/// 5. it is the only one of which 1 to 4 hold.
///
/// For another's backup to pass, somebody else would have to start a backup of the same server with the same name,
/// description and tags in the seconds between the look and the resolution, while our request was lost: had ours been
/// carried out, both would be there, or the service would have refused the later one (one backup at a time per server).
/// Two such backups are never chosen between: 5 makes that an error that names both.
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
    /// What a request is going to make; `before` are the server's backups just before it, `now` is the time of that look.
    #[must_use]
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

    /// Whether an item looks like what was asked for, whenever it was made (1 and 4).
    #[must_use]
    pub fn resembles(&self, item: &CheckpointItem) -> bool {
        self.resembles_apart_from_tags(item) && *item.tags.as_ref().unwrap_or(&BTreeMap::new()) == self.tags
    }

    /// Whether an item may look like what was asked for, whenever it was made: tags that are not known may be the same.
    #[must_use]
    pub fn may_resemble(&self, item: &CheckpointItem) -> bool {
        self.resembles_apart_from_tags(item) && item.tags.as_ref().is_none_or(|tags| *tags == self.tags)
    }

    /// Whether only its tags, which the list left out, can tell if an item is new and looks like what was asked for.
    #[must_use]
    pub fn needs_tags(&self, item: &CheckpointItem) -> bool {
        item.tags.is_none() && !self.seen.contains(&item.id) && self.resembles_apart_from_tags(item)
    }

    fn resembles_apart_from_tags(&self, item: &CheckpointItem) -> bool {
        let made_by_schedule = item.extend_info.as_ref().and_then(|info| info.auto_trigger) == Some(true);
        item.resource_id.as_deref() == Some(self.server_id.as_str())
            && !made_by_schedule
            && self.name.as_ref().is_none_or(|name| item.name.as_ref() == Some(name))
            && non_empty_description(item.description.as_deref()) == self.description.as_deref()
    }

    /// Whether an item is new and looks like what was asked for (1 to 4, but for the claims).
    #[must_use]
    pub fn is_met_by(&self, item: &CheckpointItem) -> bool {
        let in_time = item
            .created_at
            .as_deref()
            .and_then(parse_time)
            .is_none_or(|made| made >= self.since - CLOCK_TOLERANCE);
        in_time && !self.seen.contains(&item.id) && self.resembles(item)
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

    fn met(item: &CheckpointItem) -> bool {
        let before = [self::item(|i| i["id"] = "old".into())];
        RequestFingerprint::new("server", &request(), &before, NOW.parse().unwrap()).is_met_by(item)
    }

    #[test]
    fn the_backup_that_was_asked_for_is_recognized() {
        assert!(met(&item(|_| ())));
        assert!(met(&item(|i| i["description"] = "".into())));
        assert!(met(&item(|i| i["created_at"] = serde_json::Value::Null)));
    }

    #[test]
    fn tags_are_needed_where_a_list_leaves_them_out() {
        let fingerprint = RequestFingerprint::new("server", &request(), &[], NOW.parse().unwrap());
        let sparse = item(|i| i["tags"] = serde_json::Value::Null);
        assert!(fingerprint.needs_tags(&sparse) && !fingerprint.is_met_by(&sparse));
        assert!(!fingerprint.needs_tags(&item(|_| ())));
        let other = item(|i| {
            i["tags"] = serde_json::Value::Null;
            i["name"] = "other".into();
        });
        assert!(!fingerprint.needs_tags(&other));
    }

    #[test]
    fn no_other_is() {
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
            assert!(!met(&item(|i| i[field] = value.clone())), "{field} = {value}");
        }
    }
}
