//! The data source `csbs_backup`: one backup.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    validators::{id, string},
};
use otc_client::{
    csbs::{ApiError, CheckpointItem, ItemKey, Lookup},
    operation::OperationContext,
};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, Schema, Value};

use super::{
    data_source_model::{self, BackupData},
    messages::backup_line,
    query::{self, BackupFilters, BackupQuery, SearchFilters, Selection},
};

/// Most backups that an error lists.
const MAX_LISTED: usize = 10;

/// The data source `csbs_backup`.
pub struct BackupDataSource;

/// Configuration of `csbs_backup`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BackupConfig {
    id: Value<String>,
    most_recent: Value<bool>,
    #[serde(flatten)]
    filters: BackupFilters,
}

/// Result of `csbs_backup`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupResult {
    most_recent: Value<bool>,
    #[serde(flatten)]
    search: SearchFilters,
    #[serde(flatten)]
    backup: BackupData,
}

#[async_trait]
impl ServiceDataSource for BackupDataSource {
    type Config = BackupConfig;
    type Data = BackupResult;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the backup",
        subject: "The backup",
        attributes: &[],
    };

    fn schema() -> Schema {
        Schema::new(
            "One backup, by its ID or by filters. When no backup passes them, or several do and `most_recent` is not set, \
             the data source fails with an error that lists what was found.",
        )
        .attributes(data_source_model::attributes())
        .attributes(query::search_filters())
        .attributes(query::attribute_filters().map(Attribute::optional_computed))
        .attributes([
            Attribute::string("id")
                .optional_computed()
                .validate(string("The ID is not valid", id()))
                .doc("ID of the backup (checkpoint item)."),
            Attribute::bool("most_recent")
                .doc("Whether to take the newest backup when several pass the filters; otherwise, several are an error."),
        ])
    }

    fn validate(config: &BackupConfig, diags: &mut Diagnostics) {
        config.filters.validate(diags);
    }

    async fn read(
        service: &OperationContext,
        config: BackupConfig,
        diags: &mut Diagnostics,
    ) -> Result<Option<BackupResult>, ApiError> {
        let selection = select(service, &config).await?;
        selection.warn(diags);
        let most_recent = config.most_recent.contains(&true);
        Ok(single(&selection.items, most_recent, diags).map(|item| {
            let mut backup = BackupData::from(item);
            backup.keep_configured(&config.filters.attributes);
            BackupResult {
                most_recent: config.most_recent,
                search: config.filters.search,
                backup,
            }
        }))
    }
}

async fn select(service: &OperationContext, config: &BackupConfig) -> Result<Selection, ApiError> {
    let query = BackupQuery::new(&config.filters, None);
    let Some(id) = config.id.as_ref_option() else {
        return query.read(&service.client).await;
    };
    let not_older_than = service.inventory.refresh_from();
    let items = match service
        .inventory
        .look(ItemKey::Item(id.clone()), not_older_than)
        .await?
    {
        Lookup::Found(items) => items,
        Lookup::Absent => Vec::new(),
    };
    query.select(&service.client, items).await
}

/// The only backup, or the newest; an error in `diags` when there is none or several are left to choose from.
fn single<'i>(items: &'i [CheckpointItem], most_recent: bool, diags: &mut Diagnostics) -> Option<&'i CheckpointItem> {
    if items.is_empty() {
        diags.add_attribute_error(
            "There is no such backup",
            "No backup in this project passes all the filters. Check them, and that the provider's project and region are \
             those of the backup.",
            AttributePath::root(),
        );
    } else if items.len() > 1 && !most_recent {
        let mut lines: Vec<_> = items.iter().take(MAX_LISTED).map(backup_line).collect();
        if items.len() > MAX_LISTED {
            lines.push(format!("  and {} more", items.len() - MAX_LISTED));
        }
        diags.add_attribute_error(
            "Several backups pass the filters",
            format!(
                "{} backups pass the filters. Add filters, or set `most_recent = true`:\n{}",
                items.len(),
                lines.join("\n")
            ),
            AttributePath::root(),
        );
        return None;
    }
    items.first()
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<BackupResult>("csbs_backup", &BackupDataSource::schema().block);
    }
}
