//! The data source `csbs_protection_report`: which servers are backed up, by what, and how recently.

mod model;
mod report;
mod schema;

use async_trait::async_trait;

use crate::{backup::query::read_without_creation_time, data_source::ServiceDataSource, diagnostics::Failure};
use otc_client::{
    csbs::{ApiError, CheckpointItem, ItemFilter, PolicyFilter},
    operation::OperationContext,
};
use terraform_plugin::{Diagnostics, Schema};

pub(crate) use model::ImageModel;
pub(crate) use report::{count, images, size};
pub(crate) use schema::image_attributes;

use model::ProtectionReportModel;
use report::Report;

/// The data source `csbs_protection_report`.
pub struct ProtectionReportDataSource;

#[async_trait]
impl ServiceDataSource for ProtectionReportDataSource {
    type Config = ProtectionReportModel;
    type Data = ProtectionReportModel;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the protection report",
        subject: "The project",
        attributes: &[],
    };

    fn schema() -> Schema {
        schema::schema()
    }

    async fn read(
        service: &OperationContext,
        mut model: ProtectionReportModel,
        _: &mut Diagnostics,
    ) -> Result<Option<ProtectionReportModel>, ApiError> {
        let client = &service.client;
        let requested: Option<Vec<String>> = model
            .resource_ids
            .as_ref_option()
            .map(|ids| ids.iter().filter_map(|id| id.clone().as_option()).collect());
        let policy_filter = PolicyFilter::default();
        let (items, policies, quotas) = tokio::try_join!(
            read_items(service, requested.as_deref()),
            client.list_policies(&policy_filter),
            client.quotas(),
        )?;
        let report = Report {
            items: &items,
            policies: &policies,
            now: client.session().clock().now(),
        };
        report.fill(&mut model, requested.as_deref());
        model.set_quotas(quotas);
        Ok(Some(model))
    }
}

/// The backups of the project, or of the only requested server.
async fn read_items(service: &OperationContext, requested: Option<&[String]>) -> Result<Vec<CheckpointItem>, ApiError> {
    let filter = ItemFilter {
        resource_id: match requested {
            Some([id]) => Some(id.clone()),
            _ => None,
        },
        ..ItemFilter::default()
    };
    let mut items = service.client.list_checkpoint_items(&filter).await?;
    read_without_creation_time(&service.client, &mut items).await?;
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let schema = ProtectionReportDataSource::schema();
        assert_model_has_schema::<ProtectionReportModel>("csbs_protection_report", &schema.block);
    }
}
