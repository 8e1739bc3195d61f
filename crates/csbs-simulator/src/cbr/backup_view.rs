//! Backups in responses.

use serde_json::{Value, json};

use super::{
    objects::{Backup, BackupStatus, DiskBackup},
    rough,
    times::written,
    vault_view::SERVER_PROVIDER,
};
use crate::state::State;

/// Backup of a server, or of a disk in it.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub backup: &'a Backup,
    /// Backup of the disk.
    pub child: Option<&'a DiskBackup>,
}

impl<'a> Row<'a> {
    /// Returns the backup of a server.
    pub(super) fn of(backup: &'a Backup) -> Self {
        Self { backup, child: None }
    }

    /// Returns the backups of the disks.
    pub(super) fn children(backup: &'a Backup) -> impl Iterator<Item = Self> {
        backup.children.iter().map(move |child| Self {
            backup,
            child: Some(child),
        })
    }

    pub(super) fn id(&self) -> &'a str {
        self.child.map_or(&self.backup.id, |child| &child.id)
    }

    /// Returns the ID of the server's backup, for a disk.
    pub(super) fn parent_id(&self) -> Option<&'a str> {
        self.child.map(|_| self.backup.id.as_str())
    }

    pub(super) fn name(&self) -> String {
        match self.child {
            None => self.backup.name.clone(),
            Some(_) => format!("{}_{}", self.backup.name, self.backup.server.name),
        }
    }

    pub(super) fn resource_id(&self) -> &'a str {
        self.child.map_or(&self.backup.server.id, |child| &child.disk.id)
    }

    pub(super) fn resource_name(&self) -> &'a str {
        self.child.map_or(&self.backup.server.name, |child| &child.disk.name)
    }

    pub(super) fn resource_type(&self) -> &'static str {
        if self.child.is_some() {
            "OS::Cinder::Volume"
        } else {
            "OS::Nova::Server"
        }
    }
}

/// Returns a backup as a row of a list: without its children.
pub(super) fn listed(state: &State, row: Row<'_>) -> Value {
    let mut value = view(state, row);
    if state.config.cbr.rough.backups {
        rough::roughen(&mut value, row.id());
    }
    value
}

/// Returns a backup as `GET /backups/{id}` shows it.
pub(super) fn complete(state: &State, row: Row<'_>) -> Value {
    let mut value = view(state, row);
    if row.child.is_none() {
        value["children"] = Row::children(row.backup).map(|child| view(state, child)).collect();
    }
    if state.config.cbr.rough.backups {
        rough::roughen(&mut value, row.id());
    }
    value
}

fn view(state: &State, row: Row<'_>) -> Value {
    let backup = row.backup;
    let rough = state.config.cbr.rough.backups;
    let time = |time, member| written(time, rough, row.id(), member);
    let resource_size = row.child.map_or_else(|| backup.server.size(), |child| child.disk.size);
    let mut view = json!({
        "id": row.id(),
        "checkpoint_id": backup.checkpoint_id,
        "vault_id": backup.vault_id,
        "project_id": backup.project_id,
        // The disks of a server have its provider ID.
        "provider_id": SERVER_PROVIDER,
        "enterprise_project_id": "0",
        "name": row.name(),
        "description": backup.description.as_deref().filter(|_| row.child.is_none()),
        "status": backup.status.name(),
        "image_type": "backup",
        "created_at": time(row.child.map_or(backup.created_at, |child| child.created_at), "created_at"),
        "updated_at": time(backup.updated_at, "updated_at"),
        "protected_at": backup.protected_at.map(|at| time(at, "protected_at")),
        "expired_at": backup.expired_at.map(|at| time(at, "expired_at")),
        "parent_id": row.parent_id(),
        "resource_id": row.resource_id(),
        "resource_name": row.resource_name(),
        "resource_type": row.resource_type(),
        "resource_az": backup.server.zone,
        "resource_size": resource_size,
        "children": [],
    });
    // `json!` would copy it.
    view["extend_info"] = match row.child {
        None => server_info(backup, rough),
        Some(child) => disk_info(backup, child, rough),
    };
    view
}

/// Returns `extend_info.incremental`. It may be unknown while the backup is running.
fn incremental(backup: &Backup, rough: bool) -> Value {
    if rough && backup.status.is_being_made() {
        Value::Null
    } else {
        json!(backup.incremental)
    }
}

fn server_info(backup: &Backup, rough: bool) -> Value {
    let images: Vec<_> = backup.images.iter().map(|id| json!({"image_id": id})).collect();
    json!({
        "auto_trigger": backup.auto_trigger,
        "incremental": incremental(backup, rough),
        "supported_restore_mode": match backup.status {
            BackupStatus::WaitingProtect | BackupStatus::Error => "na",
            BackupStatus::Protecting => "snapshot",
            _ => "backup",
        },
        "support_lld": true,
        "contain_system_disk": backup.disks.iter().any(|disk| disk.bootable),
        "system_disk": false,
        "encrypted": false,
        "bootable": null,
        "snapshot_id": null,
        "os_images_data": if images.is_empty() { Value::Null } else { json!(images) },
    })
}

fn disk_info(backup: &Backup, child: &DiskBackup, rough: bool) -> Value {
    json!({
        "auto_trigger": backup.auto_trigger,
        "bootable": child.disk.bootable,
        "encrypted": false,
        "incremental": incremental(backup, rough),
        "snapshot_id": child.snapshot_id,
        "system_disk": child.disk.bootable,
        "support_lld": true,
        "supported_restore_mode": "na",
        "contain_system_disk": null,
        "os_images_data": null,
    })
}
