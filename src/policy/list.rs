//! The list resource `csbs_backup_policy`.

use async_trait::async_trait;

use crate::{diagnostics::Failure, list::ServiceList};
use otc_client::{
    csbs::{ApiError, Policy, Tags},
    operation::OperationContext,
};
use terraform_plugin::{Diagnostics, ListResult, Schema, model};

use super::{
    model::PolicyModel,
    query::{self, PolicyFilters},
};

/// The list resource `csbs_backup_policy`.
pub struct PolicyList;

/// Wording of an error of a list of policies.
pub const FAILURE: Failure<'static> = Failure {
    summary: "Cannot list the policies",
    subject: "The policies",
    attributes: &[],
};

#[async_trait]
impl ServiceList for PolicyList {
    type Config = PolicyFilters;
    type Object = (Policy, Tags);
    const FAILURE: Failure<'static> = FAILURE;

    fn schema() -> Schema {
        Schema::new("The backup policies that pass the filters, in the order of their names.")
            .attributes(query::attributes())
    }

    async fn read(
        service: &OperationContext,
        filters: PolicyFilters,
        limit: usize,
        _: &mut Diagnostics,
    ) -> Result<Vec<(Policy, Tags)>, ApiError> {
        let mut policies = filters.read(&service.client, None).await?;
        policies.truncate(limit);
        Ok(policies)
    }

    async fn result(service: &OperationContext, (policy, tags): &(Policy, Tags)) -> Option<ListResult> {
        let mut state = PolicyModel::default();
        state.refresh(policy, Some(tags));
        state.set_region_and_project(service).await;
        Some(ListResult {
            identity: state.identity()?,
            display_name: policy.name.clone().unwrap_or_else(|| policy.id.clone()),
            resource: Some(model::to_raw(&state).ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<PolicyFilters>("csbs_backup_policy", &PolicyList::schema().block);
    }
}
