//! What can be backed up, and what can be restored where.

use serde::{Deserialize, Serialize};

use super::checkpoint::provider;
use super::client::{Call, json};
use super::retry::Effect;
use super::{ApiError, Client, VolumeMapping, lenient};

/// A server, as capability calls name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Server {
    /// The server's ID.
    pub resource_id: String,
    /// `OS::Nova::Server`.
    pub resource_type: String,
}

impl Server {
    /// The server with this ID, of the usual resource type.
    #[must_use]
    pub fn new(resource_id: impl Into<String>) -> Self {
        Self {
            resource_id: resource_id.into(),
            resource_type: super::SERVER_TYPE.to_owned(),
        }
    }
}

/// The service's word on one server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Capability {
    /// Whether it can be done. A missing answer counts as no.
    #[serde(default, deserialize_with = "yes")]
    pub result: bool,
    /// The server.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_id: Option<String>,
    /// `OS::Nova::Server` or `OS::Ironic::BareMetalServer`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_type: Option<String>,
    /// Why not, as the service's code. May be present although the result is yes (a server in a policy).
    #[serde(default, deserialize_with = "lenient::text")]
    pub error_code: Option<String>,
    /// Why not, in the service's words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub error_msg: Option<String>,
}

impl Capability {
    /// Returns whether the refusal only means that the server is busy with another job.
    pub fn is_busy(&self) -> bool {
        self.error_code.as_deref().is_some_and(super::error::is_busy_code)
    }
}

fn yes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = lenient::value(deserializer)?;
    if value.is_null() {
        return Ok(false);
    }
    lenient::boolean(value)
        .ok()
        .flatten()
        .ok_or_else(|| serde::de::Error::custom("the result is neither yes nor no"))
}

/// A restore that is only asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorableCheck {
    /// The item to restore from.
    pub checkpoint_item_id: String,
    /// The server to restore to.
    pub target: Server,
    /// Which disk backup goes to which disk.
    pub volumes: Vec<VolumeMapping>,
}

impl Client {
    /// Asks whether servers can be backed up. The answers may be fewer than the questions.
    ///
    /// `POST /v1/{project_id}/providers/{provider_id}/resources/action`, body `check_protectable`. Changes nothing.
    ///
    /// # Errors
    /// Any [`ApiError`]; the service sometimes says no with 400 and the code that would else be in the answer.
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
    /// Any [`ApiError`]; the service sometimes says no with 400 and the code that would else be in the answer.
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
        struct Answers(#[serde(deserialize_with = "lenient::list")] Vec<Capability>);
        let path = provider()?.words("resources/action");
        // No word at all, although something was asked, is rather a fault than a refusal; when it stays, it is the answer.
        let mut silent = 0;
        self.call(Call::post(operation, path, Effect::Read, body), |answer| {
            let answers = answer.member::<Answers>(member)?;
            if answers.0.is_empty() && silent < 2 {
                silent += 1;
                return Err(answer.invalid_response("it says nothing of what was asked"));
            }
            Ok(answers)
        })
        .await
        .map(|answers| answers.0)
    }
}
