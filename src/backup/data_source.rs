//! The data source `csbs_backup`: one backup.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    single::Single,
    validators::{id, string},
};
use otc_client::{
    csbs::{ApiError, ItemKey, Lookup},
    operation::OperationContext,
};
use terraform_plugin::{Attribute, Diagnostics, Schema, Value};

use super::{
    data_source_model::{self, BackupData},
    messages::backup_line,
    query::{self, BackupFilters, BackupQuery, SearchFilters, Selection},
};

/// The data source `csbs_backup`.
pub struct BackupDataSource;

const SINGLE: Single = Single {
    noun: "backup",
    advice: "Add filters, or set `most_recent = true`",
};

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
        Ok(SINGLE
            .of(&selection.items, most_recent, backup_line, diags)
            .map(|item| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<BackupResult>("csbs_backup", &BackupDataSource::schema().block);
    }
}
