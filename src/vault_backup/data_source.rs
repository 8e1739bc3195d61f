//! The data source `csbs_vault_backup`: one vault backup.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    single::Single,
    validators::{id, string},
};
use otc_client::{
    cbr::{ApiError, Backup, BackupStatus, ItemKey, Lookup},
    identity::CloudService,
    operation::OperationContext,
};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, Schema, Value, schema};

use super::{
    data_source_model::{self, VaultBackupData},
    failure::newest_task,
    query::{self, SearchFilters, VaultBackupFilters, VaultBackupQuery, backup_line},
    volume::{self, VolumeBackup},
};

/// The data source `csbs_vault_backup`.
pub struct VaultBackupDataSource;

const SINGLE: Single = Single {
    noun: "backup",
    advice: "Add filters, or set `most_recent = true`",
};

/// Configuration of `csbs_vault_backup`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VaultBackupConfig {
    id: Value<String>,
    most_recent: Value<bool>,
    #[serde(flatten)]
    filters: VaultBackupFilters,
}

/// Result of `csbs_vault_backup`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultBackupResult {
    most_recent: Value<bool>,
    #[serde(flatten)]
    search: SearchFilters,
    #[serde(flatten)]
    backup: VaultBackupData,
    volume_backups: Value<Vec<VolumeBackup>>,
}

#[async_trait]
impl ServiceDataSource for VaultBackupDataSource {
    type Config = VaultBackupConfig;
    type Data = VaultBackupResult;
    const SERVICE: CloudService = CloudService::Cbr;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the backup",
        subject: "The backup",
        attributes: &["vault_id", "resource_id"],
    };

    fn schema() -> Schema {
        Schema::new(
            "One backup in a vault of Cloud Backup and Recovery (CBR), by its ID or by filters, with the backups of the \
             server's disks. When no backup passes the filters, or several do and `most_recent` is not set, the data source \
             fails with an error that lists what was found.",
        )
        .attributes(data_source_model::attributes())
        .attributes(query::search_filters())
        .attributes(query::attribute_filters().map(Attribute::optional_computed))
        .attributes(query::resource_filters().map(Attribute::optional_computed))
        .attributes([
            Attribute::string("id")
                .optional_computed()
                .validate(string("The ID is not valid", id()))
                .doc("ID of the backup."),
            Attribute::bool("most_recent")
                .doc("Whether to take the newest backup when several pass the filters; otherwise, several are an error."),
            Attribute::list_of_objects("volume_backups", schema::attributes(volume::attributes()))
                .computed()
                .doc("The backups of the server's disks, in the order of the disks' IDs."),
        ])
    }

    fn validate(config: &VaultBackupConfig, diags: &mut Diagnostics) {
        config.filters.validate(diags);
        if config.id.is_null() {
            return;
        }
        for name in config.filters.compared_by_lists_only() {
            diags.add_attribute_error(
                "The filter cannot be compared",
                format!("Leave out `id` or `{name}`: only the list of backups compares `{name}`."),
                AttributePath::new(name),
            );
        }
    }

    async fn read(
        service: &OperationContext,
        config: VaultBackupConfig,
        diags: &mut Diagnostics,
    ) -> Result<Option<VaultBackupResult>, ApiError> {
        let query = VaultBackupQuery::new(&config.filters, None);
        let found = match config.id.as_ref_option() {
            None => query.read(&service.cbr).await?,
            Some(id) => {
                let found = find(service, id).await?;
                if let Some(parent_id) = found.as_ref().and_then(|backup| backup.parent_id.as_deref())
                    && config.filters.resource.parent_id.is_null()
                {
                    report_disk_backup(id, parent_id, diags);
                    return Ok(None);
                }
                query.select(Vec::from_iter(found))
            }
        };
        let most_recent = config.most_recent.contains(&true);
        let Some(backup) = SINGLE.of(&found, most_recent, backup_line, diags) else {
            return Ok(None);
        };
        let backup = service.cbr.complete_backup(backup.clone()).await?;
        let task = match backup.status {
            BackupStatus::Error => newest_task(service, &backup).await,
            _ => None,
        };
        Ok(Some(VaultBackupResult {
            most_recent: config.most_recent,
            search: config.filters.search,
            volume_backups: volume::models(&backup.children).into(),
            backup: VaultBackupData::new(&backup, task.as_ref()),
        }))
    }
}

async fn find(service: &OperationContext, id: &str) -> Result<Option<Backup>, ApiError> {
    let backups = &service.vault_backups;
    let look = backups.look(ItemKey::Item(id.to_owned()), backups.refresh_from());
    Ok(match look.await? {
        Lookup::Found(found) => found.into_iter().next(),
        Lookup::Absent => None,
    })
}

fn report_disk_backup(id: &str, parent_id: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The backup is a part of a server's backup",
        format!(
            "Backup {id} is the backup of one disk. It is in `volume_backups` of the server's backup {parent_id}; to read it by \
             itself, set `parent_id` as well."
        ),
        AttributePath::new("id"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<VaultBackupResult>("csbs_vault_backup", &VaultBackupDataSource::schema().block);
    }
}
