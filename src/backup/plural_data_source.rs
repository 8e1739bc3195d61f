//! The data source `csbs_backups`: all backups that pass the filters.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{data_source::ServiceDataSource, diagnostics::Failure, sort};
use otc_client::{csbs::ApiError, operation::OperationContext};
use terraform_plugin::{Attribute, Diagnostics, Schema, Value, schema};

use super::{
    data_source_model::{self, BackupData},
    query::{self, BackupFilters, BackupQuery, SORT_KEYS},
};

/// The data source `csbs_backups`.
pub struct BackupsDataSource;

/// Configuration and result of `csbs_backups`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupsModel {
    #[serde(flatten)]
    filters: BackupFilters,
    most_recent: Value<bool>,
    sort: Value<String>,
    backups: Value<Vec<BackupData>>,
    ids: Value<Vec<String>>,
}

#[async_trait]
impl ServiceDataSource for BackupsDataSource {
    type Config = BackupsModel;
    type Data = BackupsModel;
    const FAILURE: Failure<'static> = super::list::FAILURE;

    fn schema() -> Schema {
        Schema::new("All backups that pass the filters, newest first unless `sort` says otherwise.")
            .attributes(query::all_filters())
            .attributes([
                Attribute::bool("most_recent").doc("Whether to return the newest backup only."),
                sort::attribute(&SORT_KEYS).doc(
                    "Order of the backups: keys, each with `:asc` or `:desc` (the default), separated by commas, such as \
                     `name:asc,created_at`. The keys are `created_at`, `updated_at`, `name`, `status`, `id` and \
                     `protected_at`. Default: newest first.",
                ),
                Attribute::list_of_objects("backups", schema::attributes(data_source_model::attributes()))
                    .computed()
                    .doc("The backups, in the order of `sort`."),
                Attribute::list_of_strings("ids")
                    .computed()
                    .doc("IDs of the backups, in the same order."),
            ])
    }

    fn validate(model: &BackupsModel, diags: &mut Diagnostics) {
        model.filters.validate(diags);
    }

    async fn read(
        service: &OperationContext,
        mut model: BackupsModel,
        diags: &mut Diagnostics,
    ) -> Result<Option<BackupsModel>, ApiError> {
        let query = BackupQuery::new(&model.filters, model.sort.as_ref_option());
        let selection = query.read(&service.client).await?;
        selection.warn(diags);
        let mut items = selection.items;
        if model.most_recent.contains(&true) {
            items.sort_by(query::newest_first);
            items.truncate(1);
        }
        model.backups = items.iter().map(BackupData::from).collect::<Vec<_>>().into();
        model.ids = items.into_iter().map(|item| item.id).collect::<Vec<_>>().into();
        Ok(Some(model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<BackupsModel>("csbs_backups", &BackupsDataSource::schema().block);
    }
}
