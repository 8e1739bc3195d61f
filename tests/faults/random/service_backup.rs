//! The backups of both services in one form.

use csbs_simulator::{BackupStatus, Status};

use crate::cloud::Cloud;

/// The service that has a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Csbs,
    Cbr,
}

impl Service {
    /// The resource type of its backups.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Csbs => "csbs_backup",
            Self::Cbr => "csbs_vault_backup",
        }
    }
}

/// A backup as the simulator knows it.
#[derive(Debug, Clone)]
pub struct ServiceBackup {
    pub service: Service,
    /// The ID of an import: of the checkpoint in CSBS, of the backup in CBR.
    pub id: String,
    /// The ID of the backup itself.
    pub backup_id: String,
    pub checkpoint_id: String,
    pub server_id: String,
    pub name: String,
    /// The mark of the configuration: a tag in CSBS, the description in CBR.
    pub mark: Option<String>,
    pub is_available: bool,
    pub is_being_deleted: bool,
    /// Log number of the request that created it.
    pub request: Option<u64>,
}

/// All backups of both services.
pub fn service_backups(cloud: &Cloud) -> Vec<ServiceBackup> {
    let inventory = cloud.simulator.inventory();
    let of_csbs = inventory.checkpoints.iter().flat_map(|checkpoint| {
        checkpoint.items.iter().map(|item| ServiceBackup {
            service: Service::Csbs,
            id: checkpoint.id.clone(),
            backup_id: item.id.clone(),
            checkpoint_id: checkpoint.id.clone(),
            server_id: item.resource_id.clone(),
            name: item.name.clone(),
            mark: item.tags.get("n").cloned(),
            is_available: item.status == Status::Available,
            is_being_deleted: matches!(item.status, Status::WaitingDelete | Status::Deleting | Status::Deleted),
            request: checkpoint.request,
        })
    });
    let backups = cloud.simulator.cbr().inventory().backups.into_iter();
    let of_cbr = backups.map(|backup| ServiceBackup {
        service: Service::Cbr,
        id: backup.id.clone(),
        backup_id: backup.id,
        checkpoint_id: backup.checkpoint_id,
        server_id: backup.resource_id,
        name: backup.name,
        mark: backup.description,
        is_available: backup.status == BackupStatus::Available,
        is_being_deleted: matches!(backup.status, BackupStatus::WaitingDelete | BackupStatus::Deleting),
        request: backup.request,
    });
    of_csbs.chain(of_cbr).collect()
}
