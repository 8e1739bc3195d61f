//! The data source `csbs_vault_backups`: all vault backups that pass the filters.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{data_source::ServiceDataSource, diagnostics::Failure, sort};
use otc_client::{cbr::ApiError, identity::CloudService, operation::OperationContext};
use terraform_plugin::{Attribute, Diagnostics, Schema, Value, schema};

use super::{
    data_source_model::{self, VaultBackupData},
    query::{self, SORT_KEYS, VaultBackupFilters, VaultBackupQuery},
};

/// The data source `csbs_vault_backups`.
pub struct VaultBackupsDataSource;

/// Wording of an error of a list of vault backups.
pub const FAILURE: Failure<'static> = Failure {
    summary: "Cannot list the backups",
    subject: "The backups",
    attributes: &["vault_id", "resource_id"],
};

/// Configuration and result of `csbs_vault_backups`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultBackupsModel {
    #[serde(flatten)]
    filters: VaultBackupFilters,
    most_recent: Value<bool>,
    sort: Value<String>,
    backups: Value<Vec<VaultBackupData>>,
    ids: Value<Vec<String>>,
}

#[async_trait]
impl ServiceDataSource for VaultBackupsDataSource {
    type Config = VaultBackupsModel;
    type Data = VaultBackupsModel;
    const SERVICE: CloudService = CloudService::Cbr;
    const FAILURE: Failure<'static> = FAILURE;

    fn schema() -> Schema {
        Schema::new(
            "All backups in vaults of Cloud Backup and Recovery (CBR) that pass the filters, newest first unless `sort` says \
             otherwise. A list has neither the backups of the disks nor the reasons of failures: see the data source \
             `csbs_vault_backup`.",
        )
        .attributes(query::attribute_filters())
        .attributes(query::resource_filters())
        .attributes(query::search_filters())
        .attributes([
            Attribute::bool("most_recent").doc("Whether to return the newest backup only."),
            sort::attribute(&SORT_KEYS).doc(
                "Order of the backups: keys, each with `:asc` or `:desc` (the default), separated by commas, such as \
                 `name:asc,created_at`. The keys are `created_at`, `updated_at`, `protected_at`, `name`, `status` and `id`. \
                 Default: newest first.",
            ),
            Attribute::list_of_objects("backups", schema::attributes(data_source_model::attributes()))
                .computed()
                .doc("The backups, in the order of `sort`."),
            Attribute::list_of_strings("ids")
                .computed()
                .doc("IDs of the backups, in the same order."),
        ])
    }

    fn validate(model: &VaultBackupsModel, diags: &mut Diagnostics) {
        model.filters.validate(diags);
    }

    async fn read(
        service: &OperationContext,
        mut model: VaultBackupsModel,
        _: &mut Diagnostics,
    ) -> Result<Option<VaultBackupsModel>, ApiError> {
        let query = VaultBackupQuery::new(&model.filters, model.sort.as_ref_option());
        let mut backups = query.read(&service.cbr).await?;
        if model.most_recent.contains(&true) {
            backups.sort_by(query::newest_first);
            backups.truncate(1);
        }
        let data = backups.iter().map(|backup| VaultBackupData::new(backup, None));
        model.backups = data.collect::<Vec<_>>().into();
        model.ids = backups.into_iter().map(|backup| backup.id).collect::<Vec<_>>().into();
        Ok(Some(model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<VaultBackupsModel>("csbs_vault_backups", &VaultBackupsDataSource::schema().block);
    }
}
