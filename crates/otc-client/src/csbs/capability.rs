//! Asks whether servers can be backed up and backups be restored.

use serde::{Deserialize, Serialize};

use super::checkpoint::provider;
use super::{ApiError, Client, VolumeMapping};
use crate::rest::{
    client::{Call, json},
    lenient,
    retry::Effect,
};

/// A server, in capability calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Server {
    /// The server's ID.
    pub resource_id: String,
    /// `OS::Nova::Server`.
    pub resource_type: String,
}

impl Server {
    /// The server with this ID and the default resource type.
    pub fn new(resource_id: impl Into<String>) -> Self {
        Self {
            resource_id: resource_id.into(),
            resource_type: super::SERVER_TYPE.to_owned(),
        }
    }
}

/// The service's answer about one server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Capability {
    /// Whether it is possible. A missing result counts as no.
    #[serde(default, deserialize_with = "required_boolean")]
    pub result: bool,
    /// The server.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_id: Option<String>,
    /// `OS::Nova::Server` or `OS::Ironic::BareMetalServer`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_type: Option<String>,
    /// The service's code for the reason. May be present although the result is yes (a server in a policy).
    #[serde(default, deserialize_with = "lenient::text")]
    pub error_code: Option<String>,
    /// The service's message for the reason.
    #[serde(default, deserialize_with = "lenient::text")]
    pub error_msg: Option<String>,
}

impl Capability {
    /// Returns whether the refusal only means that the server is busy with another job.
    pub fn is_busy(&self) -> bool {
        self.error_code.as_deref().is_some_and(crate::rest::error::is_busy_code)
    }
}

fn required_boolean<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = lenient::value(deserializer)?;
    if value.is_null() {
        return Ok(false);
    }
    lenient::boolean(value)
        .ok()
        .flatten()
        .ok_or_else(|| serde::de::Error::custom("the result is neither yes nor no"))
}

/// A restore to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorableCheck {
    /// The item to restore from.
    pub checkpoint_item_id: String,
    /// The server to restore to.
    pub target: Server,
    /// The disk backups and their disks.
    pub volumes: Vec<VolumeMapping>,
}

impl Client {
    /// Asks whether servers can be backed up. The answers may be fewer than the questions.
    ///
    /// `POST /v1/{project_id}/providers/{provider_id}/resources/action`, body `check_protectable`. Changes nothing.
    ///
    /// # Errors
    /// Any [`ApiError`]; the service sometimes refuses with 400 and the code that the answer would otherwise have.
    /// [`ApiError::Decode`] if no answer in the list can be read; single ones that cannot be read are left out.
    pub async fn check_protectable(&self, servers: &[Server]) -> Result<Vec<Capability>, ApiError> {
        const OPERATION: &str = "check_protectable";
        let body = serde_json::json!({ OPERATION: json(OPERATION, &servers)? });
        self.capability(OPERATION, body, "protectable").await
    }

    /// Asks whether items can be restored to servers. The answers may be fewer than the questions.
    ///
    /// `POST /v1/{project_id}/providers/{provider_id}/resources/action`, body `check_restorable`. Changes nothing.
    ///
    /// # Errors
    /// Any [`ApiError`]; the service sometimes refuses with 400 and the code that the answer would otherwise have.
    pub async fn check_restorable(&self, checks: &[RestorableCheck]) -> Result<Vec<Capability>, ApiError> {
        const OPERATION: &str = "check_restorable";
        let checks: Vec<_> = checks
            .iter()
            .map(|check| {
                serde_json::json!({
                    "checkpoint_item_id": check.checkpoint_item_id,
                    "target": {
                        "resource_id": check.target.resource_id,
                        "resource_type": check.target.resource_type,
                        "volumes": check.volumes.iter().map(VolumeMapping::wire).collect::<Vec<_>>(),
                    },
                })
            })
            .collect();
        let body = serde_json::json!({ OPERATION: checks });
        self.capability(OPERATION, body, "restorable").await
    }

    async fn capability(
        &self,
        operation: &'static str,
        body: serde_json::Value,
        member: &str,
    ) -> Result<Vec<Capability>, ApiError> {
        #[derive(Deserialize)]
        struct Answers(#[serde(deserialize_with = "lenient::list")] Vec<lenient::Element<Capability>>);
        let path = provider()?.words("resources/action");
        // An empty list is rather a fault than a refusal. If it is repeated, it is the answer.
        let mut empty_answers = 0;
        self.call(Call::post(operation, path, Effect::Read, body), |answer| {
            let all = answer.member::<Answers>(member)?.0;
            let is_empty = all.is_empty();
            let answers: Vec<Capability> = all.into_iter().filter_map(|element| element.0).collect();
            if answers.is_empty() && !is_empty {
                return Err(answer.invalid_response("no element of the list says whether it is possible"));
            }
            if is_empty && empty_answers < 2 {
                empty_answers += 1;
                return Err(answer.invalid_response("the list is empty"));
            }
            Ok(answers)
        })
        .await
    }
}
