//! Arguments that select vaults, and the vaults that they select.

use serde::{Deserialize, Serialize};

use crate::validators::{id, one_of, string};
use otc_client::cbr::{ApiError, Client, Vault, VaultFilter, VaultStatus};
use terraform_plugin::{Attribute, Value};

/// Model of the filters that have the name and the value of a vault's attribute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttributeFilters {
    name: Value<String>,
    status: Value<String>,
    object_type: Value<String>,
    protect_type: Value<String>,
    cloud_type: Value<String>,
}

/// Model of the filters that no attribute of a vault corresponds to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchFilters {
    name_contains: Value<String>,
    policy_id: Value<String>,
    resource_id: Value<String>,
}

impl SearchFilters {
    /// The policy that is applied to the vault.
    pub fn policy_id(&self) -> &Value<String> {
        &self.policy_id
    }
}

/// Model of the arguments.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultFilters {
    #[serde(flatten)]
    pub attributes: AttributeFilters,
    #[serde(flatten)]
    pub search: SearchFilters,
}

/// The filters that have the name of a vault's attribute.
#[must_use]
pub fn attribute_filters() -> [Attribute; 5] {
    [
        Attribute::string("name").doc("Exact name of the vault. Several vaults can have the same name."),
        Attribute::string("status")
            .validate(string(
                "The status is not valid",
                [one_of(&["available", "lock", "frozen", "deleting", "error"])],
            ))
            .doc("Status, such as `available`."),
        Attribute::string("object_type")
            .validate(string(
                "The object type is not valid",
                [one_of(&["server", "disk", "turbo"])],
            ))
            .doc("Kind of resources in it: `server`, `disk` or `turbo`."),
        Attribute::string("protect_type")
            .validate(string(
                "The protection type is not valid",
                [one_of(&["backup", "replication"])],
            ))
            .doc("`backup`, or `replication` for copies from another region."),
        Attribute::string("cloud_type").doc("Kind of cloud, such as `public`."),
    ]
}

/// The filters that no attribute of a vault corresponds to.
#[must_use]
pub fn search_filters() -> [Attribute; 3] {
    [
        Attribute::string("name_contains").doc("Part of the vault's name."),
        Attribute::string("resource_id")
            .validate(string("The ID is not valid", id()))
            .doc("ID of a server or disk in the vault. A server is in one vault at most."),
        Attribute::string("policy_id")
            .validate(string("The ID is not valid", id()))
            .doc("ID of a policy that is applied to the vault. Only the service compares it: a vault does not name its policies."),
    ]
}

impl VaultFilters {
    /// Reads the vaults that pass the filters, in the order of their names.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read(&self, client: &Client) -> Result<Vec<Vault>, ApiError> {
        let mut vaults = client.list_vaults(&self.service_filter()).await?;
        vaults.retain(|vault| self.name_matches(vault));
        vaults.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(vaults)
    }

    /// Reads the vault with this ID, if it passes the filters.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read_one(&self, client: &Client, id: &str) -> Result<Option<Vault>, ApiError> {
        let filter = self.service_filter();
        let vault = client.find_vault(id).await?;
        Ok(vault.filter(|vault| filter.matches(vault) && self.name_matches(vault)))
    }

    /// The part that the service evaluates. The client compares it again.
    fn service_filter(&self) -> VaultFilter {
        let known = |text: &Value<String>| text.clone().as_option();
        VaultFilter {
            name: known(&self.attributes.name),
            status: self.attributes.status.as_deref_option().map(VaultStatus::from),
            object_type: known(&self.attributes.object_type),
            protect_type: known(&self.attributes.protect_type),
            cloud_type: known(&self.attributes.cloud_type),
            policy_id: known(&self.search.policy_id),
            resource_id: known(&self.search.resource_id),
            ..VaultFilter::default()
        }
    }

    fn name_matches(&self, vault: &Vault) -> bool {
        let name = vault.name.as_deref().unwrap_or_default();
        self.search
            .name_contains
            .iter()
            .all(|part| name.contains(part.as_str()))
    }
}
