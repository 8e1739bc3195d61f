//! The objects in CBR, for comparison with a client's state.

use jiff::Timestamp;
use serde::Serialize;

use super::objects::{Backup, BackupStatus, TaskStatus, VaultStatus};
use crate::state::State;

/// All objects in CBR.
#[derive(Debug, Clone, Serialize)]
pub struct CbrInventory {
    /// Vaults, oldest first.
    pub vaults: Vec<VaultRecord>,
    /// Backups of servers, oldest first.
    pub backups: Vec<BackupRecord>,
    /// Tasks, oldest first.
    pub tasks: Vec<TaskRecord>,
}

/// Vault.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VaultRecord {
    /// ID.
    pub id: String,
    /// Name.
    pub name: String,
    /// ID of its project; `None` means every project.
    pub project_id: Option<String>,
    /// Status; `None` if there is no such vault.
    pub status: Option<VaultStatus>,
    /// Capacity in GB.
    pub size: u64,
    /// Used space in MB.
    pub used: u64,
    /// IDs of the associated servers.
    pub servers: Vec<String>,
    /// Tags, by key.
    pub tags: std::collections::BTreeMap<String, String>,
}

/// Backup of a server.
#[derive(Debug, Clone, Serialize)]
pub struct BackupRecord {
    /// ID.
    pub id: String,
    /// ID of the checkpoint.
    pub checkpoint_id: String,
    /// Log number of the request that created it; `None` if a test created it.
    pub request: Option<u64>,
    /// ID of the vault.
    pub vault_id: String,
    /// ID of the project.
    pub project_id: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// ID of the server.
    pub resource_id: String,
    /// Status.
    pub status: BackupStatus,
    /// Time of its creation.
    pub created_at: Timestamp,
    /// `true` for an incremental backup, `false` for a full one.
    pub incremental: bool,
    /// It was created by a policy.
    pub auto_trigger: bool,
    /// IDs of the backups of its disks and of the disks.
    pub children: Vec<(String, String)>,
}

/// Task.
#[derive(Debug, Clone, Serialize)]
pub struct TaskRecord {
    /// ID.
    pub id: String,
    /// Kind of the operation, such as `backup`.
    pub operation_type: String,
    /// Status.
    pub status: TaskStatus,
    /// Progress in percent.
    pub progress: u8,
    /// ID of the checkpoint.
    pub checkpoint_id: Option<String>,
    /// ID of the backup.
    pub backup_id: Option<String>,
    /// ID of the resource.
    pub resource_id: Option<String>,
}

impl CbrInventory {
    pub(super) fn of(state: &State, now: Timestamp) -> Self {
        let vaults = state.cbr.vaults.iter();
        let backups = state.cbr.backups.iter();
        let tasks = state.cbr.tasks.iter();
        Self {
            vaults: vaults.filter_map(|vault| VaultRecord::of(state, &vault.id)).collect(),
            backups: backups.map(|backup| BackupRecord::of(state, backup)).collect(),
            tasks: tasks
                .map(|task| TaskRecord {
                    id: task.id.clone(),
                    operation_type: task.kind.name().to_owned(),
                    status: task.status,
                    progress: task.progress(now),
                    checkpoint_id: task.checkpoint_id.clone(),
                    backup_id: task.backup.as_ref().map(|(id, _)| id.clone()),
                    resource_id: task.resource.as_ref().map(|(id, ..)| id.clone()),
                })
                .collect(),
        }
    }
}

impl VaultRecord {
    pub(super) fn of(state: &State, id: &str) -> Option<Self> {
        let vault = state.cbr.vaults.iter().find(|vault| vault.id == id)?;
        Some(Self {
            id: vault.id.clone(),
            name: vault.name.clone(),
            project_id: vault.project_id.clone(),
            status: Some(vault.status),
            size: vault.size,
            used: state.cbr.used(id, None),
            servers: vault.resources.iter().map(|resource| resource.id.clone()).collect(),
            tags: vault.tags.iter().cloned().collect(),
        })
    }
}

impl BackupRecord {
    pub(super) fn of(state: &State, backup: &Backup) -> Self {
        let mut checkpoints = state.cbr.checkpoints.iter();
        let checkpoint = checkpoints.find(|checkpoint| checkpoint.id == backup.checkpoint_id);
        Self {
            id: backup.id.clone(),
            checkpoint_id: backup.checkpoint_id.clone(),
            request: checkpoint.and_then(|checkpoint| checkpoint.request),
            vault_id: backup.vault_id.clone(),
            project_id: backup.project_id.clone(),
            name: backup.name.clone(),
            description: backup.description.clone(),
            resource_id: backup.server.id.clone(),
            status: backup.status,
            created_at: backup.created_at,
            incremental: backup.incremental,
            auto_trigger: backup.auto_trigger,
            children: backup
                .children
                .iter()
                .map(|child| (child.id.clone(), child.disk.id.clone()))
                .collect(),
        }
    }
}
