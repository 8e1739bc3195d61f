//! Vaults, which hold servers and their backups.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{ApiError, Client, ProtectStatus, SERVER_TYPE, Tags, VaultStatus};
use crate::rest::{
    client::Call,
    lenient,
    page::{List, Paging},
    path::Path,
};

/// A vault: the container of backups, with a capacity and the servers that may be backed up to it.
///
/// The members of the API's `billing` stand here with their units.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "WireVault")]
pub struct Vault {
    /// The ID.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The description; empty if the service answers `null` or `""`.
    pub description: Option<String>,
    /// The status.
    pub status: VaultStatus,
    /// The project.
    pub project_id: Option<String>,
    /// The ID of the service's provider for this kind of vault.
    pub provider_id: Option<String>,
    /// When it was created, as the service writes it; in UTC.
    pub created_at: Option<String>,
    /// The capacity, GB.
    pub size_gb: Option<i64>,
    /// The space that backups take, MB.
    pub used_mb: Option<i64>,
    /// The sum of the sizes of the servers and disks in it, GB.
    pub allocated_gb: Option<i64>,
    /// The kind of resources: `server`, `disk` or `turbo`.
    pub object_type: Option<String>,
    /// `backup`, or `replication` for a vault that takes copies only.
    pub protect_type: Option<String>,
    /// `public` or `hybrid`.
    pub cloud_type: Option<String>,
    /// The consistency of its backups, such as `crash_consistent`.
    pub consistent_level: Option<String>,
    /// Such as `post_paid`.
    pub charging_mode: Option<String>,
    /// Such as `vault.backup.server.normal`.
    pub spec_code: Option<String>,
    /// Why it is frozen, if it is.
    pub frozen_scene: Option<String>,
    /// Whether servers with certain tags are added by themselves.
    pub auto_bind: Option<bool>,
    /// The tags of such servers.
    pub bind_tags: Option<Tags>,
    /// Whether the capacity grows by itself when the vault is full.
    pub auto_expand: Option<bool>,
    /// Whether automatic backups in it are protected from deletion for good. This is not the status `lock`.
    pub locked: Option<bool>,
    /// The tags; `None` if the answer leaves them out.
    pub tags: Option<Tags>,
    /// The servers or disks in it.
    pub resources: Vec<VaultResource>,
}

/// A server or disk in a vault or in a checkpoint.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "WireResource")]
pub struct VaultResource {
    /// The ID of the server or disk.
    pub id: String,
    /// Such as `OS::Nova::Server`.
    pub resource_type: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The size of the resource, GB.
    pub size_gb: Option<i64>,
    /// The protection status.
    pub protect_status: ProtectStatus,
    /// The size of its backups. The unit is not documented.
    pub backup_size: Option<i64>,
    /// The number of its backups.
    pub backup_count: Option<i64>,
    /// The disks that backups of this server leave out.
    pub exclude_volumes: Vec<String>,
}

impl Vault {
    /// The server or disk with this ID, if it is in the vault.
    pub fn resource(&self, id: &str) -> Option<&VaultResource> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    /// Returns whether the backups take more space than was ordered, so that the service refuses the next one.
    pub fn is_full(&self) -> bool {
        match (self.used_mb, self.size_gb) {
            (Some(used), Some(size)) => used > size.saturating_mul(1024),
            _ => false,
        }
    }
}

#[derive(Deserialize)]
struct WireVault {
    #[serde(deserialize_with = "lenient::id")]
    id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::description")]
    description: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    project_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    provider_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    billing: Option<Billing>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    auto_bind: Option<bool>,
    #[serde(default, deserialize_with = "lenient::object")]
    bind_rules: Option<BindRules>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    auto_expand: Option<bool>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    locked: Option<bool>,
    #[serde(default, deserialize_with = "lenient::tags")]
    tags: Option<Tags>,
    #[serde(default, deserialize_with = "lenient::list")]
    resources: Vec<VaultResource>,
}

#[derive(Default, Deserialize)]
struct Billing {
    #[serde(default)]
    status: VaultStatus,
    #[serde(default, deserialize_with = "lenient::integer")]
    size: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    used: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    allocated: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    object_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    protect_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    cloud_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    consistent_level: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    charging_mode: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    spec_code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    frozen_scene: Option<String>,
}

#[derive(Default, Deserialize)]
struct BindRules {
    #[serde(default, deserialize_with = "lenient::tags")]
    tags: Option<Tags>,
}

impl From<WireVault> for Vault {
    fn from(wire: WireVault) -> Self {
        let billing = wire.billing.unwrap_or_default();
        Self {
            id: wire.id,
            name: wire.name,
            description: wire.description,
            status: billing.status,
            project_id: wire.project_id,
            provider_id: wire.provider_id,
            created_at: wire.created_at,
            size_gb: billing.size,
            used_mb: billing.used,
            allocated_gb: billing.allocated,
            object_type: billing.object_type,
            protect_type: billing.protect_type,
            cloud_type: billing.cloud_type,
            consistent_level: billing.consistent_level,
            charging_mode: billing.charging_mode,
            spec_code: billing.spec_code,
            frozen_scene: billing.frozen_scene,
            auto_bind: wire.auto_bind,
            bind_tags: wire.bind_rules.and_then(|rules| rules.tags),
            auto_expand: wire.auto_expand,
            locked: wire.locked,
            tags: wire.tags,
            resources: wire.resources,
        }
    }
}

#[derive(Deserialize)]
struct WireResource {
    #[serde(deserialize_with = "lenient::id")]
    id: String,
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    resource_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    size: Option<i64>,
    /// The name of the size in a checkpoint.
    #[serde(default, deserialize_with = "lenient::integer")]
    resource_size: Option<i64>,
    #[serde(default)]
    protect_status: ProtectStatus,
    #[serde(default, deserialize_with = "lenient::integer")]
    backup_size: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    backup_count: Option<i64>,
    #[serde(default, deserialize_with = "lenient::object")]
    extra_info: Option<ResourceInfo>,
}

#[derive(Default, Deserialize)]
struct ResourceInfo {
    #[serde(default, deserialize_with = "volume_ids")]
    exclude_volumes: Vec<String>,
}

impl From<WireResource> for VaultResource {
    fn from(wire: WireResource) -> Self {
        Self {
            id: wire.id,
            resource_type: wire.resource_type,
            name: wire.name,
            size_gb: wire.size.or(wire.resource_size),
            protect_status: wire.protect_status,
            backup_size: wire.backup_size,
            backup_count: wire.backup_count,
            exclude_volumes: wire.extra_info.unwrap_or_default().exclude_volumes,
        }
    }
}

fn volume_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let volumes: Vec<lenient::Json> = lenient::list(deserializer)?;
    let text = |lenient::Json(volume)| match volume {
        Value::String(id) => Some(id),
        _ => None,
    };
    Ok(volumes.into_iter().filter_map(text).collect())
}

/// The filter of a list of vaults. All conditions must hold; rows that do not meet them are dropped, whatever the service does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VaultFilter {
    /// The ID.
    pub id: Option<String>,
    /// The exact name. Names are not known to be unique.
    pub name: Option<String>,
    /// `public` or `hybrid`.
    pub cloud_type: Option<String>,
    /// `server`, `disk` or `turbo`.
    pub object_type: Option<String>,
    /// `backup` or `replication`.
    pub protect_type: Option<String>,
    /// A policy that is applied to it. The answer does not name the policies, so only the service checks this.
    pub policy_id: Option<String>,
    /// A server or disk in it.
    pub resource_id: Option<String>,
    /// The status.
    pub status: Option<VaultStatus>,
    /// The greatest number of vaults; without it, the list is read to its end.
    pub limit: Option<usize>,
}

impl VaultFilter {
    fn path(&self) -> Path {
        Path::new("vaults")
            .maybe("id", self.id.as_deref())
            .maybe("name", self.name.as_deref())
            .maybe("cloud_type", self.cloud_type.as_deref())
            .maybe("object_type", self.object_type.as_deref())
            .maybe("protect_type", self.protect_type.as_deref())
            .maybe("policy_id", self.policy_id.as_deref())
            .maybe("resource_ids", self.resource_id.as_deref())
            .maybe("status", self.status.as_ref().map(VaultStatus::as_str))
    }

    /// Returns whether a vault meets the conditions that its fields show.
    pub fn matches(&self, vault: &Vault) -> bool {
        let equal = |wanted: &Option<String>, found: Option<&str>| wanted.is_none() || wanted.as_deref() == found;
        equal(&self.id, Some(&vault.id))
            && equal(&self.name, vault.name.as_deref())
            && equal(&self.cloud_type, vault.cloud_type.as_deref())
            && equal(&self.object_type, vault.object_type.as_deref())
            && equal(&self.protect_type, vault.protect_type.as_deref())
            && self
                .resource_id
                .as_deref()
                .is_none_or(|id| vault.resource(id).is_some())
            && self.status.as_ref().is_none_or(|status| *status == vault.status)
    }
}

/// The list of vaults: it has no marker.
const VAULTS: List = List {
    operation: "list_vaults",
    member: "vaults",
    links: None,
    counts: true,
    paging: Paging::Offset,
};

impl Client {
    /// Reads one vault.
    ///
    /// `GET /v3/{project_id}/vaults/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if the vault does not exist.
    pub async fn get_vault(&self, id: &str) -> Result<Vault, ApiError> {
        let path = Path::new("vaults").id("vault_id", id)?;
        self.call(Call::get("get_vault", path), |answer| {
            let vault: Vault = answer.member("vault")?;
            if vault.id == id {
                Ok(vault)
            } else {
                Err(answer.invalid_response("it is about another vault"))
            }
        })
        .await
    }

    /// The vault with this ID; `None` if the service says that it does not exist, or does not know the ID and does not list the
    /// vault either.
    ///
    /// `GET /v3/{project_id}/vaults/{id}`, and the list of vaults after an answer that is not the service's own.
    ///
    /// # Errors
    /// Any [`ApiError`] but [`ApiError::is_gone`]; also a 404 that the list does not confirm.
    pub async fn find_vault(&self, id: &str) -> Result<Option<Vault>, ApiError> {
        let error = match self.get_vault(id).await {
            Ok(vault) => return Ok(Some(vault)),
            Err(error) if error.is_gone() => return Ok(None),
            Err(error) => error,
        };
        if error.is_unconfirmed_not_found()
            && let Ok(vaults) = self.list_vaults(&VaultFilter::default()).await
            && vaults.iter().all(|vault| vault.id != id)
        {
            return Ok(None);
        }
        Err(error)
    }

    /// Lists vaults, reads all pages and checks the filter again.
    ///
    /// `GET /v3/{project_id}/vaults`.
    ///
    /// # Errors
    /// Any [`ApiError`]; a list that does not end, or repeats itself, is [`ApiError::Decode`].
    pub async fn list_vaults(&self, filter: &VaultFilter) -> Result<Vec<Vault>, ApiError> {
        self.list_matching(VAULTS, filter.path(), filter.limit, |vault| filter.matches(vault))
            .await
    }

    /// The IDs of the policies that are applied to a vault: at most one for backups and one for copies.
    ///
    /// `GET /v3/{project_id}/policies?vault_id={id}`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn vault_policy_ids(&self, vault_id: &str) -> Result<Vec<String>, ApiError> {
        #[derive(Deserialize)]
        struct Policy {
            #[serde(deserialize_with = "lenient::id")]
            id: String,
            /// The vaults that it is applied to, where the answer names them.
            #[serde(default, deserialize_with = "lenient::list_if_any")]
            associated_vaults: Option<Vec<AssociatedVault>>,
        }
        #[derive(Deserialize)]
        struct AssociatedVault {
            #[serde(deserialize_with = "lenient::id")]
            vault_id: String,
        }
        #[derive(Deserialize)]
        struct Policies(#[serde(deserialize_with = "lenient::list_if_any")] Option<Vec<Policy>>);

        let path = Path::new("policies").query("vault_id", vault_id);
        let policies = self
            .call(Call::get("list_vault_policies", path).page(), |answer| {
                let Policies(policies) = answer.member("policies")?;
                policies.ok_or_else(|| answer.invalid_response("\"policies\" is no list"))
            })
            .await?;
        // The service may ignore the filter.
        let is_applied = |policy: &Policy| {
            let vaults = policy.associated_vaults.as_deref();
            vaults.is_none_or(|vaults| vaults.iter().any(|vault| vault.vault_id == vault_id))
        };
        Ok(policies
            .into_iter()
            .filter(is_applied)
            .map(|policy| policy.id)
            .collect())
    }
}

impl VaultResource {
    /// Returns whether it is a server; also if the answer does not name the type.
    pub fn is_server(&self) -> bool {
        self.resource_type.as_deref().is_none_or(|kind| kind == SERVER_TYPE)
    }
}
