//! Vaults.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Server;

/// ID of the vault that exists at the start.
pub const FIRST_VAULT_ID: &str = "0cb60000-0000-4000-8000-000000000001";

/// Maximum number of resources of a vault.
pub(in crate::cbr) const MAX_RESOURCES: usize = 256;

/// Status of a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultStatus {
    /// Ready.
    Available,
    /// Being resized.
    Lock,
    /// Frozen, for a reason of billing.
    Frozen,
    /// Being deleted.
    Deleting,
    /// Broken.
    Error,
}

impl VaultStatus {
    /// Returns the API's name of the status.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Lock => "lock",
            Self::Frozen => "frozen",
            Self::Deleting => "deleting",
            Self::Error => "error",
        }
    }
}

/// Vault.
#[derive(Debug, Clone)]
pub(crate) struct Vault {
    pub id: String,
    /// `None` means every project.
    pub project_id: Option<String>,
    /// `None` means the first region.
    pub region: Option<String>,
    pub name: String,
    pub description: String,
    pub created_at: Timestamp,
    /// Capacity in GB.
    pub size: u64,
    pub status: VaultStatus,
    /// End of a resize or of the deletion.
    pub status_until: Option<Timestamp>,
    /// ID of the task of its deletion.
    pub deletion_task: Option<String>,
    /// Write-once protection.
    pub locked: bool,
    pub auto_expand: bool,
    pub auto_bind: bool,
    /// Pairs of the rules of `auto_bind`.
    pub bind_tags: Vec<(String, String)>,
    /// `server`, `disk` or `turbo`.
    pub object_type: String,
    /// `backup` or `replication`.
    pub protect_type: String,
    pub policy_id: Option<String>,
    pub tags: Vec<(String, String)>,
    pub resources: Vec<Association>,
}

/// Association of a resource with a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Association {
    pub id: String,
    pub kind: String,
    pub name: String,
    /// Size of the resource in GB.
    pub size: u64,
    pub exclude_volumes: Vec<String>,
    pub removal: Option<Removal>,
}

/// Removal of a resource from its vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Removal {
    pub until: Timestamp,
    pub task_id: String,
}

impl Association {
    /// Creates the association of a server with all its disks.
    pub(crate) fn of_server(server: &Server) -> Self {
        Self {
            id: server.id.clone(),
            kind: "OS::Nova::Server".to_owned(),
            name: server.name.clone(),
            size: server.size(),
            exclude_volumes: Vec::new(),
            removal: None,
        }
    }
}

impl Vault {
    /// Creates an empty vault for backups of servers.
    pub(crate) fn new(id: String, name: String, project_id: Option<String>, size: u64, now: Timestamp) -> Self {
        Self {
            id,
            project_id,
            region: None,
            name,
            description: String::new(),
            created_at: now,
            size,
            status: VaultStatus::Available,
            status_until: None,
            deletion_task: None,
            locked: false,
            auto_expand: false,
            auto_bind: false,
            bind_tags: Vec::new(),
            object_type: "server".to_owned(),
            protect_type: "backup".to_owned(),
            policy_id: None,
            tags: Vec::new(),
            resources: Vec::new(),
        }
    }

    /// Creates the vault of the start, with room for thousands of backups.
    pub(crate) fn initial(servers: &[Server], now: Timestamp) -> Self {
        let servers = servers.iter().take(MAX_RESOURCES);
        Self {
            resources: servers.map(Association::of_server).collect(),
            ..Self::new(FIRST_VAULT_ID.to_owned(), "vault-1".to_owned(), None, 100_000, now)
        }
    }

    /// Returns `true` if a project can see the vault.
    pub(crate) fn is_in(&self, project: &str) -> bool {
        self.project_id.as_deref().is_none_or(|owner| owner == project)
    }

    /// Returns the association of a server.
    pub(crate) fn association(&self, server: &str) -> Option<&Association> {
        self.resources.iter().find(|resource| resource.id == server)
    }

    /// Returns the total size of the associated resources, in GB.
    pub(crate) fn allocated(&self) -> u64 {
        self.resources.iter().map(|resource| resource.size).sum()
    }

    /// Returns `true` if backups use more space than the vault has. `used` is in MB.
    pub(crate) fn is_full(&self, used: u64) -> bool {
        used > self.size.saturating_mul(1024)
    }

    /// Returns the usage in percent. `used` is in MB.
    pub(crate) fn used_percent(&self, used: u64) -> u64 {
        used.saturating_mul(100) / self.size.saturating_mul(1024).max(1)
    }
}
