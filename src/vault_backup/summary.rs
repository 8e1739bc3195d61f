//! What the resource and the data sources show of a vault backup: attributes, model, and conversion from the API.

use otc_client::cbr::{Backup, Task};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Value};

use crate::service_value::{text, time};

/// Attributes that the resource and the data sources have in common.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("status").doc(
            "Status: `waiting_protect`, `protecting`, `available`, `waiting_restore`, `restoring`, `waiting_delete`, \
             `deleting` or `error`. A backup exists and can be restored once it is `available`.",
        ),
        Attribute::string("created_at").doc("When the backup was started (RFC 3339, UTC)."),
        Attribute::string("expired_at").doc(
            "When the retention of a policy deletes the backup (RFC 3339, UTC); null for a backup that no policy made.",
        ),
        Attribute::bool("is_incremental").doc("Whether the backup that was made is incremental."),
        Attribute::string("resource_name").doc("Name of the server at the time of the backup."),
        Attribute::number("resource_size")
            .doc("Size of the server's disks in GB. The service does not tell the size of a backup."),
        Attribute::string("supported_restore_mode").doc(
            "How the backup can be used: `backup` (it can be restored to a server), `snapshot` (images can be made from it) or `na` \
             (only new disks can be made from it).",
        ),
        Attribute::list_of_strings("image_ids")
            .doc("IDs of the images that were made from the backup. It cannot be deleted before they are."),
        Attribute::string("fail_code").doc("Code of the failure of a backup in `error`; null when it is not known."),
        Attribute::string("fail_reason")
            .doc("Reason of the failure of a backup in `error`; null when it is not known."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Values of these attributes; a part of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultBackupSummary {
    pub status: Value<String>,
    pub created_at: Value<String>,
    pub expired_at: Value<String>,
    pub is_incremental: Value<bool>,
    pub resource_name: Value<String>,
    pub resource_size: Value<i64>,
    pub supported_restore_mode: Value<String>,
    pub image_ids: Value<Vec<String>>,
    /// Only the backup's task has it.
    pub fail_code: Value<String>,
    /// Only the backup's task has it.
    pub fail_reason: Value<String>,
}

impl VaultBackupSummary {
    /// Applies the code and reason of a failed task.
    pub fn apply_task(&mut self, task: &Task) {
        self.fail_code = text(task.error_code.as_deref());
        self.fail_reason = text(task.error_message.as_deref());
    }
}

impl From<&Backup> for VaultBackupSummary {
    /// The summary without the failure, which only a task has.
    fn from(backup: &Backup) -> Self {
        Self {
            status: Value::Value(backup.status.as_str().to_owned()),
            created_at: time(backup.created_at.as_deref()),
            expired_at: time(backup.expired_at.as_deref()),
            is_incremental: backup.is_incremental.into(),
            resource_name: text(backup.resource_name.as_deref()),
            resource_size: backup.resource_size_gb.into(),
            supported_restore_mode: text(backup.supported_restore_mode.as_deref()),
            image_ids: Value::Value(backup.image_ids.clone()),
            fail_code: Value::Null,
            fail_reason: Value::Null,
        }
    }
}
