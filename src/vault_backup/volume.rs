//! The backup of one disk of a server in CBR: attributes, model, and conversion from the API.

use otc_client::cbr::Backup;
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Value};

use crate::service_value::text;

/// Attributes of a disk backup.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("id").doc("ID of the disk backup."),
        Attribute::string("name").doc("Name of the disk backup."),
        Attribute::string("status").doc("Status of the disk backup."),
        Attribute::string("volume_id").doc("ID of the disk."),
        Attribute::string("volume_name").doc("Name of the disk."),
        Attribute::number("volume_size").doc("Size of the disk in GB."),
        Attribute::string("snapshot_id").doc("ID of the disk's snapshot."),
        Attribute::bool("bootable").doc("Whether the disk is a system disk."),
        Attribute::bool("encrypted").doc("Whether the disk is encrypted."),
        Attribute::bool("incremental").doc("Whether the disk backup is incremental."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Model of a disk backup.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeBackup {
    id: Value<String>,
    name: Value<String>,
    status: Value<String>,
    volume_id: Value<String>,
    volume_name: Value<String>,
    volume_size: Value<i64>,
    snapshot_id: Value<String>,
    bootable: Value<bool>,
    encrypted: Value<bool>,
    incremental: Value<bool>,
}

impl From<&Backup> for VolumeBackup {
    fn from(backup: &Backup) -> Self {
        Self {
            id: backup.id.clone().into(),
            name: text(backup.name.as_deref()),
            status: text(Some(backup.status.as_str())),
            volume_id: text(backup.resource_id.as_deref()),
            volume_name: text(backup.resource_name.as_deref()),
            volume_size: backup.resource_size_gb.into(),
            snapshot_id: text(backup.snapshot_id.as_deref()),
            bootable: backup.bootable.or(backup.is_system_disk).into(),
            encrypted: backup.encrypted.into(),
            incremental: backup.is_incremental.into(),
        }
    }
}

/// Models of the disk backups, in the order of the disks' IDs: the service does not document its order.
#[must_use]
pub fn models(children: &[Backup]) -> Vec<VolumeBackup> {
    let mut sorted: Vec<_> = children.iter().collect();
    sorted.sort_by(|a, b| (&a.resource_id, &a.id).cmp(&(&b.resource_id, &b.id)));
    sorted.into_iter().map(VolumeBackup::from).collect()
}
