//! The list resource `csbs_vault_backup`.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    diagnostics::Failure, list::ServiceList, region_and_project::set_region_and_project_of_cbr, service_value::time,
};
use otc_client::{
    cbr::{ApiError, Backup, SERVER_TYPE},
    operation::OperationContext,
};
use terraform_plugin::{Diagnostics, ListResult, Schema, Value, model};

use super::{
    identity,
    model::VaultBackupModel,
    query::{self, AttributeFilters, ResourceFilters, SearchFilters, VaultBackupFilters, VaultBackupQuery},
};

/// The list resource `csbs_vault_backup`.
pub struct VaultBackupList;

/// The `config` block.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListFilters {
    #[serde(flatten)]
    attributes: AttributeFilters,
    #[serde(flatten)]
    search: SearchFilters,
}

#[async_trait]
impl ServiceList for VaultBackupList {
    type Config = ListFilters;
    type Object = Backup;
    const FAILURE: Failure<'static> = super::plural_data_source::FAILURE;

    fn schema() -> Schema {
        Schema::new("The backups of servers in vaults that pass the filters, newest first.")
            .attributes(query::attribute_filters())
            .attributes(query::search_filters())
    }

    fn validate(filters: &ListFilters, diags: &mut Diagnostics) {
        filters.search.time_range.validate(diags);
    }

    async fn read(
        service: &OperationContext,
        filters: ListFilters,
        limit: usize,
        _: &mut Diagnostics,
    ) -> Result<Vec<Backup>, ApiError> {
        let filters = VaultBackupFilters {
            attributes: filters.attributes,
            search: filters.search,
            // The resource is the backup of a server.
            resource: ResourceFilters {
                resource_type: Value::Value(SERVER_TYPE.to_owned()),
                ..ResourceFilters::default()
            },
        };
        let query = VaultBackupQuery::new(&filters, None);
        query.read_newest(&service.cbr, limit).await
    }

    async fn result(service: &OperationContext, backup: &Backup) -> Option<ListResult> {
        let mut state = VaultBackupModel::default();
        state.refresh(backup);
        set_region_and_project_of_cbr(service, &mut state.region, &mut state.project_id).await;
        Some(ListResult {
            identity: identity::of(&state)?,
            display_name: display_name(backup),
            resource: model::to_raw(&state).ok(),
        })
    }
}

fn display_name(backup: &Backup) -> String {
    let name = backup.name.as_ref().unwrap_or(&backup.id);
    let server = backup.resource_id.as_deref().unwrap_or("unknown");
    let created = time(backup.created_at.as_deref()).unwrap_or_else(|| "at an unknown time".to_owned());
    format!("{name} ({}, server {server}, created {created})", backup.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<ListFilters>("csbs_vault_backup", &VaultBackupList::schema().block);
    }
}
