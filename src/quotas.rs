//! The data source `csbs_quotas`: quotas of the project and how much of them is in use.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{data_source::ServiceDataSource, diagnostics::Failure};
use otc_client::{
    csbs::{ApiError, Quota},
    operation::OperationContext,
};
use terraform_plugin::{
    Attribute, Diagnostics, Schema, Value,
    schema::{Attributes, attributes},
};

/// The data source `csbs_quotas`.
pub struct QuotasDataSource;

/// Configuration and result of `csbs_quotas`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QuotasModel {
    quotas: Value<Vec<QuotaModel>>,
}

/// One quota.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct QuotaModel {
    #[serde(rename = "type")]
    quota_type: Value<String>,
    unit: Value<String>,
    quota: Value<i64>,
    used: Value<i64>,
}

impl From<Quota> for QuotaModel {
    fn from(quota: Quota) -> Self {
        Self {
            quota_type: quota.quota_type.into(),
            unit: quota.unit.into(),
            quota: quota.quota.into(),
            used: quota.used.into(),
        }
    }
}

#[async_trait]
impl ServiceDataSource for QuotasDataSource {
    type Config = QuotasModel;
    type Data = QuotasModel;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the quotas",
        subject: "The project",
        attributes: &[],
    };

    fn schema() -> Schema {
        Schema::new("The quotas of the project and how much of them is in use.").attributes([
            Attribute::list_of_objects("quotas", quota_attributes())
                .computed()
                .doc("The quotas, in the order of their types."),
        ])
    }

    async fn read(
        service: &OperationContext,
        _: QuotasModel,
        _: &mut Diagnostics,
    ) -> Result<Option<QuotasModel>, ApiError> {
        let quotas = service.client.quotas().await?;
        Ok(Some(QuotasModel {
            quotas: models(quotas).into(),
        }))
    }
}

/// Models of the quotas, in the order of their types.
#[must_use]
pub fn models(mut quotas: Vec<Quota>) -> Vec<QuotaModel> {
    quotas.sort_by(|a, b| a.quota_type.cmp(&b.quota_type));
    quotas.into_iter().map(QuotaModel::from).collect()
}

/// Attributes of one quota.
#[must_use]
pub fn quota_attributes() -> Attributes {
    attributes([
        Attribute::string("type")
            .computed()
            .doc("Type of the quota: `backups` or `backup_capacity`."),
        Attribute::string("unit")
            .computed()
            .doc("Unit: `GB` for a capacity; null for a count."),
        Attribute::number("quota")
            .computed()
            .doc("The limit; -1 means no limit."),
        Attribute::number("used").computed().doc("The part that is in use."),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<QuotasModel>("csbs_quotas", &QuotasDataSource::schema().block);
    }
}
