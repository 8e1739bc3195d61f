//! The data source `csbs_backup_policy`: one policy.

use async_trait::async_trait;
use serde::Deserialize;

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    validators::{id, string},
};
use otc_client::{
    csbs::{ApiError, Client, Policy},
    operation::{OperationContext, policy::by_name},
};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, Schema, Value};

use super::{
    data_source_model::{self, PolicyData},
    query,
};

/// The data source `csbs_backup_policy`.
pub struct PolicyDataSource;

/// Configuration of `csbs_backup_policy`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicyConfig {
    id: Value<String>,
    name: Value<String>,
}

#[async_trait]
impl ServiceDataSource for PolicyDataSource {
    type Config = PolicyConfig;
    type Data = PolicyData;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the policy",
        subject: "The policy",
        attributes: &["name"],
    };

    fn schema() -> Schema {
        Schema::new("One backup policy, by its ID or its name.")
            .attributes(data_source_model::attributes())
            .attributes([
                Attribute::string("id")
                    .optional_computed()
                    .validate(string("The policy ID is not valid", id()))
                    .doc("ID of the policy."),
                Attribute::string("name")
                    .optional_computed()
                    .doc("Exact name of the policy; names are unique in a project."),
            ])
    }

    fn validate(config: &PolicyConfig, diags: &mut Diagnostics) {
        if config.id.is_null() && config.name.is_null() {
            diags.add_attribute_error(
                "Missing policy ID or name",
                "Set `id` or `name`.",
                AttributePath::root(),
            );
        }
    }

    async fn read(
        service: &OperationContext,
        config: PolicyConfig,
        diags: &mut Diagnostics,
    ) -> Result<Option<PolicyData>, ApiError> {
        let client = &service.client;
        let Some(mut policy) = find(client, &config).await? else {
            diags.add_attribute_error(
                "There is no such policy",
                "No policy in this project has this ID and name. Check them, and that the provider's project and region \
                 are those of the policy.",
                AttributePath::root(),
            );
            return Ok(None);
        };
        let tags = query::tags(client, &mut policy).await?;
        Ok(Some(PolicyData::new(&policy, &tags, client.session().clock().now())))
    }
}

async fn find(client: &Client, config: &PolicyConfig) -> Result<Option<Policy>, ApiError> {
    let name = config.name.as_ref_option();
    let policy = match (config.id.as_ref_option(), name) {
        (Some(id), _) => client.find_policy(id).await?,
        (None, Some(name)) => by_name(client, name).await?,
        (None, None) => None,
    };
    Ok(policy.filter(|policy| name.is_none() || policy.name.as_ref() == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<PolicyData>("csbs_backup_policy", &PolicyDataSource::schema().block);
    }
}
