//! Refuses endpoints to which credentials would be sent unencrypted.

use crate::identity::{Endpoint, IdentityError, loopback::is_loopback, resolved::Resolved};

/// Refuses an unencrypted address of the catalog where the configuration requires encryption.
///
/// `insecure`, a configured `endpoint` and an unencrypted `auth_url` allow it; each of them gives a warning when the provider is
/// configured.
pub(super) fn refuse_downgrade(resolved: &Resolved, endpoint: &Endpoint) -> Result<(), IdentityError> {
    let base = &endpoint.base;
    if base.scheme() != "http" || resolved.endpoint.is_some() || resolved.tls.insecure {
        return Ok(());
    }
    let (encrypted, local) = resolved
        .auth_url
        .as_ref()
        .map_or((false, false), |url| (url.scheme() == "https", is_loopback(url)));
    let leaves_this_machine = local && !is_loopback(base);
    if encrypted || leaves_this_machine {
        return Err(IdentityError::NoEndpoint(format!(
            "the catalog's address of CSBS, {base}, is not encrypted, {}, so credentials and data could be read on the way. \
             Set endpoint (OS_CSBS_ENDPOINT) to the address to use, with https:// where the service has it",
            if encrypted {
                "although auth_url is"
            } else {
                "and leads away from this machine"
            }
        )));
    }
    Ok(())
}
