//! The objects of CBR: vaults, checkpoints, backups, tasks.

mod backup;
mod regions;
mod task;
mod vault;

pub use backup::BackupStatus;
pub(super) use backup::{Backup, DiskBackup};
use jiff::Timestamp;
pub use task::TaskStatus;
pub(super) use task::{Task, TaskKind};
pub(super) use vault::{Association, MAX_RESOURCES, Removal, Vault};
pub use vault::{FIRST_VAULT_ID, VaultStatus};

use crate::{Server, random::Random};

/// All objects of CBR.
#[derive(Debug)]
pub(crate) struct Objects {
    pub random: Random,
    /// Oldest first.
    pub vaults: Vec<Vault>,
    pub checkpoints: Vec<Checkpoint>,
    /// Oldest first.
    pub backups: Vec<Backup>,
    /// Oldest first.
    pub tasks: Vec<Task>,
    /// Planned failures of the next operations.
    pub failures: Vec<PlannedFailure>,
}

/// Checkpoint ("restore point"): one run over a vault.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub id: String,
    pub project_id: String,
    pub created_at: Timestamp,
    /// Log number of the request that created it.
    pub request: Option<u64>,
    pub vault_id: String,
    pub vault_name: String,
    /// Servers of the run, in the response of the run and of the checkpoint.
    pub servers: Vec<Association>,
}

/// Failure of an operation.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// Code, such as `BackupService.6215`.
    pub code: String,
    pub message: String,
}

/// Planned failure of the next operation of a kind.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFailure {
    pub kind: TaskKind,
    /// ID of the server; `None` means any.
    pub server: Option<String>,
    pub failure: Failure,
}

/// Time span of a running operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Objects {
    /// Creates the objects of a new service: a vault that holds the given servers.
    pub(crate) fn new(seed: u64, servers: &[Server], now: Timestamp) -> Self {
        // The IDs of CSBS and of CBR do not depend on each other.
        Self {
            random: Random::new(seed ^ 0x0cb6_0cb6),
            vaults: vec![Vault::initial(servers, now)],
            checkpoints: Vec::new(),
            backups: Vec::new(),
            tasks: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Returns a vault that a project can see.
    pub(super) fn vault(&self, project: &str, id: &str) -> Option<&Vault> {
        self.vaults.iter().find(|vault| vault.id == id && vault.is_in(project))
    }

    pub(super) fn vault_mut(&mut self, id: &str) -> Option<&mut Vault> {
        self.vaults.iter_mut().find(|vault| vault.id == id)
    }

    pub(super) fn backup_mut(&mut self, id: &str) -> Option<&mut Backup> {
        self.backups.iter_mut().find(|backup| backup.id == id)
    }

    /// Returns the running backup of a server.
    pub(super) fn running_backup(&self, server: &str) -> Option<&Backup> {
        self.backups
            .iter()
            .find(|backup| backup.server.id == server && backup.status.is_being_made())
    }

    /// Returns `true` if a server is being restored.
    pub(super) fn is_being_restored(&self, server: &str) -> bool {
        self.backups
            .iter()
            .any(|backup| backup.status.is_being_restored() && backup.restore_target.as_deref() == Some(server))
    }

    /// Returns the space that backups use, in MB: of a vault, or of one server in it.
    pub(super) fn used(&self, vault: &str, server: Option<&str>) -> u64 {
        self.backups
            .iter()
            .filter(|backup| backup.vault_id == vault && server.is_none_or(|id| backup.server.id == id))
            .map(|backup| backup.used)
            .sum()
    }

    /// Takes the first planned failure that matches an operation and a server.
    pub(super) fn take_failure(&mut self, kind: TaskKind, server: &str) -> Option<Failure> {
        let index = self
            .failures
            .iter()
            .position(|planned| planned.kind == kind && planned.server.as_deref().is_none_or(|id| id == server))?;
        Some(self.failures.remove(index).failure)
    }
}
