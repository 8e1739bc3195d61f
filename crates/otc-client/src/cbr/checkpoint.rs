//! Checkpoints (restore points): one run of backups.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ApiError, CheckpointStatus, Client, SERVER_TYPE, VaultResource};
use crate::rest::{client::Call, lenient, path::Path, retry::Effect};

/// A checkpoint. The answer to [`Client::create_checkpoint`] has all members; [`Client::get_checkpoint`] leaves out the skipped
/// resources, the name and the description.
///
/// It does not name its backups; they are found by `checkpoint_id`. When a run has several servers, its status does not tell that of
/// one of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "WireCheckpoint")]
pub struct Checkpoint {
    /// The ID.
    pub id: String,
    /// The project.
    pub project_id: Option<String>,
    /// The status.
    pub status: CheckpointStatus,
    /// When it was created, as the service writes it; in UTC.
    pub created_at: Option<String>,
    /// The vault.
    pub vault_id: Option<String>,
    /// The name of the vault.
    pub vault_name: Option<String>,
    /// The servers of the run.
    pub resources: Vec<VaultResource>,
    /// The servers that are not backed up, although the service accepted the call.
    pub skipped_resources: Vec<SkippedResource>,
    /// The name of the backups.
    pub name: Option<String>,
    /// The description of the backups.
    pub description: Option<String>,
}

/// A server that a run does not back up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SkippedResource {
    /// The ID of the server.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Such as `OS::Nova::Server`.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub resource_type: Option<String>,
    /// The name of the server.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The service's code, such as `BackupService.6125`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// The service's reason.
    #[serde(default, deserialize_with = "lenient::text")]
    pub reason: Option<String>,
}

impl SkippedResource {
    /// Returns whether the code says that the server can be backed up later.
    pub fn is_busy(&self) -> bool {
        self.code.as_deref().is_some_and(crate::rest::error::is_busy_code)
    }
}

impl Checkpoint {
    /// The reason why a server is not backed up, if it was skipped.
    pub fn skipped(&self, resource_id: &str) -> Option<&SkippedResource> {
        self.skipped_resources.iter().find(|skipped| skipped.id == resource_id)
    }
}

#[derive(Deserialize)]
struct WireCheckpoint {
    #[serde(deserialize_with = "lenient::id")]
    id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    project_id: Option<String>,
    #[serde(default)]
    status: CheckpointStatus,
    #[serde(default, deserialize_with = "lenient::text")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::object")]
    vault: Option<WireVault>,
    #[serde(default, deserialize_with = "lenient::object")]
    extra_info: Option<WireInfo>,
}

#[derive(Default, Deserialize)]
struct WireVault {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    resources: Vec<VaultResource>,
    #[serde(default, deserialize_with = "lenient::list")]
    skipped_resources: Vec<SkippedResource>,
}

#[derive(Default, Deserialize)]
struct WireInfo {
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    description: Option<String>,
}

impl From<WireCheckpoint> for Checkpoint {
    fn from(wire: WireCheckpoint) -> Self {
        let vault = wire.vault.unwrap_or_default();
        let info = wire.extra_info.unwrap_or_default();
        Self {
            id: wire.id,
            project_id: wire.project_id,
            status: wire.status,
            created_at: wire.created_at,
            vault_id: vault.id,
            vault_name: vault.name,
            resources: vault.resources,
            skipped_resources: vault.skipped_resources,
            name: info.name,
            description: info.description,
        }
    }
}

/// A request to back up one server of a vault.
///
/// The server is always sent, because a request without one backs up the whole vault. The backup is never marked as automatic,
/// because the retention of a policy may delete automatic ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckpointRequest {
    /// The vault.
    pub vault_id: String,
    /// The server. It must be in the vault.
    pub resource_id: String,
    /// The name: 1 to [`super::MAX_NAME_LENGTH`] letters, digits, `_` and `-`. The service chooses one if there is none.
    pub name: Option<String>,
    /// The description: up to [`super::MAX_DESCRIPTION_LENGTH`] characters.
    pub description: Option<String>,
    /// Whether the backup is incremental: `false` asks for a full one. The service's default is `true`.
    pub incremental: Option<bool>,
    /// The disks of the server that are left out.
    pub exclude_volumes: Vec<String>,
}

impl CheckpointRequest {
    fn body(&self) -> Value {
        let mut parameters = Map::new();
        if let Some(name) = &self.name {
            parameters.insert("name".to_owned(), name.as_str().into());
        }
        if let Some(description) = &self.description {
            parameters.insert("description".to_owned(), description.as_str().into());
        }
        if let Some(incremental) = self.incremental {
            parameters.insert("incremental".to_owned(), incremental.into());
        }
        parameters.insert("auto_trigger".to_owned(), false.into());
        // It is not documented which of the two lists counts, so only one is sent.
        if self.exclude_volumes.is_empty() {
            parameters.insert("resources".to_owned(), serde_json::json!([self.resource_id]));
        } else {
            let details = serde_json::json!([{
                "id": self.resource_id,
                "type": SERVER_TYPE,
                "extra_info": { "exclude_volumes": self.exclude_volumes },
            }]);
            parameters.insert("resource_details".to_owned(), details);
        }
        serde_json::json!({ "checkpoint": { "vault_id": self.vault_id, "parameters": parameters } })
    }
}

impl Client {
    /// Begins to back up one server. The call is not repeated after an unclear failure: look for the backup first.
    ///
    /// The answer does not have the ID of the backup: list the backups of the checkpoint. A success in which
    /// [`Checkpoint::skipped`] names the server is a refusal.
    ///
    /// `POST /v3/{project_id}/checkpoints`.
    ///
    /// # Errors
    /// [`ApiError::InvalidId`] if the vault or the server is not an ID, before anything is sent; [`ApiError::Service`] if the service
    /// refuses; see [`ApiError::may_have_taken_effect`] for other errors.
    pub async fn create_checkpoint(&self, request: &CheckpointRequest) -> Result<Checkpoint, ApiError> {
        // Neither is part of the path; but an empty server would back up the whole vault.
        Path::new("checkpoints").id("vault_id", &request.vault_id)?;
        Path::new("checkpoints").id("resource_id", &request.resource_id)?;
        let path = Path::new("checkpoints");
        let call = Call::post("create_checkpoint", path, Effect::NonIdempotent, request.body());
        self.call(call, |answer| answer.member("checkpoint")).await
    }

    /// Reads one checkpoint. A user with fine-grained permissions may be refused, although backups can be read.
    ///
    /// `GET /v3/{project_id}/checkpoints/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if the checkpoint does not exist.
    pub async fn get_checkpoint(&self, id: &str) -> Result<Checkpoint, ApiError> {
        let path = Path::new("checkpoints").id("checkpoint_id", id)?;
        self.call(Call::get("get_checkpoint", path), |answer| {
            let checkpoint: Checkpoint = answer.member("checkpoint")?;
            if checkpoint.id == id {
                Ok(checkpoint)
            } else {
                Err(answer.invalid_response("it is about another checkpoint"))
            }
        })
        .await
    }
}
