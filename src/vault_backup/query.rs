//! A query for vault backups: the arguments of data sources and the list ([`filters`]), and the requests.

mod filters;

pub use filters::{
    AttributeFilters, ResourceFilters, SearchFilters, VaultBackupFilters, attribute_filters, resource_filters,
    search_filters,
};

use std::cmp::Ordering;

use crate::sort::{Sort, SortValue};
use otc_client::cbr::{ApiError, Backup, BackupFilter, BackupStatus, Client, parse_time};
use terraform_plugin::Value;

/// Keys that vault backups can be sorted by.
pub const SORT_KEYS: [&str; 6] = ["protected_at", "created_at", "updated_at", "name", "status", "id"];

/// The form of times that the service expects: in UTC.
const TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A query for vault backups.
#[derive(Debug, Clone, Default)]
pub struct VaultBackupQuery {
    /// The part that the service evaluates. The client compares it again.
    filter: BackupFilter,
    name_contains: Option<String>,
    resource_name_contains: Option<String>,
    sort: Option<Sort>,
}

impl VaultBackupQuery {
    /// The query for the backups that pass `filters`, in the order of `sort`; newest first without it.
    #[must_use]
    pub fn new(filters: &VaultBackupFilters, sort: Option<&String>) -> Self {
        let (attributes, search) = (&filters.attributes, &filters.search);
        Self {
            filter: BackupFilter {
                checkpoint_id: known(&attributes.checkpoint_id),
                vault_id: known(&attributes.vault_id),
                resource_id: known(&attributes.resource_id),
                parent_id: known(&filters.resource.parent_id),
                name: known(&attributes.name),
                resource_name: known(&attributes.resource_name),
                resource_type: known(&filters.resource.resource_type),
                resource_az: known(&attributes.resource_az),
                image_type: known(&attributes.image_type),
                status: Vec::from_iter(attributes.status.as_deref_option().map(BackupStatus::from)),
                start_time: search.time_range.start(TIME_FORMAT),
                end_time: search.time_range.end(TIME_FORMAT),
                used_percent: search
                    .used_percent
                    .as_option()
                    .and_then(|percent| u8::try_from(percent).ok()),
                dec: search.dec.as_option(),
                own_type: known(&search.own_type),
                member_status: known(&search.member_status),
                ..BackupFilter::default()
            },
            name_contains: known(&search.name_contains),
            resource_name_contains: known(&search.resource_name_contains),
            sort: sort.and_then(|sort| Sort::parse(sort, &SORT_KEYS).ok()),
        }
    }

    /// Reads the backups, following pages to the end. They have no disk backups.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read(&self, client: &Client) -> Result<Vec<Backup>, ApiError> {
        Ok(self.select(client.list_backups(&self.filter).await?))
    }

    /// Reads at most `limit` of the backups, the newest, with no more pages than that takes.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read_newest(&self, client: &Client, limit: usize) -> Result<Vec<Backup>, ApiError> {
        let mut filter = self.filter.clone();
        if limit < usize::MAX && self.name_contains.is_none() && self.resource_name_contains.is_none() {
            filter.limit = Some(limit);
            filter.sort = Some("created_at:desc".to_owned());
        }
        let mut backups = self.select(client.list_backups(&filter).await?);
        backups.truncate(limit);
        Ok(backups)
    }

    /// Those of the backups that pass the filters, in order.
    #[must_use]
    pub fn select(&self, mut backups: Vec<Backup>) -> Vec<Backup> {
        backups.retain(|backup| {
            self.filter.matches(backup)
                && contains(self.name_contains.as_ref(), backup.name.as_ref())
                && contains(self.resource_name_contains.as_ref(), backup.resource_name.as_ref())
        });
        backups.sort_by(newest_first);
        if let Some(sort) = &self.sort {
            backups.sort_by(|a, b| compare(sort, a, b));
        }
        backups
    }
}

/// Compares by creation time, the newest first. Backups without one come last.
#[must_use]
pub fn newest_first(a: &Backup, b: &Backup) -> Ordering {
    let time = |backup: &Backup| backup.created_at.as_deref().and_then(parse_time);
    time(b).cmp(&time(a)).then_with(|| a.id.cmp(&b.id))
}

/// A vault backup as a line of a list.
#[must_use]
pub fn backup_line(backup: &Backup) -> String {
    format!(
        "  backup {}: name {:?}, server {}, vault {}, status {}, created at {}",
        backup.id,
        backup.name.as_deref().unwrap_or_default(),
        backup.resource_id.as_deref().unwrap_or("(unknown)"),
        backup.vault_id.as_deref().unwrap_or("(unknown)"),
        backup.status,
        backup.created_at.as_deref().unwrap_or("an unknown time")
    )
}

fn compare(sort: &Sort, a: &Backup, b: &Backup) -> Ordering {
    let time = |text: &Option<String>| text.as_deref().and_then(parse_time).map(SortValue::Time);
    sort.compare(a, b, |backup, key| match key {
        "protected_at" => time(&backup.protected_at),
        "created_at" => time(&backup.created_at),
        "updated_at" => time(&backup.updated_at),
        "name" => backup.name.clone().map(SortValue::Text),
        "status" => Some(SortValue::Text(backup.status.as_str().to_owned())),
        "id" => Some(SortValue::Text(backup.id.clone())),
        _ => None,
    })
}

fn contains(part: Option<&String>, text: Option<&String>) -> bool {
    part.is_none_or(|part| text.is_some_and(|text| text.contains(part)))
}

fn known(text: &Value<String>) -> Option<String> {
    text.clone().as_option()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use terraform_plugin::{RawValue, model};

    fn passes(name: &str, value: &str) -> bool {
        let backup = serde_json::from_value(
            serde_json::json!({"id": "backup", "name": "nightly", "status": "available",
            "created_at": "2026-01-01T12:00:00.500+00:00", "vault_id": "vault", "checkpoint_id": "checkpoint",
            "resource_id": "server", "resource_name": "web", "resource_az": "z1", "image_type": "backup",
            "resource_type": "OS::Nova::Server", "parent_id": null}),
        )
        .unwrap();
        let config = RawValue::Map(BTreeMap::from([(name.to_owned(), value.into())]));
        let query = VaultBackupQuery::new(&model::from_raw(&config).unwrap(), None);
        !query.select(vec![backup]).is_empty()
    }

    #[test]
    fn every_filter_is_compared_again() {
        for (name, right, wrong) in [
            ("name", "nightly", "night"),
            ("name_contains", "night", "day"),
            ("resource_name", "web", "we"),
            ("resource_name_contains", "we", "db"),
            ("status", "available", "error"),
            ("vault_id", "vault", "vaul"),
            ("checkpoint_id", "checkpoint", "other"),
            ("resource_id", "server", "serve"),
            ("resource_az", "z1", "z"),
            ("resource_type", "OS::Nova::Server", "OS::Cinder::Volume"),
            ("image_type", "backup", "replication"),
            ("start_time", "2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"),
            ("end_time", "2026-01-01T12:00:00Z", "2026-01-01T11:59:59Z"),
        ] {
            assert!(passes(name, right), "{name}");
            assert!(!passes(name, wrong), "{name}");
        }
        assert!(!passes("parent_id", "server-backup"));
    }
}
