//! The backup of one disk: attributes, model, and conversion from the API.

use otc_client::csbs;
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
        Attribute::bool("bootable").doc("Whether the disk is a system disk."),
        Attribute::bool("incremental").doc("Whether the disk backup is incremental."),
        Attribute::string("image_type").doc("Type of the disk backup."),
        Attribute::number("size").doc("Size of the disk backup in MB."),
        Attribute::number("average_speed")
            .doc("Average speed of the disk backup in MB/s. That of the whole backup is in kB/s."),
        Attribute::number("space_saving_ratio").doc("Space saved in percent."),
        Attribute::string("snapshot_id").doc("ID of the disk's snapshot."),
        Attribute::string("source_volume_id").doc("ID of the disk."),
        Attribute::string("source_volume_name").doc("Name of the disk."),
        Attribute::number("source_volume_size").doc("Size of the disk in GB."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Model of a disk backup.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeBackup {
    pub id: Value<String>,
    pub name: Value<String>,
    pub status: Value<String>,
    pub bootable: Value<bool>,
    pub incremental: Value<bool>,
    pub image_type: Value<String>,
    pub size: Value<i64>,
    pub average_speed: Value<f64>,
    pub space_saving_ratio: Value<f64>,
    pub snapshot_id: Value<String>,
    pub source_volume_id: Value<String>,
    pub source_volume_name: Value<String>,
    pub source_volume_size: Value<i64>,
}

impl From<&csbs::VolumeBackup> for VolumeBackup {
    fn from(volume: &csbs::VolumeBackup) -> Self {
        Self {
            id: text(volume.id.as_deref()),
            name: text(volume.name.as_deref()),
            status: text(volume.status.as_deref()),
            bootable: volume.bootable.into(),
            incremental: volume.incremental.into(),
            image_type: text(volume.image_type.as_deref()),
            size: volume.size.into(),
            average_speed: volume.average_speed.into(),
            space_saving_ratio: volume.space_saving_ratio.into(),
            snapshot_id: text(volume.snapshot_id.as_deref()),
            source_volume_id: text(volume.source_volume_id.as_deref()),
            source_volume_name: text(volume.source_volume_name.as_deref()),
            source_volume_size: volume.source_volume_size.into(),
        }
    }
}

/// Models of the disk backups, in the order of the disks' IDs: the service does not document its order.
#[must_use]
pub fn models(volumes: &[csbs::VolumeBackup]) -> Vec<VolumeBackup> {
    let mut sorted: Vec<_> = volumes.iter().collect();
    sorted.sort_by(|a, b| (&a.source_volume_id, &a.id).cmp(&(&b.source_volume_id, &b.id)));
    sorted.into_iter().map(VolumeBackup::from).collect()
}
