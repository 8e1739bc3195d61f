//! The endpoint of one region. A token is valid in all regions, so one sign-in serves all of them.

use super::{core::Core, credentials::Authorized, downgrade::refuse_downgrade};
use crate::identity::{CloudService, Endpoint, IdentityError};

impl Core {
    /// The endpoint of a service in `region`; in the region of the settings when that is `None`.
    pub(super) fn endpoint_in(
        &self,
        service: CloudService,
        authorized: &Authorized,
        region: Option<&str>,
    ) -> Result<Endpoint, IdentityError> {
        let default = authorized.endpoints.of(service);
        let Some(region) = region else {
            return default.cloned();
        };
        if let Ok(default) = default
            && default.region.as_deref() == Some(region)
        {
            return Ok(default.clone());
        }
        let resolved = self.resolved.as_deref();
        if let (Some(catalog), Some(resolved)) = (&authorized.catalog, resolved)
            && resolved.endpoint_of(service).is_none()
        {
            let endpoint = catalog.endpoint_in(service, resolved, region)?;
            refuse_downgrade(service, resolved, &endpoint)?;
            return Ok(endpoint);
        }
        let default = default?;
        match &default.region {
            Some(configured) => Err(IdentityError::NotRegionOfEndpoint {
                service,
                region: region.into(),
                configured: configured.as_str().into(),
            }),
            // Nothing contradicts the requested region.
            None => Ok(Endpoint {
                region: Some(region.to_owned()),
                ..default.clone()
            }),
        }
    }

    /// The region of the settings or, after a sign-in, of the endpoints that it found.
    pub(super) fn default_region(&self) -> Option<String> {
        let configured = self.resolved.as_ref().and_then(|resolved| resolved.region.clone());
        configured.or_else(|| self.state().current.as_ref()?.endpoints.region().map(str::to_owned))
    }
}
