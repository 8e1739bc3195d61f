//! What to do after a failed call.

use otc_client::{
    csbs::{ApiError, ServiceError},
    http::Delivery,
    identity::{CloudService, IdentityError},
};

use super::{
    codes::{Advice, advice_for_code},
    permissions::missing_permission,
};

/// The argument of all resources, data sources, actions and list resources.
pub(super) const REGION: &str = "region";

pub(super) fn advice(error: &ApiError) -> Advice {
    error.code().and_then(advice_for_code).unwrap_or_else(|| Advice {
        attribute: match error {
            ApiError::InvalidId {
                what: "resource_id", ..
            } => Some("resource_id"),
            ApiError::Identity {
                source: IdentityError::UnknownRegion { .. } | IdentityError::NotRegionOfEndpoint { .. },
                ..
            } => Some(REGION),
            _ => None,
        },
        next: advice_for_kind(error),
    })
}

fn advice_for_kind(error: &ApiError) -> &'static str {
    match error {
        ApiError::Identity {
            source: IdentityError::NotInCatalog(CloudService::Csbs),
            ..
        } => {
            "The sign-in worked, but this project has no CSBS. T Cloud Public closed the service to new projects on \
             2025-07-28 and announced its end of life for 2025-08-01. Its successor is Cloud Backup and Recovery (CBR): \
             use csbs_vault_backup. See the guide \"CSBS and CBR\". A project that does use CSBS may be another one: check tenant_name (OS_PROJECT_NAME). On a cloud whose catalog leaves CSBS out, set endpoint \
             (OS_CSBS_ENDPOINT)."
        }
        ApiError::Identity {
            source: IdentityError::NotInCatalog(CloudService::Cbr),
            ..
        } => {
            "The sign-in worked, but the catalog of this project has no CBR. The project may be another one: check \
             tenant_name (OS_PROJECT_NAME) and region (OS_REGION). On a cloud whose catalog leaves CBR out, set cbr_endpoint \
             (OS_CBR_ENDPOINT)."
        }
        ApiError::Identity {
            source: IdentityError::UnknownRegion { .. },
            ..
        } => "Set `region` to one of the regions that the catalog has, or leave it out to use the provider's region.",
        ApiError::Identity {
            source: IdentityError::NotRegionOfEndpoint { .. },
            ..
        } => {
            "Remove the endpoint of the service from the provider block (OS_CSBS_ENDPOINT, OS_CBR_ENDPOINT), so that the \
             catalog is used, or configure a second provider block with the endpoint and the region."
        }
        ApiError::Identity { .. } => "Check the credentials and the auth_url of the provider block or environment.",
        ApiError::Transport { source, .. } => match source.delivery {
            Delivery::NotSent => {
                "Check that this machine can reach the service: name resolution, proxy, firewall, certificates. Then \
                 apply again."
            }
            _ => "Check the connection to the service, then run a plan to see what remains to be done.",
        },
        ApiError::Decode { .. } => {
            "A proxy or gateway may have answered in place of the service. Check the endpoint and the proxy; if they are \
             correct, try again later."
        }
        ApiError::InvalidId { .. } => "Use the ID as the cloud shows it.",
        ApiError::Service(refusal) if error.is_unconfirmed_not_found() && !has_service_code(refusal) => {
            "This 404 does not come in the form of the backup service, so it does not say that anything is gone: \
             a proxy or gateway may have answered in place of the service. Check the endpoint, the project, the \
             region and the proxy, then run the command again."
        }
        ApiError::Service(refusal) if refusal.status == 403 => {
            missing_permission(refusal.operation).unwrap_or_else(|| advice_for_status(refusal.status))
        }
        ApiError::Service(refusal) => advice_for_status(refusal.status),
    }
}

/// Returns whether a refusal has a code of the service itself.
fn has_service_code(refusal: &ServiceError) -> bool {
    let code = refusal.code.as_deref().unwrap_or_default();
    code.starts_with("CSBS.") || code.starts_with("BackupService.")
}

pub(super) fn advice_for_status(status: u16) -> &'static str {
    match status {
        300..=399 => {
            "A proxy or gateway redirects the request. The provider does not follow redirects, because its credentials are \
             for the service only. Check the endpoint and the proxy, then apply again."
        }
        400 => "The service does not accept a value. Compare the configuration with the message above.",
        401 => {
            "The service no longer accepts the credentials. Check that the token has not expired and that the \
             user or key is still valid."
        }
        403 => {
            "The user is not allowed to do this. Ask the administrator of the project for a role that allows it, such as CSBS \
             Administrator together with Server Administrator."
        }
        404 => "It does not exist in this project. Check the ID, the project and the region.",
        408 | 504 => "The service did not answer in time. Run a plan to see what remains to be done, then apply again.",
        409 => "The service is working on the same object. Apply again when it has finished.",
        429 => {
            "There were too many requests. Apply again later, or with a lower -parallelism; the provider's argument \
             max_backoff_retries lets it wait longer."
        }
        500..=599 => {
            "The service has a problem. Run a plan to see what remains to be done, and apply again later; if the error \
             persists, give the request id to the cloud's support."
        }
        _ => "Compare the configuration with the message above.",
    }
}
