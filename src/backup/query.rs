//! Filters for backups, as data sources and lists take them, and the backups that pass them.

use std::net::IpAddr;

use futures_util::future::join_all;

use crate::{
    attribute::{Attributes, computed, map_of_strings, named, optional},
    backup::{
        model::{object, set_item, text},
        schema,
    },
    sort::{Sort, SortValue},
    tag_filter::{self, TagFilter},
    validators,
};
use otc_client::csbs::{ApiError, CheckpointItem, Client, ItemFilter, Status, TagKind, parse_time};
use terraform_plugin::{AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue};

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
    let mut attributes = tag_filter::attributes("backup");
    attributes.extend(named([
        ("name_contains", optional(STRING, "A part of the backup's name.")),
        (
            "resource_name_contains",
            optional(STRING, "A part of the server's name."),
        ),
        ("policy_id", optional(STRING, "ID of the policy that made the backup.")),
        (
            "ip",
            optional(
                STRING,
                "IP address of the server at the time of the backup, private or elastic, exactly. A backup for which the \
                 service reports no address is left out, with a warning.",
            ),
        ),
        ("start_time", optional(STRING, "Made at this time or later (RFC 3339).")),
        ("end_time", optional(STRING, "Made at this time or earlier (RFC 3339).")),
        (
            "all_tenants",
            optional(BOOL, "Whether to look into all projects; for administrators only."),
        ),
    ]));
    attributes
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
pub fn validate(config: &RawValue, diags: &mut Diagnostics) {
    for name in ["resource_id", "checkpoint_id", "policy_id", "id"] {
        let path = AttributePath::new(name);
        validators::text(diags, "The ID is not valid", &path, config.get(name), &validators::id());
    }
    tag_filter::validate(config, diags);
    if let Some(text) = config.get("ip").as_str()
        && text.parse::<IpAddr>().is_err()
    {
        diags.add_attribute_error(
            "The IP address is not valid",
            "It must be a whole IPv4 or IPv6 address, such as \"192.168.0.12\".",
            AttributePath::new("ip"),
        );
    }
    for name in ["start_time", "end_time"] {
        if let Some(text) = config.get(name).as_str()
            && text.parse::<jiff::Timestamp>().is_err()
        {
            diags.add_attribute_error(
                "The time is not valid",
                "It must be of the form \"2026-01-31T12:00:00Z\" (RFC 3339).",
                AttributePath::new(name),
            );
        }
    }
    let time = |name: &str| config.get(name).as_str()?.parse::<jiff::Timestamp>().ok();
    if let (Some(start), Some(end)) = (time("start_time"), time("end_time"))
        && start > end
    {
        diags.add_attribute_error(
            "The time range is empty",
            "`start_time` is after `end_time`, so that no backup can match.",
            AttributePath::new("start_time"),
        );
    }
    if let Some(word) = config.get("status").as_str()
        && matches!(Status::from(word), Status::Unknown(_))
    {
        diags.add_attribute_error(
            "The status is not valid",
            "It must be one of waiting_protect, protecting, available, waiting_restore, restoring, waiting_delete, \
             deleting, deleted or error.",
            AttributePath::new("status"),
        );
    }
}

/// Keys that backups can be sorted by. The service's answers do not have `protected_at`, so only the service can sort by it.
pub const SORT_KEYS: [&str; 6] = [PROTECTED_AT, "created_at", "updated_at", "name", "status", "id"];

const PROTECTED_AT: &str = "protected_at";

/// Which backups are wanted, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Query {
    filter: ItemFilter,
    exact_name: Option<String>,
    name_contains: Option<String>,
    exact_resource_name: Option<String>,
    resource_name_contains: Option<String>,
    ip: Option<IpAddr>,
    tags: TagFilter,
    sort: Option<Sort>,
}

/// Backups that pass the filters, and how many were left out because it is not known whether they do.
#[derive(Debug, Default)]
pub struct Found {
    /// The backups, in the order that was asked for.
    pub items: Vec<CheckpointItem>,
    /// The number of others for which the service reports no address.
    pub without_address: usize,
    /// The number of others for which the service reports no tags.
    pub without_tags: usize,
}

impl Found {
    /// Warns of backups that were left out because the service does not report what the filters compare.
    pub fn warn(&self, diags: &mut Diagnostics) {
        if self.without_address > 0 {
            diags.add_attribute_warning(
                "Not every backup could be compared with the IP address",
                format!(
                    "For {} of the backups that pass the other filters, the service reports no address of the server, so \
                     it is not known whether `ip` matches. They are left out. Use `resource_id` or `resource_name` to \
                     find them.",
                    self.without_address
                ),
                AttributePath::new("ip"),
            );
        }
        if self.without_tags > 0 {
            diags.add_attribute_warning(
                "Not every backup could be compared with the tags",
                format!(
                    "For {} of the backups that pass the other filters, the service reports no tags. They are left out. \
                     Tags of backups in other projects cannot be looked up: sign in to their project to find them by tags.",
                    self.without_tags
                ),
                AttributePath::root(),
            );
        }
    }
}

impl Query {
    /// Reads the filters of a configuration.
    #[must_use]
    pub fn read(config: &RawValue) -> Self {
        let text = |name: &str| config.get(name).as_str().map(str::to_owned);
        let (name, resource_name) = (text("backup_name"), text("resource_name"));
        // The service's own form has no zone.
        let time = |name: &str| {
            let time: jiff::Timestamp = config.get(name).as_str()?.parse().ok()?;
            Some(time.strftime("%Y-%m-%dT%H:%M:%S").to_string())
        };
        let sort = text("sort").filter(|sort| sort.contains(PROTECTED_AT));
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
                sort,
                limit: None,
            },
            exact_name: name,
            name_contains: text("name_contains"),
            exact_resource_name: resource_name,
            resource_name_contains: text("resource_name_contains"),
            ip: config.get("ip").as_str().and_then(|text| text.parse().ok()),
            tags: TagFilter::read(config),
            sort: Sort::read(config, &SORT_KEYS),
        }
    }

    /// The backups, pages followed to the end.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn fetch(&self, client: &Client) -> Result<Found, ApiError> {
        let items = client.list_checkpoint_items(&self.filter).await?;
        self.select(client, items).await
    }

    /// So many of the backups, newest first; no more pages are read than that takes.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn fetch_some(&self, client: &Client, limit: usize) -> Result<Found, ApiError> {
        let mut filter = self.filter.clone();
        // Every other filter is applied here afterwards, and may drop any number of what the service answers.
        let loose = self.exact_name.is_some()
            || self.name_contains.is_some()
            || self.exact_resource_name.is_some()
            || self.resource_name_contains.is_some()
            || self.ip.is_some()
            || !self.tags.is_empty();
        if limit < usize::MAX && !loose {
            filter.limit = Some(limit);
            filter.sort = Some("created_at:desc".to_owned());
        }
        let items = client.list_checkpoint_items(&filter).await?;
        let mut found = self.select(client, items).await?;
        found.items.truncate(limit);
        Ok(found)
    }

    /// Those of the backups that pass the filters, in order. Tags that the service left out are looked up.
    ///
    /// # Errors
    /// Any [`ApiError`] of looking up tags.
    pub async fn select(&self, client: &Client, items: Vec<CheckpointItem>) -> Result<Found, ApiError> {
        let mut found = Found {
            items,
            ..Found::default()
        };
        found.items.retain(|item| self.matches(item));
        read_sparse(client, &mut found.items).await?;
        // What was read may tell a time that the list left out.
        found.items.retain(|item| self.matches(item));
        if let Some(ip) = self.ip {
            found.items.retain(|item| {
                let fits = item.backup_data.as_ref().and_then(|server| server.has_address(ip));
                found.without_address += usize::from(fits.is_none());
                fits == Some(true)
            });
        }
        // The tag calls know this project only.
        if self.filter.all_tenants != Some(true) {
            look_up_tags(client, &mut found.items).await?;
        }
        if !self.tags.is_empty() {
            found.items.retain(|item| {
                found.without_tags += usize::from(item.tags.is_none());
                item.tags.as_ref().is_some_and(|tags| self.tags.matches(tags))
            });
        }
        if self.filter.sort.is_none() {
            found.items.sort_by(newest_first);
            if let Some(sort) = &self.sort {
                found.items.sort_by(|a, b| sort.compare(a, b, sort_value));
            }
        }
        Ok(found)
    }

    /// Whether a backup passes the filters that need no tags and no address, as far as it tells: the service compares some of
    /// them loosely.
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
        let holds = |part: &Option<String>, text: Option<&String>| match (part, text) {
            (Some(part), Some(text)) => text.contains(part),
            _ => true,
        };
        (self.exact_name.is_none() || self.exact_name == item.name)
            && (self.exact_resource_name.is_none() || self.exact_resource_name.as_ref() == name)
            && holds(&self.name_contains, item.name.as_ref())
            && holds(&self.resource_name_contains, name)
            && filter.status.as_ref().is_none_or(|status| *status == item.status)
            && same(&filter.resource_id, item.resource_id.as_ref())
            && same(&filter.resource_type, item.resource_type.as_ref())
            && same(&filter.checkpoint_id, item.checkpoint_id.as_ref())
            && same(&filter.image_type, info.and_then(|info| info.image_type.as_ref()))
            && same(&filter.az, zone)
            && bound(&filter.start_time).is_none_or(|bound| made.is_none_or(|made| made >= bound))
            && bound(&filter.end_time)
                .is_none_or(|bound| made.is_none_or(|made| made < bound + jiff::SignedDuration::from_secs(1)))
    }
}

/// So many backups are read at once where a list left members out.
const AT_ONCE: usize = 8;

/// Reads the backups of which a list left out the time or the disks: without its time, the newest backup would come last.
async fn read_sparse(client: &Client, items: &mut [CheckpointItem]) -> Result<(), ApiError> {
    let sparse: Vec<usize> = (0..items.len())
        .filter(|at| items[*at].lacks_time_or_volumes())
        .collect();
    for some in sparse.chunks(AT_ONCE) {
        let mut reads = Vec::with_capacity(some.len());
        for at in some {
            let (client, item) = (client.clone(), items[*at].clone());
            reads.push(async move { client.complete_checkpoint_item(item).await });
        }
        for (at, read) in some.iter().zip(join_all(reads).await) {
            items[*at] = read?;
        }
    }
    Ok(())
}

/// More backups without tags than this are looked up together.
const ONE_BY_ONE: usize = 3;

/// Fills in the tags of backups that the service answered without: a list may leave them out.
async fn look_up_tags(client: &Client, items: &mut [CheckpointItem]) -> Result<(), ApiError> {
    const KIND: TagKind = TagKind::Backup;
    let missing = items.iter().filter(|item| item.tags.is_none()).count();
    let carried = if missing > ONE_BY_ONE {
        let keys: Vec<String> = client.project_tags(KIND).await?.into_keys().collect();
        Some(client.resources_with_tags(KIND, &keys).await?)
    } else {
        None
    };
    for item in items.iter_mut().filter(|item| item.tags.is_none()) {
        item.tags = match carried.as_ref().map(|carried| carried.get(&item.id)) {
            // It carries none of the keys that are in use.
            Some(None) => Some(otc_client::csbs::Tags::new()),
            Some(Some(Some(tags))) => Some(tags.clone()),
            None | Some(Some(None)) => match client.list_tags(KIND, &item.id).await {
                Ok(tags) => Some(tags),
                // It was deleted meanwhile.
                Err(error) if error.is_gone() => None,
                Err(error) => return Err(error),
            },
        };
    }
    Ok(())
}

/// The order of creation, the newest first; what does not tell when it was made comes last.
#[must_use]
pub fn newest_first(a: &CheckpointItem, b: &CheckpointItem) -> std::cmp::Ordering {
    let time = |item: &CheckpointItem| item.created_at.as_deref().and_then(parse_time);
    time(b).cmp(&time(a)).then_with(|| a.id.cmp(&b.id))
}

fn sort_value(item: &CheckpointItem, key: &str) -> Option<SortValue> {
    let time = |text: &Option<String>| text.as_deref().and_then(parse_time).map(SortValue::Time);
    match key {
        "created_at" => time(&item.created_at),
        "updated_at" => time(&item.updated_at),
        "name" => item.name.clone().map(SortValue::Text),
        "status" => Some(SortValue::Text(item.status.as_str().to_owned())),
        "id" => Some(SortValue::Text(item.id.clone())),
        _ => None,
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
pub fn item_value(item: &CheckpointItem) -> RawValue {
    let mut value = object([("checkpoint_id", RawValue::Null), ("created_at", RawValue::Null)]);
    set_item(&mut value, item);
    if item
        .extend_info
        .as_ref()
        .is_none_or(|info| info.volume_backups.is_none())
    {
        value.set("volume_backups", RawValue::Null);
    }
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

    #[test]
    fn a_wrong_filter_is_named_and_not_quoted() {
        let names = ["resource_id", "ip", "start_time", "end_time", "status"];
        let mut diags = Diagnostics::default();
        validate(&object(names.map(|name| (name, "LEAK filter".into()))), &mut diags);
        let paths: Vec<_> = diags.errors.iter().map(|error| error.attribute.to_string()).collect();
        assert_eq!(paths, names);
        assert!(
            !diags.errors.iter().any(|error| error.detail.contains("LEAK")),
            "{diags:?}"
        );
    }

    fn passes(name: &str, value: impl Into<RawValue>) -> bool {
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
        assert!(!passes("name_contains", "day") && !passes("resource_name_contains", "db"));
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
