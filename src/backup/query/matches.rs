//! Whether a backup passes the filters.

use jiff::{SignedDuration, Timestamp};

use otc_client::csbs::{CheckpointItem, parse_time};

use super::BackupQuery;

impl BackupQuery {
    /// Whether a backup passes the filters, except those by address and tags. The service compares some filters loosely, so
    /// they are compared here again. What the backup does not say passes, except names.
    #[must_use]
    pub fn matches(&self, item: &CheckpointItem) -> bool {
        let filter = &self.filter;
        let info = item.extend_info.as_ref();
        let server_name = info.and_then(|info| info.resource_name.as_ref());
        (self.exact_name.is_none() || self.exact_name == item.name)
            && (self.exact_resource_name.is_none() || self.exact_resource_name.as_ref() == server_name)
            && contains(self.name_contains.as_ref(), item.name.as_ref())
            && contains(self.resource_name_contains.as_ref(), server_name)
            && filter.status.as_ref().is_none_or(|status| *status == item.status)
            && equals(filter.resource_id.as_ref(), item.resource_id.as_ref())
            && equals(filter.resource_type.as_ref(), item.resource_type.as_ref())
            && equals(filter.checkpoint_id.as_ref(), item.checkpoint_id.as_ref())
            && equals(
                filter.image_type.as_ref(),
                info.and_then(|info| info.image_type.as_ref()),
            )
            && equals(filter.az.as_ref(), info.and_then(|info| info.resource_az.as_ref()))
            && self.is_in_time_range(item)
    }

    fn is_in_time_range(&self, item: &CheckpointItem) -> bool {
        let time = |text: &Option<String>| text.as_deref().and_then(parse_time);
        let Some(created) = time(&item.created_at) else {
            return true;
        };
        // The service compares whole seconds.
        let after_end = |end: Timestamp| created.duration_since(end) >= SignedDuration::from_secs(1);
        time(&self.filter.start_time).is_none_or(|start| created >= start)
            && !time(&self.filter.end_time).is_some_and(after_end)
    }
}

fn equals(filter: Option<&String>, value: Option<&String>) -> bool {
    match (filter, value) {
        (Some(filter), Some(value)) => filter == value,
        _ => true,
    }
}

fn contains(part: Option<&String>, text: Option<&String>) -> bool {
    match (part, text) {
        (Some(part), Some(text)) => text.contains(part),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use terraform_plugin::{RawValue, model};

    fn passes(name: &str, value: &str) -> bool {
        let item = serde_json::from_value(serde_json::json!({"id": "item", "name": "nightly", "status": "available",
            "created_at": "2026-01-01T12:00:00.500000", "tags": [{"key": "a", "value": "b"}, {"key": "c", "value": "d"}],
            "resource_id": "server", "extend_info": {"resource_name": "web", "resource_az": "z1"}}))
        .unwrap();
        let config = RawValue::Map(BTreeMap::from([(name.to_owned(), value.into())]));
        BackupQuery::new(&model::from_raw(&config).unwrap(), None).matches(&item)
    }

    #[test]
    fn filters_that_the_service_compares_loosely_are_exact() {
        for (name, right, wrong) in [
            ("backup_name", "nightly", "night"),
            ("resource_name", "web", "we"),
            ("status", "available", "error"),
            ("resource_id", "server", "serve"),
            ("resource_az", "z1", "z"),
            ("start_time", "2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"),
            ("end_time", "2026-01-01T12:00:00Z", "2026-01-01T11:59:59Z"),
        ] {
            assert!(passes(name, right), "{name}");
            assert!(!passes(name, wrong), "{name}");
        }
        assert!(passes("name_contains", "night") && passes("resource_name_contains", "we"));
        assert!(!passes("name_contains", "day") && !passes("resource_name_contains", "db"));
    }
}
