//! The data source `csbs_vault`: one vault.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    single::Single,
    validators::{id, string},
};
use otc_client::{csbs::ApiError, identity::CloudService, operation::OperationContext};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, Schema, Value};

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
        .attributes([Attribute::string("id")
            .optional_computed()
            .validate(string("The vault ID is not valid", id()))
            .doc("ID of the vault.")])
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
        let vault = SINGLE.of(&vaults, false, vault_line, diags);
        Ok(vault.map(|vault| VaultResult {
            search: config.filters.search.clone(),
            vault: vault.into(),
        }))
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
