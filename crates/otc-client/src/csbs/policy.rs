//! Backup policies: their servers, schedules and retention.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, BACKUP_PROVIDER_ID, Client, Tags, tag};
use crate::rest::{
    client::{Call, json},
    lenient,
    page::{List, Paging},
    path::Path,
    retry::Effect,
};

/// A backup policy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Policy {
    /// The policy's ID.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// The name, unique in the project.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The description; none if the service answers `""` or `"--"`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// The backup provider's fixed ID.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provider_id: Option<String>,
    /// Parameters, with the member `common`.
    #[serde(default, deserialize_with = "lenient::json")]
    pub parameters: Option<Value>,
    /// The servers.
    #[serde(default, deserialize_with = "lenient::list")]
    pub resources: Vec<PolicyResource>,
    /// The schedule and the retention of backups.
    #[serde(default, deserialize_with = "lenient::list")]
    pub scheduled_operations: Vec<ScheduledOperation>,
    /// The tags; `None` if the answer leaves them out.
    #[serde(default, deserialize_with = "lenient::tags")]
    pub tags: Option<Tags>,
    /// `enabled`, `disabled`, or another status.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// When it was created: UTC without a zone.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_at: Option<String>,
    /// The project it belongs to.
    #[serde(default, deserialize_with = "lenient::text")]
    pub project_id: Option<String>,
}

impl Policy {
    /// IDs of the servers.
    pub fn server_ids(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().filter_map(|server| server.id.as_deref())
    }
}

/// A server in a policy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PolicyResource {
    /// The server's ID.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `OS::Nova::Server`.
    #[serde(
        default,
        rename = "type",
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub resource_type: Option<String>,
    /// The name.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Further information, such as disks to leave out.
    #[serde(default, deserialize_with = "lenient::json", skip_serializing_if = "Option::is_none")]
    pub extra_info: Option<Value>,
}

/// A scheduled operation of a policy, read or sent; members that are `None` are not sent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ScheduledOperation {
    /// The operation's ID, given by the service; needed to change the operation.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The description; sent even if it is empty.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the schedule is active; manual runs are always possible.
    #[serde(
        default,
        deserialize_with = "lenient::boolean",
        skip_serializing_if = "Option::is_none"
    )]
    pub enabled: Option<bool>,
    /// `backup`.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub operation_type: Option<String>,
    /// The retention of backups.
    #[serde(
        default,
        deserialize_with = "lenient::object",
        skip_serializing_if = "Option::is_none"
    )]
    pub operation_definition: Option<OperationDefinition>,
    /// The trigger's ID, given by the service.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub trigger_id: Option<String>,
    /// The schedule.
    #[serde(
        default,
        deserialize_with = "lenient::object",
        skip_serializing_if = "Option::is_none"
    )]
    pub trigger: Option<Trigger>,
}

/// The retention of a policy's backups. Sent as numbers and booleans, answered as strings; both are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OperationDefinition {
    /// The greatest number of backups per server; -1 means no limit.
    #[serde(
        default,
        deserialize_with = "lenient::integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_backups: Option<i64>,
    /// The retention in days; -1 means no limit.
    #[serde(
        default,
        deserialize_with = "lenient::integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub retention_duration_days: Option<i64>,
    /// Whether backups are kept without limit; overrides the other two.
    #[serde(
        default,
        deserialize_with = "lenient::boolean",
        skip_serializing_if = "Option::is_none"
    )]
    pub permanent: Option<bool>,
    /// Number of daily backups to keep.
    #[serde(
        default,
        deserialize_with = "lenient::integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub day_backups: Option<i64>,
    /// Number of weekly backups to keep.
    #[serde(
        default,
        deserialize_with = "lenient::integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub week_backups: Option<i64>,
    /// Number of monthly backups to keep.
    #[serde(
        default,
        deserialize_with = "lenient::integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub month_backups: Option<i64>,
    /// Number of yearly backups to keep.
    #[serde(
        default,
        deserialize_with = "lenient::integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub year_backups: Option<i64>,
    /// The time zone, such as `UTC+08:00`; needed by the four above.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The policy's ID.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// The backup provider's fixed ID.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
}

/// The trigger of a scheduled operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trigger {
    /// The trigger's ID.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `time`.
    #[serde(
        default,
        rename = "type",
        deserialize_with = "lenient::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub trigger_type: Option<String>,
    /// The schedule.
    #[serde(
        default,
        deserialize_with = "lenient::object",
        skip_serializing_if = "Option::is_none"
    )]
    pub properties: Option<TriggerProperties>,
}

/// A trigger's schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TriggerProperties {
    /// The schedule in iCalendar form, lines ending in CRLF.
    #[serde(
        default,
        deserialize_with = "lenient::string",
        skip_serializing_if = "Option::is_none"
    )]
    pub pattern: Option<String>,
    /// The beginning: `2017-04-09 14:31:25`, UTC.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// `ical`.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// A policy to create. The client adds the provider ID.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PolicyRequest {
    /// 1 to 255 letters, digits, `_`, `-`.
    pub name: String,
    /// Up to 255 characters without `<` and `>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Parameters: an object with the member `common`, which the client adds if this is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// The servers; may be empty.
    pub resources: Vec<PolicyResource>,
    /// The schedule and the retention of backups.
    pub scheduled_operations: Vec<ScheduledOperation>,
    /// Tags; never sent as an empty list.
    #[serde(skip_serializing_if = "Tags::is_empty", serialize_with = "tag::as_list")]
    pub tags: Tags,
}

/// Changes of a policy; members that are `None` stay as they are. Lists replace the whole list.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PolicyUpdate {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The description; an empty one removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<PolicyResource>>,
    /// The operations, each with its ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_operations: Option<Vec<ScheduledOperation>>,
}

/// The filter of a list of policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyFilter {
    /// The exact name.
    pub name: Option<String>,
    /// All projects (for administrators).
    pub all_tenants: Option<bool>,
    /// The greatest number of policies; without it, the list is read to its end.
    pub limit: Option<usize>,
}

impl Client {
    /// Creates a policy.
    ///
    /// `POST /v1/{project_id}/policies`.
    ///
    /// # Errors
    /// [`ApiError::Service`] if the service refuses; see [`ApiError::may_have_taken_effect`] for other errors.
    pub async fn create_policy(&self, request: &PolicyRequest) -> Result<Policy, ApiError> {
        const OPERATION: &str = "create_policy";
        let mut policy = json(OPERATION, request)?;
        policy["provider_id"] = Value::from(BACKUP_PROVIDER_ID);
        if request.parameters.is_none() {
            policy["parameters"] = serde_json::json!({ "common": {} });
        }
        let body = serde_json::json!({ "policy": policy });
        self.call(
            Call::post(OPERATION, Path::new("policies"), Effect::NonIdempotent, body),
            |answer| answer.member("policy"),
        )
        .await
    }

    /// Reads a policy.
    ///
    /// `GET /v1/{project_id}/policies/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if the policy does not exist.
    pub async fn get_policy(&self, id: &str) -> Result<Policy, ApiError> {
        self.call(Call::get("get_policy", policy_path(id)?), |answer| {
            let policy: Policy = answer.member("policy")?;
            if policy.id == id {
                Ok(policy)
            } else {
                Err(answer.invalid_response("it is about another policy"))
            }
        })
        .await
    }

    /// Lists policies and reads all pages.
    ///
    /// `GET /v1/{project_id}/policies`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn list_policies(&self, filter: &PolicyFilter) -> Result<Vec<Policy>, ApiError> {
        let path = Path::new("policies").maybe("name", filter.name.as_deref()).maybe(
            "all_tenants",
            filter.all_tenants.map(|all| if all { "true" } else { "false" }),
        );
        self.list(POLICIES, path, filter.limit).await
    }

    /// Changes a policy. Idempotent.
    ///
    /// `PUT /v1/{project_id}/policies/{id}`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn update_policy(&self, id: &str, update: &PolicyUpdate) -> Result<Policy, ApiError> {
        const OPERATION: &str = "update_policy";
        let body = serde_json::json!({ "policy": json(OPERATION, update)? });
        let changed = self
            .call(Call::put(OPERATION, policy_path(id)?, body), |answer| {
                answer.member("policy")
            })
            .await;
        match changed {
            // The change was accepted, but the answer does not have the policy.
            Err(ApiError::Decode { .. }) => self.get_policy(id).await,
            other => other,
        }
    }

    /// Replaces the servers of a policy. The client does not send the list again when the service may have received it, because
    /// it may be out of date by then.
    ///
    /// `PUT /v1/{project_id}/policies/{id}`.
    ///
    /// # Errors
    /// Any [`ApiError`]; ask [`ApiError::may_have_taken_effect`].
    pub async fn replace_policy_servers(&self, id: &str, servers: Vec<PolicyResource>) -> Result<(), ApiError> {
        const OPERATION: &str = "replace_policy_servers";
        let update = PolicyUpdate {
            resources: Some(servers),
            ..PolicyUpdate::default()
        };
        let body = serde_json::json!({ "policy": json(OPERATION, &update)? });
        let call = Call::put(OPERATION, policy_path(id)?, body).with_effect(Effect::NonIdempotent);
        self.call(call, |_| Ok(())).await
    }

    /// Deletes a policy.
    ///
    /// `DELETE /v1/{project_id}/policies/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if it is gone already.
    pub async fn delete_policy(&self, id: &str) -> Result<(), ApiError> {
        self.call(Call::delete("delete_policy", policy_path(id)?), |_| Ok(()))
            .await
    }
}

const POLICIES: List = List {
    operation: "list_policies",
    member: "policies",
    links: Some("policies_links"),
    counts: false,
    paging: Paging::Marker,
};

fn policy_path(id: &str) -> Result<Path, ApiError> {
    Path::new("policies").id("policy_id", id)
}
