//! What the resource and the data sources show of a backup: attributes, model, and conversion from the API.

use otc_client::csbs::{CheckpointItem, ExtendInfo};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Value};

use crate::service_value::{text, time};

use super::messages::fail_reason;

/// Attributes that the resource and the data sources have in common.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("status").doc(
            "Status: `waiting_protect`, `protecting`, `available`, `waiting_restore`, `restoring`, `waiting_delete`, \
             `deleting` or `error`. A backup exists and can be restored once it is `available`.",
        ),
        Attribute::string("created_at").doc("When the backup was started (RFC 3339, UTC)."),
        Attribute::string("finished_at").doc("When the backup was finished (RFC 3339, UTC)."),
        Attribute::number("size").doc("Size of the backup in MB."),
        Attribute::bool("is_incremental").doc("Whether the backup that was made is incremental."),
        Attribute::string("resource_name").doc("Name of the server at the time of the backup."),
        Attribute::string("fail_code").doc("Code of the last failure; null when there was none."),
        Attribute::string("fail_reason").doc("Reason of the last failure; null when there was none."),
        Attribute::list_of_strings("image_ids")
            .doc("IDs of the images that were made from the backup. It cannot be deleted before they are."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Values of these attributes; a part of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupSummary {
    pub status: Value<String>,
    pub created_at: Value<String>,
    pub finished_at: Value<String>,
    pub size: Value<i64>,
    pub is_incremental: Value<bool>,
    pub resource_name: Value<String>,
    pub fail_code: Value<String>,
    pub fail_reason: Value<String>,
    pub image_ids: Value<Vec<String>>,
}

impl From<&CheckpointItem> for BackupSummary {
    fn from(item: &CheckpointItem) -> Self {
        let absent = ExtendInfo::default();
        let info = item.extend_info.as_ref().unwrap_or(&absent);
        Self {
            status: Value::Value(item.status.as_str().to_owned()),
            created_at: time(item.created_at.as_deref()),
            finished_at: time(info.finished_at.as_deref()),
            size: info.size.into(),
            is_incremental: info.incremental.into(),
            resource_name: text(info.resource_name.as_deref()),
            fail_code: text(info.fail_code.as_ref().and_then(|fail| fail.code.as_deref())),
            fail_reason: text(fail_reason(item)),
            image_ids: info.image_ids.clone().into(),
        }
    }
}
