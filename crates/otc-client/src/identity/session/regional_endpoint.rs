//! The endpoint of one region. A token is valid in all regions, so one sign-in serves all of them.

use super::{core::Core, credentials::Authorized, downgrade::refuse_downgrade, endpoint_source::EndpointSource};
use crate::identity::{Endpoint, IdentityError};

impl Core {
    /// The endpoint in `region`; in the region of the settings when that is `None`.
    pub(super) fn endpoint_in(&self, authorized: &Authorized, region: Option<&str>) -> Result<Endpoint, IdentityError> {
        let default = &authorized.endpoint;
        let Some(region) = region.filter(|region| default.region.as_deref() != Some(region)) else {
            return Ok(default.clone());
        };
        match (&authorized.source, &default.region, &self.resolved) {
            (EndpointSource::Catalog(catalog), _, Some(resolved)) => {
                let endpoint = catalog.endpoint_in(resolved, region)?;
                refuse_downgrade(resolved, &endpoint)?;
                Ok(endpoint)
            }
            (_, Some(configured), _) => Err(IdentityError::NotRegionOfEndpoint {
                region: region.to_owned(),
                configured: configured.clone(),
            }),
            // Nothing contradicts the requested region.
            (_, None, _) => Ok(Endpoint {
                region: Some(region.to_owned()),
                ..default.clone()
            }),
        }
    }

    /// The region of the settings or, after a sign-in, of the endpoint that it found.
    pub(super) fn default_region(&self) -> Option<String> {
        let configured = self.resolved.as_ref().and_then(|resolved| resolved.region.clone());
        configured.or_else(|| self.state().current.as_ref()?.endpoint.region.clone())
    }
}
