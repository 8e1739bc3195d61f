//! Checkpoint items.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Server, random::Random};

/// Status of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the service's own")]
pub enum Status {
    WaitingProtect,
    Protecting,
    Available,
    WaitingRestore,
    Restoring,
    Error,
    WaitingDelete,
    Deleting,
    Deleted,
}

impl Status {
    /// Returns the API's name of the status.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WaitingProtect => "waiting_protect",
            Self::Protecting => "protecting",
            Self::Available => "available",
            Self::WaitingRestore => "waiting_restore",
            Self::Restoring => "restoring",
            Self::Error => "error",
            Self::WaitingDelete => "waiting_delete",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }

    /// Returns the status with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(Value::String(name.to_owned())).ok()
    }
}

/// Failure of an operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// `backup`, `restore` or `delete`.
    pub operation: &'static str,
    pub code: String,
    pub reason: String,
}

/// Next step of an item's operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub at: Timestamp,
    /// Start, for the progress.
    pub from: Timestamp,
}

/// Backup of one disk.
#[derive(Debug, Clone)]
pub(crate) struct VolumeBackup {
    pub id: String,
    pub name: String,
    pub bootable: bool,
    pub size: u64,
    pub snapshot_id: String,
    pub source_volume_id: String,
    pub source_volume_name: String,
    pub source_volume_size: u64,
}

/// Checkpoint item: the backup of one server.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub id: String,
    pub checkpoint_id: String,
    pub project_id: String,
    pub region: String,
    pub name: String,
    pub description: Option<String>,
    /// Server at the time of the backup.
    pub server: Server,
    pub status: Status,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Time from which it can be read.
    pub visible_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub tags: Vec<(String, String)>,
    pub auto_trigger: bool,
    pub incremental: bool,
    pub policy_id: Option<String>,
    /// Images that were created from it.
    pub images: Vec<String>,
    pub failure: Option<Failure>,
    /// Failure at the end of the running operation.
    pub planned_failure: Option<Failure>,
    pub step: Option<Step>,
    pub work_time: Duration,
    pub delete_turn: Option<u64>,
    pub restore_target: Option<String>,
    pub progress: u8,
    pub volumes: Vec<VolumeBackup>,
    pub task_id: String,
}

impl Item {
    /// Returns the size of all disks, in MB.
    pub(crate) fn size(&self) -> u64 {
        self.volumes.iter().map(|volume| volume.size).sum()
    }

    /// Returns the progress at `now`, in percent.
    pub(crate) fn progress(&self, now: Timestamp) -> u8 {
        match (self.status, self.step) {
            (Status::Protecting | Status::Restoring | Status::Deleting, Some(step)) => {
                let whole = step.at.duration_since(step.from).as_secs_f64();
                let done = now.duration_since(step.from).as_secs_f64();
                // 100 is reserved for a finished operation.
                if whole > 0.0 {
                    (done / whole * 100.0).clamp(0.0, 99.0) as u8
                } else {
                    99
                }
            }
            (Status::WaitingProtect | Status::WaitingRestore, _) => 0,
            _ => self.progress,
        }
    }

    /// Adds the backups of the disks when the backup has finished.
    pub(crate) fn fill(&mut self, random: &mut Random) {
        let incremental = self.incremental;
        self.volumes = self
            .server
            .disks
            .iter()
            .map(|disk| {
                let id = random.uuid();
                VolumeBackup {
                    name: format!("{}_{}", self.name, disk.name),
                    id,
                    bootable: disk.bootable,
                    size: disk.size * if incremental { 61 } else { 410 },
                    snapshot_id: random.uuid(),
                    source_volume_id: disk.id.clone(),
                    source_volume_name: disk.name.clone(),
                    source_volume_size: disk.size,
                }
            })
            .collect();
    }
}
