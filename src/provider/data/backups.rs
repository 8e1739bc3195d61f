//! The data source `csbs_backups`: all backups that pass some filters.

use async_trait::async_trait;

use crate::{
    framework::{AttributeType, Context, DataSource, Diagnostics, Dynamic, ReadData, Schema},
    provider::{
        Connection,
        attribute::{block, computed, list_of_strings, named, optional},
    },
};

use super::{
    ask::Ask,
    query::{self, Query},
};

/// All backups that pass some filters.
pub struct BackupsData {
    connection: Connection,
}

impl BackupsData {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl DataSource for BackupsData {
    fn schema(&self) -> Schema {
        let mut attributes = query::filters();
        attributes.extend(named([
            (
                "most_recent",
                optional(AttributeType::Bool, "Whether only the newest one is wanted."),
            ),
            (
                "backups",
                computed(
                    AttributeType::AttributeList(query::item_attributes()),
                    "The backups, newest first.",
                ),
            ),
            ("ids", computed(list_of_strings(), "Their IDs, newest first.")),
        ]));
        Schema {
            version: 0,
            block: block("All backups that pass the filters, newest first.", attributes, []),
        }
    }

    async fn validate(&self, _context: &Context, config: &Dynamic, diags: &mut Diagnostics) {
        query::validate(config, diags);
    }

    async fn read(&self, context: &Context, config: Dynamic, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = Ask {
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
        let mut items = ask
            .service(diags, |service| async move { wanted.fetch(&service.client).await })
            .await?;
        if config.get("most_recent").as_bool() == Some(true) {
            items.truncate(1);
        }
        let mut found = config;
        let ids: Vec<_> = items.iter().map(|item| item.id.clone()).collect();
        found.set("ids", ids);
        found.set("backups", Dynamic::List(items.iter().map(query::item_value).collect()));
        Some(ReadData::Found(found))
    }
}
