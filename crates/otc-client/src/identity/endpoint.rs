//! The address of the service.

use url::Url;

/// The CSBS API of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `https://HOST/v1/PROJECT_ID`, without a slash at the end.
    pub base: Url,
    /// ID of the project that the backups belong to.
    pub project_id: String,
    /// Region of the endpoint, if it is known.
    pub region: Option<String>,
}
