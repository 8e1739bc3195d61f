//! The data source `csbs_backup_policies`: all policies that pass the filters.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    sort::{self, Sort},
};
use otc_client::{csbs::ApiError, operation::OperationContext};
use terraform_plugin::{Attribute, Diagnostics, Schema, Value, schema};

use super::{
    data_source_model::{self, PolicyData},
    query::{self, PolicyFilters, SORT_KEYS},
};

/// The data source `csbs_backup_policies`.
pub struct PoliciesDataSource;

/// Configuration and result of `csbs_backup_policies`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PoliciesModel {
    #[serde(flatten)]
    filters: PolicyFilters,
    sort: Value<String>,
    ids: Value<Vec<String>>,
    policies: Value<Vec<PolicyData>>,
}

#[async_trait]
impl ServiceDataSource for PoliciesDataSource {
    type Config = PoliciesModel;
    type Data = PoliciesModel;
    const FAILURE: Failure<'static> = super::list::FAILURE;

    fn schema() -> Schema {
        Schema::new("All backup policies that pass the filters.")
            .attributes(query::attributes())
            .attributes([
                sort::attribute(&SORT_KEYS).doc(
                    "Order of the policies: keys, each with `:asc` or `:desc` (the default), separated by commas, such as \
                     `status:asc,created_at`. The keys are `created_at`, `name`, `status` and `id`. Default: by name, \
                     ascending.",
                ),
                Attribute::list_of_objects("policies", schema::attributes(data_source_model::attributes()))
                    .computed()
                    .doc("The policies, in the order of `sort`."),
                Attribute::list_of_strings("ids")
                    .computed()
                    .doc("IDs of the policies, in the same order."),
            ])
    }

    async fn read(
        service: &OperationContext,
        mut model: PoliciesModel,
        _: &mut Diagnostics,
    ) -> Result<Option<PoliciesModel>, ApiError> {
        let client = &service.client;
        let sort = model.sort.iter().find_map(|text| Sort::parse(text, &SORT_KEYS).ok());
        let policies = model.filters.read(client, sort.as_ref()).await?;
        let now = client.session().clock().now();
        let ids: Vec<_> = policies.iter().map(|(policy, _)| policy.id.clone()).collect();
        let policies: Vec<_> = policies
            .iter()
            .map(|(policy, tags)| PolicyData::new(policy, tags, now))
            .collect();
        model.ids = ids.into();
        model.policies = policies.into();
        Ok(Some(model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<PoliciesModel>("csbs_backup_policies", &PoliciesDataSource::schema().block);
    }
}
