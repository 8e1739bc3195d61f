//! Filters for backups, as data sources and lists take them, and the backups that pass them.

use crate::{
    api::{ApiError, CheckpointItem, Client, ItemFilter, Status, Tags, parse_time},
    framework::{AttributePath, AttributeType, Diagnostics, Dynamic, Report},
    provider::{
        attribute::{Attributes, computed, map_of_strings, named, optional},
        backup::{
            model::{object, set_item, tags, text},
            schema,
        },
        check,
    },
};

const STRING: AttributeType = AttributeType::String;
const BOOL: AttributeType = AttributeType::Bool;

/// Filters that a backup's own attributes answer, with what they are.
pub const OWN: [(&str, &str); 7] = [
    ("backup_name", "Name of the backup, exactly."),
    ("status", "Status, such as `available`."),
    ("resource_id", "ID of the server."),
    ("resource_name", "Name of the server, exactly."),
    ("resource_type", "Type of what was backed up, `OS::Nova::Server`."),
    ("resource_az", "Availability zone of the server."),
    ("checkpoint_id", "ID of the checkpoint (backup record)."),
];

/// Filters that no attribute of a backup answers.
#[must_use]
pub fn more() -> Attributes {
    named([
        ("name_contains", optional(STRING, "A part of the backup's name.")),
        (
            "resource_name_contains",
            optional(STRING, "A part of the server's name."),
        ),
        ("policy_id", optional(STRING, "ID of the policy that made the backup.")),
        ("ip", optional(STRING, "IP address of the server.")),
        ("start_time", optional(STRING, "Made at this time or later (RFC 3339).")),
        ("end_time", optional(STRING, "Made at this time or earlier (RFC 3339).")),
        (
            "with_tags",
            optional(map_of_strings(), "Tags that the backup has, besides others."),
        ),
        (
            "all_tenants",
            optional(BOOL, "Whether to look into all projects; for administrators only."),
        ),
    ])
}

/// All filters, as arguments.
#[must_use]
pub fn filters() -> Attributes {
    let mut attributes = more();
    for (name, what) in OWN {
        attributes.insert(name.to_owned(), optional(STRING, what));
    }
    attributes.insert(
        "image_type".to_owned(),
        optional(STRING, "Type of the backup, `backup`."),
    );
    attributes
}

/// Checks filters.
pub fn validate(config: &Dynamic, diags: &mut Diagnostics) {
    for name in ["resource_id", "checkpoint_id", "policy_id", "id"] {
        let path = AttributePath::new(name);
        check::text(diags, "The ID is not valid", &path, config.get(name), &check::id());
    }
    for name in ["start_time", "end_time"] {
        if let Some(text) = config.get(name).as_str()
            && text.parse::<jiff::Timestamp>().is_err()
        {
            diags.report_error(
                "The time is not valid",
                format!("It must be of the form \"2026-01-31T12:00:00Z\" (RFC 3339); it is {text:?}."),
                AttributePath::new(name),
            );
        }
    }
    if let Some(word) = config.get("status").as_str()
        && matches!(Status::from(word), Status::Unknown(_))
    {
        diags.report_error(
            "The status is not valid",
            format!(
                "{word:?} is not a status: waiting_protect, protecting, available, waiting_restore, restoring, \
                 waiting_delete, deleting, deleted or error."
            ),
            AttributePath::new("status"),
        );
    }
}

/// Which backups are wanted.
#[derive(Debug, Clone, Default)]
pub struct Query {
    filter: ItemFilter,
    exact_name: Option<String>,
    exact_resource_name: Option<String>,
    with_tags: Tags,
}

impl Query {
    /// Reads the filters of a configuration.
    #[must_use]
    pub fn read(config: &Dynamic) -> Self {
        let text = |name: &str| config.get(name).as_str().map(str::to_owned);
        let (name, resource_name) = (text("backup_name"), text("resource_name"));
        // The service's own form has no zone.
        let time = |name: &str| {
            let time: jiff::Timestamp = config.get(name).as_str()?.parse().ok()?;
            Some(time.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        };
        Self {
            filter: ItemFilter {
                status: config.get("status").as_str().map(Status::from),
                name: name.clone().or_else(|| text("name_contains")),
                resource_name: resource_name.clone().or_else(|| text("resource_name_contains")),
                az: text("resource_az"),
                resource_id: text("resource_id"),
                resource_type: text("resource_type"),
                start_time: time("start_time"),
                end_time: time("end_time"),
                image_type: text("image_type"),
                policy_id: text("policy_id"),
                checkpoint_id: text("checkpoint_id"),
                ip: text("ip"),
                all_tenants: config.get("all_tenants").as_bool(),
                sort: None,
                limit: None,
            },
            exact_name: name,
            exact_resource_name: resource_name,
            with_tags: tags(config.get("with_tags")),
        }
    }

    /// The backups, newest first, pages followed to the end.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn fetch(&self, client: &Client) -> Result<Vec<CheckpointItem>, ApiError> {
        self.fetch_some(client, usize::MAX).await
    }

    /// So many of the backups, newest first; no more pages are read than that takes.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn fetch_some(&self, client: &Client, limit: usize) -> Result<Vec<CheckpointItem>, ApiError> {
        let mut filter = self.filter.clone();
        // What is filtered here afterwards may throw away any number of what the service answers.
        let loose = self.exact_name.is_some() || self.exact_resource_name.is_some() || !self.with_tags.is_empty();
        if limit < usize::MAX && !loose {
            filter.limit = Some(limit);
            filter.sort = Some("created_at:desc".to_owned());
        }
        let mut items = client.list_checkpoint_items(&filter).await?;
        items.retain(|item| self.matches(item));
        items.sort_by(|a, b| {
            let time = |item: &CheckpointItem| item.created_at.as_deref().and_then(parse_time);
            time(b).cmp(&time(a)).then_with(|| a.id.cmp(&b.id))
        });
        items.truncate(limit);
        Ok(items)
    }

    /// Whether a backup passes the filters, as far as it tells: the service compares some of them loosely.
    #[must_use]
    pub fn matches(&self, item: &CheckpointItem) -> bool {
        let filter = &self.filter;
        let info = item.extend_info.as_ref();
        let same = |wanted: &Option<String>, is: Option<&String>| match (wanted, is) {
            (Some(wanted), Some(is)) => wanted == is,
            _ => true,
        };
        let made = item.created_at.as_deref().and_then(parse_time);
        let bound = |text: &Option<String>| text.as_deref().and_then(parse_time);
        let zone = info.and_then(|info| info.resource_az.as_ref());
        let name = info.and_then(|info| info.resource_name.as_ref());
        (self.exact_name.is_none() || self.exact_name == item.name)
            && (self.exact_resource_name.is_none() || self.exact_resource_name.as_ref() == name)
            && filter.status.as_ref().is_none_or(|status| *status == item.status)
            && same(&filter.resource_id, item.resource_id.as_ref())
            && same(&filter.resource_type, item.resource_type.as_ref())
            && same(&filter.checkpoint_id, item.checkpoint_id.as_ref())
            && same(&filter.az, zone)
            && bound(&filter.start_time).is_none_or(|bound| made.is_none_or(|made| made >= bound))
            && bound(&filter.end_time)
                .is_none_or(|bound| made.is_none_or(|made| made < bound + jiff::SignedDuration::from_secs(1)))
            && self
                .with_tags
                .iter()
                .all(|(key, value)| item.tags.as_ref().is_some_and(|tags| tags.get(key) == Some(value)))
    }
}

/// Attributes of one backup.
#[must_use]
pub fn item_attributes() -> Attributes {
    let mut attributes = schema::of_the_item();
    attributes.extend(named([
        ("id", computed(STRING, "ID of the backup (checkpoint item).")),
        (
            "checkpoint_id",
            computed(STRING, "ID of the checkpoint (backup record)."),
        ),
        ("backup_name", computed(STRING, "Name of the backup.")),
        ("description", computed(STRING, "Description of the backup.")),
        ("resource_id", computed(STRING, "ID of the server.")),
        ("resource_type", computed(STRING, "Type of what was backed up.")),
        ("tags", computed(map_of_strings(), "Tags of the backup.")),
        (
            "auto_trigger",
            computed(BOOL, "Whether a policy's schedule made the backup."),
        ),
    ]));
    attributes
}

/// One backup with these attributes.
#[must_use]
pub fn item_value(item: &CheckpointItem) -> Dynamic {
    let mut value = object([("checkpoint_id", Dynamic::Null), ("created_at", Dynamic::Null)]);
    set_item(&mut value, item);
    value.set("backup_name", text(item.name.as_deref()));
    value.set("description", item.description.clone().unwrap_or_default());
    value.set("resource_id", text(item.resource_id.as_deref()));
    value.set("resource_type", text(item.resource_type.as_deref()));
    value.set("tags", item.tags.clone().unwrap_or_default());
    value.set(
        "auto_trigger",
        item.extend_info.as_ref().and_then(|info| info.auto_trigger),
    );
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> CheckpointItem {
        serde_json::from_value(serde_json::json!({"id": "item", "name": "nightly", "status": "available",
            "created_at": "2026-01-01T12:00:00.500000", "tags": [{"key": "a", "value": "b"}, {"key": "c", "value": "d"}],
            "resource_id": "server", "extend_info": {"resource_name": "web", "resource_az": "z1"}}))
        .unwrap()
    }

    fn passes(name: &str, value: impl Into<Dynamic>) -> bool {
        Query::read(&object([(name, value.into())])).matches(&item())
    }

    #[test]
    fn loose_filters_of_the_service_are_exact_here() {
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
        assert!(passes("with_tags", object([("a", "b".into())])));
        assert!(!passes("with_tags", object([("a", "x".into())])));
        assert!(!passes("with_tags", object([("e", "b".into())])));
    }

    #[test]
    fn a_backup_has_all_attributes_and_no_more() {
        let value = item_value(&item());
        let names: Vec<_> = value.as_map().unwrap().keys().cloned().collect();
        let mut expected: Vec<_> = item_attributes().into_keys().collect();
        expected.sort();
        assert_eq!(names, expected);
    }
}
