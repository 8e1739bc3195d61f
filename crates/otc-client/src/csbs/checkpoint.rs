//! Checkpoints, which a protect action or a policy run creates.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, BACKUP_PROVIDER_ID, Client, Status, Tags, tag};
use crate::rest::{
    client::{Call, json},
    lenient,
    path::Path,
    retry::Effect,
};

/// A checkpoint (the API pages call it a backup record), in the answer to the call that creates it.
///
/// The service has no call that reads a checkpoint: the plan, the resource graph and the extra information are only in this
/// answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Checkpoint {
    /// The checkpoint's ID, used to delete it.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// The status; normally `protecting`.
    #[serde(default)]
    pub status: Status,
    /// When it was created: UTC without a zone, microseconds.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_at: Option<String>,
    /// The order in which resources are restored, as JSON text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_graph: Option<String>,
    /// The project it belongs to.
    #[serde(default, deserialize_with = "lenient::text")]
    pub project_id: Option<String>,
    /// Further information, such as the creator.
    #[serde(default, deserialize_with = "lenient::json")]
    pub extra_info: Option<Value>,
    /// The plan that created it; synthetic for a single backup.
    #[serde(default, deserialize_with = "lenient::object")]
    pub protection_plan: Option<ProtectionPlan>,
}

/// The protection plan of a checkpoint.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct ProtectionPlan {
    /// The policy's ID, or `fake_…` for a single backup.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The plan's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The servers that are backed up.
    #[serde(default, deserialize_with = "lenient::list")]
    pub resources: Vec<PlanResource>,
}

/// A server in a protection plan.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct PlanResource {
    /// The server's ID.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The resource type, `OS::Nova::Server`.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub resource_type: Option<String>,
    /// A name; `resource_<server id>` for a single backup.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Further information.
    #[serde(default, deserialize_with = "lenient::json")]
    pub extra_info: Option<Value>,
}

/// The body of a protect action; everything is optional.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ProtectRequest {
    /// The backup's name: 1 to 255 letters, digits, `_`, `-`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_name: Option<String>,
    /// Up to 255 characters without `<` and `>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Incremental instead of full; the first backup of a server is always full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incremental: Option<bool>,
    /// The resource type; `OS::Nova::Server` if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Up to ten tags; never sent as an empty list.
    #[serde(skip_serializing_if = "Tags::is_empty", serialize_with = "tag::as_list")]
    pub tags: Tags,
    /// Further information, an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_info: Option<Value>,
}

impl Client {
    /// Starts a backup of one server and returns the checkpoint that records it.
    ///
    /// `POST /v1/{project_id}/providers/{provider_id}/resources/{resource_id}/action`, body `protect`.
    /// API page: resource_management/creating_a_backup_for_a_resource.
    ///
    /// # Errors
    /// [`ApiError::Service`] if the service refuses, with its code; for other errors, [`ApiError::may_have_taken_effect`] returns
    /// whether a backup may have been started.
    pub async fn protect(&self, resource_id: &str, request: &ProtectRequest) -> Result<Checkpoint, ApiError> {
        const OPERATION: &str = "protect";
        let path = provider()?
            .words("resources")
            .id("resource_id", resource_id)?
            .words("action");
        let body = serde_json::json!({ "protect": json(OPERATION, request)? });
        self.call(Call::post(OPERATION, path, Effect::NonIdempotent, body), |answer| {
            answer.member("checkpoint")
        })
        .await
    }

    /// Deletes a checkpoint, or only the named item of a checkpoint with several. The deletion continues after the answer.
    ///
    /// `DELETE /v1/{project_id}/providers/{provider_id}/checkpoints/{checkpoint_id}[?checkpoint_items={item_id}]`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if it is gone already, [`ApiError::is_busy`] if the service is working on it.
    pub async fn delete_checkpoint(&self, checkpoint_id: &str, item_id: Option<&str>) -> Result<(), ApiError> {
        let mut path = provider()?.words("checkpoints").id("checkpoint_id", checkpoint_id)?;
        if let Some(item_id) = item_id {
            // The service could take an invalid ID for none, and without an ID it deletes the whole checkpoint.
            let _ = Path::new("").id("checkpoint_item_id", item_id)?;
            path = path.query("checkpoint_items", item_id);
        }
        let mut call = Call::delete("delete_checkpoint", path).invalidates(checkpoint_id);
        if let Some(item_id) = item_id {
            call = call.invalidates(item_id);
        }
        self.call(call, |_| Ok(())).await
    }

    /// Runs a policy now, for the given servers of the policy.
    ///
    /// `POST /v1/{project_id}/providers/{provider_id}/checkpoints`.
    ///
    /// # Errors
    /// [`ApiError::Service`] if the service refuses; see [`ApiError::may_have_taken_effect`] for other errors.
    pub async fn run_policy(&self, policy_id: &str, resource_ids: &[String]) -> Result<Checkpoint, ApiError> {
        const OPERATION: &str = "run_policy";
        let body = serde_json::json!({ "checkpoint": {
            "plan_id": policy_id,
            "parameters": { "auto_trigger": false, "resources": resource_ids },
        }});
        self.call(
            Call::post(OPERATION, provider()?.words("checkpoints"), Effect::NonIdempotent, body),
            |answer| answer.member("checkpoint"),
        )
        .await
    }
}

/// The path of the backup provider, which its actions are below.
pub(super) fn provider() -> Result<Path, ApiError> {
    Path::new("providers").id("provider_id", BACKUP_PROVIDER_ID)
}
