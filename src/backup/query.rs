//! A query for backups: the arguments of data sources and the list ([`filters`]), the comparison ([`matches`]), and the
//! requests.

mod complete;
mod filters;
mod matches;
mod order;
mod selection;

pub use complete::read_without_creation_time;
pub use filters::{AttributeFilters, BackupFilters, SearchFilters, all_filters, attribute_filters, search_filters};
pub use order::{SORT_KEYS, newest_first};
pub use selection::Selection;

use std::net::IpAddr;

use crate::{sort::Sort, tag_filter::TagFilter};
use otc_client::csbs::{ApiError, CheckpointItem, Client, ItemFilter, Status};
use terraform_plugin::Value;

use order::PROTECTED_AT;

/// The form of times that the service expects: in UTC, without a zone.
const TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%S";

/// A query for backups.
#[derive(Debug, Clone, Default)]
pub struct BackupQuery {
    /// The part that the service evaluates.
    filter: ItemFilter,
    exact_name: Option<String>,
    name_contains: Option<String>,
    exact_resource_name: Option<String>,
    resource_name_contains: Option<String>,
    ip: Option<IpAddr>,
    tags: TagFilter,
    sort: Option<Sort>,
}

impl BackupQuery {
    /// The query for the backups that pass `filters`, in the order of `sort`; newest first without it.
    #[must_use]
    pub fn new(filters: &BackupFilters, sort: Option<&String>) -> Self {
        let (attributes, search) = (&filters.attributes, &filters.search);
        let (exact_name, name_contains) = (known(&attributes.backup_name), known(&search.name_contains));
        let exact_resource_name = known(&attributes.resource_name);
        let resource_name_contains = known(&search.resource_name_contains);
        Self {
            filter: ItemFilter {
                status: attributes
                    .status
                    .as_ref_option()
                    .map(|status| Status::from(status.as_str())),
                name: exact_name.clone().or_else(|| name_contains.clone()),
                resource_name: exact_resource_name.clone().or_else(|| resource_name_contains.clone()),
                az: known(&attributes.resource_az),
                resource_id: known(&attributes.resource_id),
                resource_type: known(&attributes.resource_type),
                start_time: search.time_range.start(TIME_FORMAT),
                end_time: search.time_range.end(TIME_FORMAT),
                image_type: known(&attributes.image_type),
                policy_id: known(&search.policy_id),
                checkpoint_id: known(&attributes.checkpoint_id),
                ip: known(&search.ip),
                all_tenants: search.all_tenants.as_option(),
                sort: sort.filter(|sort| sort.contains(PROTECTED_AT)).cloned(),
                limit: None,
            },
            exact_name,
            name_contains,
            exact_resource_name,
            resource_name_contains,
            ip: search.ip.as_ref_option().and_then(|text| text.parse().ok()),
            tags: TagFilter::from(&search.tags),
            sort: sort.and_then(|sort| Sort::parse(sort, &SORT_KEYS).ok()),
        }
    }

    /// Reads the backups, following pages to the end.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read(&self, client: &Client) -> Result<Selection, ApiError> {
        let items = client.list_checkpoint_items(&self.filter).await?;
        self.select(client, items).await
    }

    /// Reads at most `limit` of the backups, the newest, with no more pages than that takes.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read_newest(&self, client: &Client, limit: usize) -> Result<Selection, ApiError> {
        let mut filter = self.filter.clone();
        if limit < usize::MAX && self.is_evaluated_by_the_service() {
            filter.limit = Some(limit);
            filter.sort = Some("created_at:desc".to_owned());
        }
        let items = client.list_checkpoint_items(&filter).await?;
        let mut selection = self.select(client, items).await?;
        selection.items.truncate(limit);
        Ok(selection)
    }

    /// Whether every backup that the service returns passes. The other filters can drop any number of them afterwards.
    fn is_evaluated_by_the_service(&self) -> bool {
        self.exact_name.is_none()
            && self.name_contains.is_none()
            && self.exact_resource_name.is_none()
            && self.resource_name_contains.is_none()
            && self.ip.is_none()
            && self.tags.is_empty()
    }

    /// Selects those of the backups that pass the filters, in order. Reads what the service left out.
    ///
    /// # Errors
    /// Any [`ApiError`] of these reads.
    pub async fn select(&self, client: &Client, mut items: Vec<CheckpointItem>) -> Result<Selection, ApiError> {
        items.retain(|item| self.matches(item));
        complete::read_incomplete(client, &mut items).await?;
        // The list may have left out the creation time.
        items.retain(|item| self.matches(item));
        let mut selection = Selection {
            items,
            ..Selection::default()
        };
        self.retain_address(&mut selection);
        // The tag calls know this project only.
        if self.filter.all_tenants != Some(true) {
            complete::read_tags(client, &mut selection.items).await?;
        }
        self.retain_tags(&mut selection);
        if self.filter.sort.is_none() {
            selection.items.sort_by(newest_first);
            if let Some(sort) = &self.sort {
                selection.items.sort_by(|a, b| order::compare(sort, a, b));
            }
        }
        Ok(selection)
    }

    fn retain_address(&self, selection: &mut Selection) {
        let Some(ip) = self.ip else { return };
        selection.items.retain(|item| {
            let has_address = item.backup_data.as_ref().and_then(|server| server.has_address(ip));
            selection.without_address += usize::from(has_address.is_none());
            has_address == Some(true)
        });
    }

    fn retain_tags(&self, selection: &mut Selection) {
        if self.tags.is_empty() {
            return;
        }
        selection.items.retain(|item| {
            selection.without_tags += usize::from(item.tags.is_none());
            item.tags.as_ref().is_some_and(|tags| self.tags.matches(tags))
        });
    }
}

fn known(text: &Value<String>) -> Option<String> {
    text.clone().as_option()
}
