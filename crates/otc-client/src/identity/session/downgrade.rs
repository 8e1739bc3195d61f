//! Refuses endpoints to which credentials would be sent unencrypted.

use crate::identity::{CloudService, Endpoint, IdentityError, loopback::is_loopback, resolved::Resolved};

/// Refuses an unencrypted address of the catalog where the configuration requires encryption.
///
/// `insecure`, a configured endpoint and an unencrypted `auth_url` allow it; each of them gives a warning when the provider is
/// configured.
pub(super) fn refuse_downgrade(
    service: CloudService,
    resolved: &Resolved,
    endpoint: &Endpoint,
) -> Result<(), IdentityError> {
    let base = &endpoint.base;
    if base.scheme() != "http" || resolved.endpoint_of(service).is_some() || resolved.tls.insecure {
        return Ok(());
    }
    let (encrypted, local) = resolved
        .auth_url
        .as_ref()
        .map_or((false, false), |url| (url.scheme() == "https", is_loopback(url)));
    let leaves_this_machine = local && !is_loopback(base);
    if encrypted || leaves_this_machine {
        let reason = format!(
            "the catalog's address of {}, {base}, is not encrypted, {}, so credentials and data could be read on the way. \
             Set {} to the address to use, with https:// where the service has it",
            service.name(),
            if encrypted {
                "although auth_url is"
            } else {
                "and leads away from this machine"
            },
            service.endpoint_argument()
        );
        return Err(IdentityError::NoEndpoint(service, reason));
    }
    Ok(())
}
