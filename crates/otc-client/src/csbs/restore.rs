//! Restores servers from items.

use serde::Deserialize;
use serde_json::Value;

use super::{ApiError, BACKUP_PROVIDER_ID, Client, VolumeMapping};
use crate::rest::{client::Call, lenient, path::Path, retry::Effect};

/// A restore request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRequest {
    /// The item's checkpoint.
    pub checkpoint_id: String,
    /// The item to restore from.
    pub checkpoint_item_id: String,
    /// The server to restore to.
    pub server_id: String,
    /// All disk backups of the item, each with a disk.
    pub volumes: Vec<VolumeMapping>,
    /// Whether the server is started afterwards. The service requires it, so it is always sent.
    pub power_on: bool,
    /// The place of the restore; not needed as a rule.
    pub restore_target: Option<String>,
}

/// A restore that was started. The service has no call that reads it: its progress is that of the item.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Restore {
    /// The restore's ID.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The checkpoint.
    #[serde(default, deserialize_with = "lenient::text")]
    pub checkpoint_id: Option<String>,
    /// The project.
    #[serde(default, deserialize_with = "lenient::text")]
    pub project_id: Option<String>,
    /// The status, as the service writes it, such as `in_progress`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// The status of each resource, or one for all.
    #[serde(default, deserialize_with = "lenient::json")]
    pub resources_status: Option<Value>,
    /// The reason for each resource.
    #[serde(default, deserialize_with = "lenient::json")]
    pub resources_reason: Option<Value>,
}

impl Client {
    /// Starts a restore, which continues after the answer.
    ///
    /// `POST /v1/{project_id}/restores`.
    ///
    /// # Errors
    /// [`ApiError::Service`] if the service refuses; see [`ApiError::may_have_taken_effect`] for other errors.
    pub async fn restore(&self, request: &RestoreRequest) -> Result<Restore, ApiError> {
        let volumes: Vec<Value> = request.volumes.iter().map(VolumeMapping::wire).collect();
        let parameters = serde_json::json!({
            "checkpoint_item_id": request.checkpoint_item_id,
            "power_on": request.power_on,
            "targets": { "server_id": request.server_id, "volumes": volumes },
        });
        let mut restore = serde_json::json!({
            "provider_id": BACKUP_PROVIDER_ID,
            "checkpoint_id": request.checkpoint_id,
            "parameters": parameters,
        });
        if let Some(target) = &request.restore_target {
            restore["restore_target"] = Value::String(target.clone());
        }
        let body = serde_json::json!({ "restore": restore });
        let call = Call::post("restore", Path::new("restores"), Effect::NonIdempotent, body)
            .invalidates(&request.checkpoint_id)
            .invalidates(&request.checkpoint_item_id);
        self.call(call, |answer| answer.member("restore")).await
    }
}
