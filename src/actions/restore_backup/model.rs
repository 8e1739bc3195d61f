//! Model of the configuration of `csbs_restore_backup`.

use std::collections::BTreeMap;

use otc_client::csbs::VolumeMapping;
use serde::{Deserialize, Serialize};
use terraform_plugin::Value;

/// Model of the configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RestoreBackupModel {
    pub(in crate::actions) backup_id: Value<String>,
    pub(in crate::actions) server_id: Value<String>,
    pub(in crate::actions) volumes: Value<BTreeMap<String, Value<String>>>,
    pub(in crate::actions) power_on: Value<bool>,
    pub(in crate::actions) timeout: Value<String>,
}

impl RestoreBackupModel {
    /// The pairs of disk backup and disk that are known.
    pub fn volume_mappings(&self) -> Vec<VolumeMapping> {
        let volumes = self.volumes.iter().flatten();
        let known = volumes.filter_map(|(backup_id, disk)| Some((backup_id, disk.as_ref_option()?)));
        known
            .map(|(backup_id, volume_id)| VolumeMapping {
                backup_id: backup_id.clone(),
                volume_id: volume_id.clone(),
            })
            .collect()
    }
}
