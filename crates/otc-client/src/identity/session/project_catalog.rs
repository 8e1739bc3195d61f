//! The services in the catalog of a project, which has an endpoint of each for every region.

use crate::identity::{
    CloudService, Endpoint, IdentityError,
    catalog::{self, Service, Wanted},
    keystone::Named,
    resolved::{Agency, Resolved},
};

/// The catalog of a project.
pub(super) struct ProjectCatalog {
    pub services: Vec<Service>,
    pub project: Named,
}

impl ProjectCatalog {
    /// The endpoint of a service in the region of the settings; without one, in the region that follows from the project's name.
    pub fn default_endpoint(&self, service: CloudService, resolved: &Resolved) -> Result<Endpoint, IdentityError> {
        let wanted = self.wanted(service, resolved, resolved.region.as_deref());
        catalog::find(&self.services, wanted).map_err(|error| match error {
            IdentityError::UnknownRegion { .. } => {
                IdentityError::NoEndpoint(service, format!("{error}. Set region (OS_REGION)"))
            }
            error => error,
        })
    }

    /// The endpoint of a service in `region`.
    pub fn endpoint_in(
        &self,
        service: CloudService,
        resolved: &Resolved,
        region: &str,
    ) -> Result<Endpoint, IdentityError> {
        catalog::find(&self.services, self.wanted(service, resolved, Some(region)))
    }

    fn wanted<'a>(&'a self, service: CloudService, resolved: &'a Resolved, region: Option<&'a str>) -> Wanted<'a> {
        Wanted {
            service,
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
