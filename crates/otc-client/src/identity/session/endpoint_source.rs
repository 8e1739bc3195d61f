//! The origin of an endpoint: the settings, or the catalog, which has one for each region.

use crate::identity::{
    Endpoint, IdentityError,
    catalog::{self, Service, Wanted},
    keystone::Named,
    resolved::{Agency, Resolved},
};

/// The origin of an endpoint.
pub(super) enum EndpointSource {
    /// The settings name the endpoint.
    Configured,
    /// The catalog has an endpoint for each region.
    Catalog(ProjectCatalog),
}

/// CSBS in the catalog of a project.
pub(super) struct ProjectCatalog {
    pub services: Vec<Service>,
    pub project: Named,
}

impl ProjectCatalog {
    /// The endpoint in the region of the settings; without one, in the region that follows from the project's name.
    pub fn default_endpoint(&self, resolved: &Resolved) -> Result<Endpoint, IdentityError> {
        catalog::find(&self.services, self.wanted(resolved, resolved.region.as_deref())).map_err(|error| match error {
            IdentityError::UnknownRegion { .. } => {
                IdentityError::NoEndpoint(format!("{error}. Set region (OS_REGION)"))
            }
            error => error,
        })
    }

    /// The endpoint in `region`.
    pub fn endpoint_in(&self, resolved: &Resolved, region: &str) -> Result<Endpoint, IdentityError> {
        catalog::find(&self.services, self.wanted(resolved, Some(region)))
    }

    fn wanted<'a>(&'a self, resolved: &'a Resolved, region: Option<&'a str>) -> Wanted<'a> {
        Wanted {
            interface: &resolved.interface,
            region,
            project_id: &self.project.id,
            project_name: match (&resolved.agency, self.project.name.as_str()) {
                (Some(Agency { project, .. }), "") => Some(project),
                (_, "") => None,
                (_, name) => Some(name),
            },
        }
    }
}
