//! The data source `csbs_migration_report`: what the migration to Cloud Backup and Recovery (CBR) will make of the project's
//! backups and policies.

mod model;
mod report;
mod schema;
mod vault;

use async_trait::async_trait;
use futures_util::future::try_join_all;

use crate::{data_source::ServiceDataSource, diagnostics::Failure};
use otc_client::{
    csbs::{ApiError, Client, ItemFilter, Policy, PolicyFilter},
    operation::OperationContext,
};
use terraform_plugin::{Diagnostics, Schema};

use model::MigrationReportModel;
use report::{PolicyBackups, Report};

/// Most lists that are read at the same time.
const CONCURRENT_READS: usize = 8;

/// The data source `csbs_migration_report`.
pub struct MigrationReportDataSource;

#[async_trait]
impl ServiceDataSource for MigrationReportDataSource {
    type Config = MigrationReportModel;
    type Data = MigrationReportModel;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the migration report",
        subject: "The project",
        attributes: &[],
    };

    fn schema() -> Schema {
        schema::schema()
    }

    async fn read(
        service: &OperationContext,
        _: MigrationReportModel,
        _: &mut Diagnostics,
    ) -> Result<Option<MigrationReportModel>, ApiError> {
        let client = &service.client;
        let (item_filter, policy_filter) = (ItemFilter::default(), PolicyFilter::default());
        let (items, policies) = tokio::try_join!(
            client.list_checkpoint_items(&item_filter),
            client.list_policies(&policy_filter),
        )?;
        let report = Report {
            policies: &read_policy_backups(client, policies).await?,
            items: &items,
        };
        Ok(Some(report.model()))
    }
}

/// The backups of each policy: a backup does not name its policy, but the list of backups has a filter for it.
async fn read_policy_backups(client: &Client, policies: Vec<Policy>) -> Result<Vec<PolicyBackups>, ApiError> {
    let mut found = Vec::with_capacity(policies.len());
    for policies in policies.chunks(CONCURRENT_READS) {
        let reads = policies.iter().cloned().map(|policy| {
            let client = client.clone();
            async move {
                let filter = ItemFilter {
                    policy_id: Some(policy.id.clone()),
                    ..ItemFilter::default()
                };
                let items = client.list_checkpoint_items(&filter).await?;
                Ok::<_, ApiError>(PolicyBackups {
                    policy,
                    item_ids: items.into_iter().map(|item| item.id).collect(),
                })
            }
        });
        found.extend(try_join_all(reads).await?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let schema = MigrationReportDataSource::schema();
        assert_model_has_schema::<MigrationReportModel>("csbs_migration_report", &schema.block);
    }
}
