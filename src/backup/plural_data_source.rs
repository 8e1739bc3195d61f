//! The data source `csbs_backups`: all backups that pass some filters.

use async_trait::async_trait;

use crate::{
    Connection,
    attribute::{block, computed, list_of_strings, named, optional},
    service_call::ServiceCall,
    sort::Sort,
};
use terraform_plugin::{AttributeType, Context, DataSource, Diagnostics, RawValue, ReadData, Schema};

use super::query::{self, Query};

/// All backups that pass some filters.
pub struct BackupsDataSource {
    connection: Connection,
}

impl BackupsDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl DataSource for BackupsDataSource {
    fn schema(&self) -> Schema {
        let mut attributes = query::filters();
        attributes.extend(named([
            (
                "most_recent",
                optional(AttributeType::Bool, "Whether only the newest one is wanted."),
            ),
            (
                "sort",
                optional(
                    AttributeType::String,
                    "Order of the backups: keys, each with `:asc` or `:desc` (the default), separated by commas, such as \
                     `name:asc,created_at`. The keys are `created_at`, `updated_at`, `name`, `status`, `id` and \
                     `protected_at`. Newest first when this is left out.",
                ),
            ),
            (
                "backups",
                computed(
                    AttributeType::AttributeList(query::item_attributes()),
                    "The backups, in the order of `sort`.",
                ),
            ),
            ("ids", computed(list_of_strings(), "Their IDs, in the same order.")),
        ]));
        Schema::from(block(
            "All backups that pass the filters, newest first unless `sort` says otherwise.",
            attributes,
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        query::validate(config, diags);
        Sort::validate(config, &query::SORT_KEYS, diags);
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot list the backups",
            subject: "The backups",
            attributes: &[],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let wanted = Query::read(&config);
        let most_recent = config.get("most_recent").as_bool() == Some(true);
        let fetched = ask
            .service(diags, |service| async move { wanted.fetch(&service.client).await })
            .await?;
        fetched.warn(diags);
        let mut items = fetched.items;
        if most_recent {
            items.sort_by(query::newest_first);
            items.truncate(1);
        }
        let mut found = config;
        let ids: Vec<_> = items.iter().map(|item| item.id.clone()).collect();
        found.set("ids", ids);
        found.set("backups", RawValue::List(items.iter().map(query::item_value).collect()));
        Some(ReadData::Found(found))
    }
}
