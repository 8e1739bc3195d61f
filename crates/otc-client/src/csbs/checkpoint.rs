//! Checkpoints: what a protect action or a policy run makes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{Call, json};
use super::path::Path;
use super::retry::Effect;
use super::{ApiError, BACKUP_PROVIDER_ID, Client, Status, Tags, lenient, tag};

/// A checkpoint (the API pages call it a backup record), as the call that makes it answers.
///
/// The service has no call that reads a checkpoint again: the plan, the resource graph and the extra information come only here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Checkpoint {
    /// The checkpoint's ID; deletion goes by it.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Where it is in its life; normally `protecting`.
    #[serde(default)]
    pub status: Status,
    /// When it was made: UTC without a zone, microseconds.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_at: Option<String>,
    /// The order in which resources are restored, as JSON text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_graph: Option<String>,
    /// The project it belongs to.
    #[serde(default, deserialize_with = "lenient::text")]
    pub project_id: Option<String>,
    /// What the service notes beside it, such as who made it.
    #[serde(default, deserialize_with = "lenient::json")]
    pub extra_info: Option<Value>,
    /// The plan it was made by; synthetic for a single backup.
    #[serde(default, deserialize_with = "lenient::object")]
    pub protection_plan: Option<ProtectionPlan>,
}

/// The protection plan that a checkpoint was made by.
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
    /// Anything more.
    #[serde(default, deserialize_with = "lenient::json")]
    pub extra_info: Option<Value>,
}

/// What may be said when a backup is asked for; everything is optional.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ProtectRequest {
    /// The backup's name: 1 to 255 letters, digits, `_`, `-`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_name: Option<String>,
    /// Up to 255 characters without `<` and `>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Incremental rather than full; the first backup of a server is full whatever is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incremental: Option<bool>,
    /// The resource type; the service takes `OS::Nova::Server` when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Up to ten tags; never sent as an empty list.
    #[serde(skip_serializing_if = "Tags::is_empty", serialize_with = "tag::as_list")]
    pub tags: Tags,
    /// Anything more, an object.
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
    /// [`ApiError::Service`] when CSBS refuses, with its code; otherwise ask [`ApiError::may_have_taken_effect`] whether a
    /// backup may have been started.
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

    /// Deletes a checkpoint, or of a checkpoint with several items the one that is named. The deletion goes on after the answer.
    ///
    /// `DELETE /v1/{project_id}/providers/{provider_id}/checkpoints/{checkpoint_id}[?checkpoint_items={item_id}]`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] when it is gone already, [`ApiError::is_busy`] when the service is at work on it.
    pub async fn delete_checkpoint(&self, checkpoint_id: &str, item_id: Option<&str>) -> Result<(), ApiError> {
        let mut path = provider()?.words("checkpoints").id("checkpoint_id", checkpoint_id)?;
        if let Some(item_id) = item_id {
            // Nothing would tell an ID that the service does not understand from none, and none deletes the whole checkpoint.
            let _ = Path::new("").id("checkpoint_item_id", item_id)?;
            path = path.query("checkpoint_items", item_id);
        }
        let mut call = Call::delete("delete_checkpoint", path).touching(checkpoint_id);
        if let Some(item_id) = item_id {
            call = call.touching(item_id);
        }
        self.call(call, |_| Ok(())).await
    }

    /// Runs a policy now, for the given servers of it.
    ///
    /// `POST /v1/{project_id}/providers/{provider_id}/checkpoints`.
    ///
    /// # Errors
    /// [`ApiError::Service`] when CSBS refuses; otherwise ask [`ApiError::may_have_taken_effect`].
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

/// The path below which actions of the backup provider are.
pub(super) fn provider() -> Result<Path, ApiError> {
    Path::new("providers").id("provider_id", BACKUP_PROVIDER_ID)
}
