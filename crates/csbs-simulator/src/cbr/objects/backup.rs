//! Backups of servers, and of their disks.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Failure, Span};
use crate::{Disk, Server, random::Random};

/// Status of a backup. There is no status of a deleted backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the service's own")]
pub enum BackupStatus {
    WaitingProtect,
    Protecting,
    Available,
    WaitingRestore,
    Restoring,
    WaitingDelete,
    Deleting,
    Error,
}

impl BackupStatus {
    /// Returns the API's name of the status.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WaitingProtect => "waiting_protect",
            Self::Protecting => "protecting",
            Self::Available => "available",
            Self::WaitingRestore => "waiting_restore",
            Self::Restoring => "restoring",
            Self::WaitingDelete => "waiting_delete",
            Self::Deleting => "deleting",
            Self::Error => "error",
        }
    }

    /// Returns the status with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }

    pub(crate) const fn is_being_made(self) -> bool {
        matches!(self, Self::WaitingProtect | Self::Protecting)
    }

    pub(crate) const fn is_being_restored(self) -> bool {
        matches!(self, Self::WaitingRestore | Self::Restoring)
    }

    pub(crate) const fn is_being_deleted(self) -> bool {
        matches!(self, Self::WaitingDelete | Self::Deleting)
    }
}

/// Backup of one server.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    pub id: String,
    pub checkpoint_id: String,
    pub vault_id: String,
    pub project_id: String,
    pub name: String,
    pub description: Option<String>,
    /// Server at the time of the backup.
    pub server: Server,
    /// Disks of the server that are not excluded.
    pub disks: Vec<Disk>,
    pub status: BackupStatus,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub protected_at: Option<Timestamp>,
    pub expired_at: Option<Timestamp>,
    /// Time from which it can be read.
    pub visible_at: Timestamp,
    pub auto_trigger: bool,
    pub incremental: bool,
    /// Images that were created from it.
    pub images: Vec<String>,
    /// Space that it uses, in MB.
    pub used: u64,
    pub children: Vec<DiskBackup>,
    /// Current step of the running operation.
    pub step: Option<Span>,
    /// Duration of the backup.
    pub work_time: Duration,
    /// Failure at the end of the running operation.
    pub planned_failure: Option<Failure>,
    pub restore_target: Option<String>,
    /// Task of the running operation.
    pub task_id: String,
}

/// Backup of one disk, a child of the backup of its server.
#[derive(Debug, Clone)]
pub(crate) struct DiskBackup {
    pub id: String,
    pub snapshot_id: String,
    pub disk: Disk,
    pub created_at: Timestamp,
}

impl Backup {
    /// Returns the size of the disks in the backup, in GB.
    pub(crate) fn disk_size(&self) -> u64 {
        self.disks.iter().map(|disk| disk.size).sum()
    }

    /// Returns the space that the finished backup uses, in MB.
    pub(crate) fn final_size(&self) -> u64 {
        self.disk_size() * if self.incremental { 61 } else { 410 }
    }

    /// Adds the backups of the disks.
    pub(crate) fn add_children(&mut self, random: &mut Random, now: Timestamp) {
        self.children = self
            .disks
            .iter()
            .map(|disk| DiskBackup {
                id: random.uuid(),
                snapshot_id: random.uuid(),
                disk: disk.clone(),
                created_at: now,
            })
            .collect();
    }

    /// Returns `true` for a backup that later incremental ones can build on.
    pub(crate) fn is_usable(&self) -> bool {
        self.status == BackupStatus::Available || self.status.is_being_restored()
    }
}
