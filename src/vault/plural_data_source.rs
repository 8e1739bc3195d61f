//! The data source `csbs_vaults`: all vaults that pass the filters.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{data_source::ServiceDataSource, diagnostics::Failure};
use otc_client::{csbs::ApiError, identity::CloudService, operation::OperationContext};
use terraform_plugin::{Attribute, Diagnostics, Schema, Value, schema};

use super::{
    data_source_model::{self, VaultData},
    query::{self, VaultFilters},
};

/// The data source `csbs_vaults`.
pub struct VaultsDataSource;

/// Configuration and result of `csbs_vaults`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultsModel {
    #[serde(flatten)]
    filters: VaultFilters,
    ids: Value<Vec<String>>,
    vaults: Value<Vec<VaultData>>,
}

#[async_trait]
impl ServiceDataSource for VaultsDataSource {
    type Config = VaultsModel;
    type Data = VaultsModel;
    const SERVICE: CloudService = CloudService::Cbr;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot list the vaults",
        subject: "The vaults",
        attributes: &["policy_id"],
    };

    fn schema() -> Schema {
        Schema::new("All vaults of Cloud Backup and Recovery (CBR) that pass the filters, in the order of their names.")
            .attributes(query::attribute_filters())
            .attributes(query::search_filters())
            .attributes([
                Attribute::list_of_objects("vaults", schema::attributes(data_source_model::attributes()))
                    .computed()
                    .doc("The vaults."),
                Attribute::list_of_strings("ids")
                    .computed()
                    .doc("IDs of the vaults, in the same order."),
            ])
    }

    async fn read(
        service: &OperationContext,
        mut model: VaultsModel,
        _: &mut Diagnostics,
    ) -> Result<Option<VaultsModel>, ApiError> {
        let vaults = model.filters.read(&service.cbr).await?;
        model.vaults = vaults.iter().map(VaultData::from).collect::<Vec<_>>().into();
        model.ids = vaults.into_iter().map(|vault| vault.id).collect::<Vec<_>>().into();
        Ok(Some(model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<VaultsModel>("csbs_vaults", &VaultsDataSource::schema().block);
    }
}
