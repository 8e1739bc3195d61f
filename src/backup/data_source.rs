//! The data source `csbs_backup`: one backup.

use async_trait::async_trait;

use crate::{
    Connection,
    attribute::{block, named, optional, optional_computed},
    backup::messages::line,
    service_call::ServiceCall,
};
use otc_client::csbs::{CheckpointItem, ItemKey, Lookup};
use terraform_plugin::{
    AddDiagnostic, AttributePath, AttributeType, Context, DataSource, Diagnostics, RawValue, ReadData, Schema,
};

use super::query::{self, OWN, Query};

/// One backup, by ID or by filters.
pub struct BackupDataSource {
    connection: Connection,
}

impl BackupDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl DataSource for BackupDataSource {
    fn schema(&self) -> Schema {
        let mut attributes = query::item_attributes();
        attributes.extend(query::more());
        for (name, what) in OWN {
            attributes.insert(name.to_owned(), optional_computed(AttributeType::String, what));
        }
        attributes.extend(named([
            (
                "id",
                optional_computed(AttributeType::String, "ID of the backup (checkpoint item)."),
            ),
            (
                "most_recent",
                optional(
                    AttributeType::Bool,
                    "Whether to take the newest when several backups pass the filters; several are an error otherwise.",
                ),
            ),
        ]));
        Schema::from(block(
            "One backup, by its ID or by filters. None and, without `most_recent`, several are an error that says what \
                 was found.",
            attributes,
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        query::validate(config, diags);
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot read the backup",
            subject: "The backup",
            attributes: &[],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let wanted = Query::read(&config);
        let id = config.get("id").as_str().map(str::to_owned);
        let found = ask
            .service(diags, |service| async move {
                let Some(id) = id else {
                    return wanted.fetch(&service.client).await;
                };
                let look = service
                    .inventory
                    .look(ItemKey::Item(id), service.inventory.refresh_from());
                let items = match look.await? {
                    Lookup::Found(items) => items,
                    Lookup::Absent => Vec::new(),
                };
                wanted.select(&service.client, items).await
            })
            .await?;
        found.warn(diags);
        let item = one(found.items, config.get("most_recent").as_bool() == Some(true), diags)?;
        let mut found = config;
        if let RawValue::Map(values) = query::item_value(&item) {
            for (name, value) in values {
                if found.get(&name).is_null() {
                    found.set(&name, value);
                }
            }
        }
        Some(ReadData::Found(found))
    }
}

fn one(items: Vec<CheckpointItem>, most_recent: bool, diags: &mut Diagnostics) -> Option<CheckpointItem> {
    const SHOWN: usize = 10;
    if items.is_empty() {
        diags.add_attribute_error(
            "There is no such backup",
            "No backup in this project passes all the filters. Check them, and that the provider's project and region are \
             those of the backup.",
            AttributePath::root(),
        );
        return None;
    }
    if items.len() > 1 && !most_recent {
        let mut lines: Vec<_> = items.iter().take(SHOWN).map(line).collect();
        if items.len() > SHOWN {
            lines.push(format!("  and {} more", items.len() - SHOWN));
        }
        diags.add_attribute_error(
            "Several backups pass the filters",
            format!(
                "{} backups do; say more, or set `most_recent = true`:\n{}",
                items.len(),
                lines.join("\n")
            ),
            AttributePath::root(),
        );
        return None;
    }
    items.into_iter().next()
}
