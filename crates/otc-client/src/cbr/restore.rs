//! Restores servers from backups.

use serde::Deserialize;
use serde_json::Value;

use super::{ApiError, Client, VolumeMapping};
use crate::rest::{client::Call, lenient, path::Path, retry::Effect};

/// A request to restore a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRequest {
    /// The backup of the server.
    pub backup_id: String,
    /// The server to restore to. It is shut down and its disks are written over.
    pub server_id: String,
    /// All disk backups (children) to restore, each with a disk.
    pub mappings: Vec<VolumeMapping>,
    /// Whether the server is started afterwards. It is always sent.
    pub power_on: bool,
}

impl Client {
    /// Begins a restore. It can be neither stopped nor undone, and must not be repeated after an unclear failure. Returns the ID of
    /// the task, if the answer has it.
    ///
    /// `POST /v3/{project_id}/backups/{id}/restore`.
    ///
    /// # Errors
    /// [`ApiError::Service`] if the service refuses; see [`ApiError::may_have_taken_effect`] for other errors.
    pub async fn restore_backup(&self, request: &RestoreRequest) -> Result<Option<String>, ApiError> {
        #[derive(Default, Deserialize)]
        struct Started {
            #[serde(default, deserialize_with = "lenient::text")]
            job_id: Option<String>,
        }
        let path = Path::new("backups")
            .id("backup_id", &request.backup_id)?
            .words("restore");
        let mappings: Vec<Value> = request.mappings.iter().map(VolumeMapping::wire).collect();
        let body = serde_json::json!({ "restore": {
            "server_id": request.server_id,
            "power_on": request.power_on,
            "mappings": mappings,
        } });
        let call = Call::post("restore_backup", path, Effect::NonIdempotent, body).invalidates(&request.backup_id);
        // The documented answer is empty.
        self.call(call, |answer| Ok(answer.body_or_default::<Started>().job_id))
            .await
    }
}
