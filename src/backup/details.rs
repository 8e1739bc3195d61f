//! What only the data sources show of a backup: attributes, model, and conversion from the API.

use otc_client::csbs::{CheckpointItem, ExtendInfo};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Value, schema};

use crate::service_value::{text, time};

use super::{
    vm_metadata::{self, VmMetadata},
    volume::{self, VolumeBackup},
};

/// The attributes.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("updated_at").doc("When the backup was last changed (RFC 3339, UTC)."),
        Attribute::number("average_speed")
            .doc("Average speed of the backup in kB/s. That of a disk backup is in MB/s."),
        Attribute::number("progress").doc("Progress of the running or last job in percent."),
        Attribute::string("image_type").doc("Type of the backup, `backup`."),
        Attribute::string("resource_az").doc("Availability zone of the server."),
        Attribute::string("supported_restore_mode").doc("How it can be restored: `na`, `snapshot` or `backup`."),
        Attribute::string("fail_op").doc("What failed last: `backup`, `restore` or `delete`; null when nothing did."),
        Attribute::list_of_objects("volume_backups", schema::attributes(volume::attributes()))
            .doc("The backups of the server's disks, in the order of the disks' IDs."),
        Attribute::object("vm_metadata", schema::attributes(vm_metadata::attributes()))
            .doc("The server as it was at the time of the backup."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Values of these attributes; a part of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupDetails {
    pub updated_at: Value<String>,
    pub average_speed: Value<f64>,
    pub progress: Value<i64>,
    pub image_type: Value<String>,
    pub resource_az: Value<String>,
    pub supported_restore_mode: Value<String>,
    pub fail_op: Value<String>,
    /// Null where the answer leaves the disks out, as lists may do.
    pub volume_backups: Value<Vec<VolumeBackup>>,
    pub vm_metadata: Value<VmMetadata>,
}

impl From<&CheckpointItem> for BackupDetails {
    fn from(item: &CheckpointItem) -> Self {
        let absent = ExtendInfo::default();
        let info = item.extend_info.as_ref().unwrap_or(&absent);
        Self {
            updated_at: time(item.updated_at.as_deref()),
            average_speed: info.average_speed.into(),
            progress: info.progress.into(),
            image_type: text(info.image_type.as_deref()),
            resource_az: text(info.resource_az.as_deref()),
            supported_restore_mode: text(info.supported_restore_mode.as_deref()),
            fail_op: text(info.fail_op.as_deref()),
            volume_backups: info.volume_backups.as_deref().map(volume::models).into(),
            vm_metadata: VmMetadata::of(item).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::summary::{self, BackupSummary};
    use terraform_plugin::Schema;

    #[derive(Default, Serialize, Deserialize)]
    #[serde(default)]
    struct Both {
        #[serde(flatten)]
        summary: BackupSummary,
        #[serde(flatten)]
        details: BackupDetails,
    }

    #[test]
    fn the_models_have_the_attributes() {
        let schema = Schema::new("")
            .attributes(summary::attributes())
            .attributes(attributes());
        test_support::model::assert_model_has_schema::<Both>("a backup", &schema.block);
    }
}
