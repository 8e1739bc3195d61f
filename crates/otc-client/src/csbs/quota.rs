//! The quotas of the project.

use serde::Deserialize;

use super::{ApiError, Client};
use crate::rest::{client::Call, lenient, path::Path};

/// A quota of the project.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Quota {
    /// `backup_capacity` or `backups`.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub quota_type: Option<String>,
    /// `GB` for a capacity; none for a count.
    #[serde(default, deserialize_with = "lenient::text")]
    pub unit: Option<String>,
    /// The limit; -1 means no limit.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub quota: Option<i64>,
    /// The amount in use.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub used: Option<i64>,
}

impl Client {
    /// Reads the project's quotas.
    ///
    /// `GET /v1/{project_id}/quotas`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn quotas(&self) -> Result<Vec<Quota>, ApiError> {
        #[derive(Deserialize)]
        struct Quotas {
            #[serde(deserialize_with = "lenient::list")]
            resources: Vec<Quota>,
        }
        self.call(Call::get("quotas", Path::new("quotas")), |answer| {
            answer.member::<Quotas>("quotas")
        })
        .await
        .map(|quotas| quotas.resources)
    }
}
