//! The disks of a restore.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A disk backup and the disk that it is restored to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VolumeMapping {
    /// The disk backup: the ID of a volume backup of CSBS, or of a child of a backup of CBR.
    pub backup_id: String,
    /// The disk of the target server.
    pub volume_id: String,
}

impl VolumeMapping {
    /// The mapping as both services take it.
    pub(crate) fn wire(&self) -> Value {
        serde_json::json!({ "backup_id": self.backup_id, "volume_id": self.volume_id })
    }
}
