//! The addresses of the services.

use url::Url;

use super::{CloudService, IdentityError};

/// The API of one service in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `https://HOST/VERSION/PROJECT_ID`, without a slash at the end.
    pub base: Url,
    /// ID of the project that the backups belong to.
    pub project_id: String,
    /// Region of the endpoint, if it is known.
    pub region: Option<String>,
}

/// The address of each service, or the reason why it is not known.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// That of CSBS.
    pub csbs: Result<Endpoint, IdentityError>,
    /// That of CBR.
    pub cbr: Result<Endpoint, IdentityError>,
}

impl Endpoints {
    /// The addresses that `find` finds.
    pub(super) fn each(mut find: impl FnMut(CloudService) -> Result<Endpoint, IdentityError>) -> Self {
        Self {
            csbs: find(CloudService::Csbs),
            cbr: find(CloudService::Cbr),
        }
    }

    /// The address of a service.
    ///
    /// # Errors
    /// The reason why it is not known.
    pub fn of(&self, service: CloudService) -> Result<&Endpoint, IdentityError> {
        let found = match service {
            CloudService::Csbs => &self.csbs,
            CloudService::Cbr => &self.cbr,
        };
        found.as_ref().map_err(Clone::clone)
    }

    /// The region of the first known address that has one.
    pub(super) fn region(&self) -> Option<&str> {
        let known = [&self.csbs, &self.cbr].into_iter().flatten();
        known.filter_map(|endpoint| endpoint.region.as_deref()).next()
    }
}

/// A project that has CSBS alone.
impl From<Endpoint> for Endpoints {
    fn from(csbs: Endpoint) -> Self {
        Self {
            csbs: Ok(csbs),
            cbr: Err(IdentityError::NotInCatalog(CloudService::Cbr)),
        }
    }
}
