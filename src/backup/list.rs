//! The list resource `csbs_backup`.

use async_trait::async_trait;

use crate::{diagnostics::Failure, list::ServiceList, region_and_project::set_region_and_project, service_value::time};
use otc_client::{
    csbs::{ApiError, CheckpointItem},
    operation::OperationContext,
};
use terraform_plugin::{Diagnostics, ListResult, Schema, model};

use super::{
    identity,
    model::BackupModel,
    query::{self, BackupFilters, BackupQuery},
};

/// The list resource `csbs_backup`.
pub struct BackupList;

/// Wording of an error of a list of backups.
pub const FAILURE: Failure<'static> = Failure {
    summary: "Cannot list the backups",
    subject: "The backups",
    attributes: &[],
};

#[async_trait]
impl ServiceList for BackupList {
    type Config = BackupFilters;
    type Object = CheckpointItem;
    const FAILURE: Failure<'static> = FAILURE;

    fn schema() -> Schema {
        Schema::new("The backups that pass the filters, newest first.").attributes(query::all_filters())
    }

    fn validate(filters: &BackupFilters, diags: &mut Diagnostics) {
        filters.validate(diags);
    }

    async fn read(
        service: &OperationContext,
        filters: BackupFilters,
        limit: usize,
        diags: &mut Diagnostics,
    ) -> Result<Vec<CheckpointItem>, ApiError> {
        let query = BackupQuery::new(&filters, None);
        let selection = query.read_newest(&service.client, limit).await?;
        selection.warn(diags);
        Ok(selection.items)
    }

    async fn result(service: &OperationContext, item: &CheckpointItem) -> Option<ListResult> {
        let mut state = BackupModel::default();
        state.refresh(item);
        set_region_and_project(service, &mut state.region, &mut state.project_id).await;
        Some(ListResult {
            identity: identity::of(&state)?,
            display_name: display_name(item),
            resource: model::to_raw(&state).ok(),
        })
    }
}

fn display_name(item: &CheckpointItem) -> String {
    let name = item.name.as_ref().unwrap_or(&item.id);
    let server = item.resource_id.as_deref().unwrap_or("unknown");
    let created = time(item.created_at.as_deref()).unwrap_or_else(|| "at an unknown time".to_owned());
    format!("{name} ({}, server {server}, created {created})", item.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<BackupFilters>("csbs_backup", &BackupList::schema().block);
    }
}
