//! The data source `csbs_vault`: one vault.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    single::Single,
    validators::{id, string},
};
use otc_client::{
    cbr::{ApiError, Client},
    identity::CloudService,
    operation::OperationContext,
};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, Schema, Value};
use tracing::debug;

use super::{
    data_source_model::{self, VaultData, vault_line},
    query::{self, SearchFilters, VaultFilters},
};

/// The data source `csbs_vault`.
pub struct VaultDataSource;

const SINGLE: Single = Single {
    noun: "vault",
    advice: "Add filters, or set `id`",
};

/// Configuration of `csbs_vault`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VaultConfig {
    id: Value<String>,
    #[serde(flatten)]
    filters: VaultFilters,
}

/// Result of `csbs_vault`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultResult {
    #[serde(flatten)]
    search: SearchFilters,
    #[serde(flatten)]
    vault: VaultData,
    policy_ids: Value<Vec<String>>,
}

#[async_trait]
impl ServiceDataSource for VaultDataSource {
    type Config = VaultConfig;
    type Data = VaultResult;
    const SERVICE: CloudService = CloudService::Cbr;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the vault",
        subject: "The vault",
        attributes: &["policy_id"],
    };

    fn schema() -> Schema {
        Schema::new(
            "One vault of Cloud Backup and Recovery (CBR), by its ID or by filters, such as the vault of a server. When no \
             vault passes the filters, or several do, the data source fails with an error that lists what was found.",
        )
        .attributes(data_source_model::attributes())
        .attributes(query::search_filters())
        .attributes(query::attribute_filters().map(Attribute::optional_computed))
        .attributes([
            Attribute::string("id")
                .optional_computed()
                .validate(string("The vault ID is not valid", id()))
                .doc("ID of the vault."),
            Attribute::list_of_strings("policy_ids").computed().doc(
                "IDs of the policies that are applied to the vault, in alphabetical order: at most one for backups and one for \
                 copies. Null when the user may not list policies.",
            ),
        ])
    }

    fn validate(config: &VaultConfig, diags: &mut Diagnostics) {
        if !config.id.is_null() && !config.filters.search.policy_id().is_null() {
            diags.add_attribute_error(
                "The policy cannot be compared",
                "Leave out `id` or `policy_id`: only the list of vaults compares policies.",
                AttributePath::new("policy_id"),
            );
        }
    }

    async fn read(
        service: &OperationContext,
        config: VaultConfig,
        diags: &mut Diagnostics,
    ) -> Result<Option<VaultResult>, ApiError> {
        let filters = &config.filters;
        let vaults = match config.id.as_ref_option() {
            Some(id) => Vec::from_iter(filters.read_one(&service.cbr, id).await?),
            None => filters.read(&service.cbr).await?,
        };
        let Some(vault) = SINGLE.of(&vaults, false, vault_line, diags) else {
            return Ok(None);
        };
        Ok(Some(VaultResult {
            policy_ids: policy_ids(&service.cbr, &vault.id).await?.into(),
            search: config.filters.search.clone(),
            vault: vault.into(),
        }))
    }
}

/// The policies of a vault; `None` if the user may not list policies, which needs a permission of its own.
async fn policy_ids(client: &Client, vault_id: &str) -> Result<Option<Vec<String>>, ApiError> {
    match client.vault_policy_ids(vault_id).await {
        Ok(mut ids) => {
            ids.sort();
            Ok(Some(ids))
        }
        Err(error) if error.status() == Some(403) => {
            debug!(vault_id, %error, "the policies of the vault cannot be listed");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<VaultResult>("csbs_vault", &VaultDataSource::schema().block);
    }
}
