//! The session with the cloud, shared by all operations of one provider instance.
//!
//! `project_catalog` and `credentials` are the result of a sign-in, `core` what the session knows, `downgrade` refuses unencrypted
//! endpoints, `regional_endpoint` has the endpoint of a region, `sign_in` the steps of a sign-in, and `token_cache` shares one sign-in
//! among all callers. Each uses only those before it.

mod core;
mod credentials;
mod downgrade;
#[cfg(test)]
mod interleavings;
mod project_catalog;
mod regional_endpoint;
mod sign_in;
#[cfg(test)]
mod tests;
mod token_cache;

use std::sync::Arc;

use ::http::{HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use secrecy::SecretString;

use self::{
    core::{Core, State},
    credentials::{Authorization, Authorized},
};
use super::{
    CloudService, Endpoint, Endpoints, IdentityError, SendError,
    keys::KeySender,
    keystone::{AUTH_TOKEN, secret_header},
    malformed_request::is_about_the_url,
    resolved::{Method, Resolved},
    service_message::service_message,
    signer,
};
use crate::{
    http::{Clock, Transport},
    sync::Mutex,
};

/// Signs in when it is first needed and authorizes every request.
///
/// Concurrent callers share one sign-in. It continues when a caller gives up, because others may need it.
pub struct Session {
    core: Arc<Core>,
    /// The region of the endpoints, if it is not that of the settings.
    region: Option<String>,
}

impl Session {
    /// A session that signs in as `resolved` says. Nothing is sent yet.
    #[must_use]
    pub fn new(resolved: Resolved, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let keys = match &resolved.method {
            Method::AccessKeys(keys) => Some(Arc::new(KeySender::new(
                keys.clone(),
                Arc::clone(&transport),
                Arc::clone(&clock),
            ))),
            _ => None,
        };
        Self {
            core: Arc::new(Core {
                transport,
                clock,
                resolved: Some(Box::new(resolved)),
                keys,
                state: Mutex::default(),
            }),
            region: None,
        }
    }

    /// A session with a known token and endpoints; a single endpoint is that of CSBS. A 401 is passed on.
    #[must_use]
    pub fn with_token(
        endpoints: impl Into<Endpoints>,
        token: SecretString,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            core: Arc::new(Core {
                transport,
                clock,
                resolved: None,
                keys: None,
                state: Mutex::new(State::with(Authorized::without_expiry(
                    Authorization::Token(token),
                    endpoints.into(),
                    None,
                ))),
            }),
            region: None,
        }
    }

    /// The same session for the endpoints of `region`. Both share one sign-in.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self {
            core: Arc::clone(&self.core),
            region: Some(region.to_owned()),
        }
    }

    /// The region of the endpoints; `None` while only a sign-in could tell.
    #[must_use]
    pub fn known_region(&self) -> Option<String> {
        self.region.clone().or_else(|| self.core.default_region())
    }

    /// The endpoint of a service; the first call may sign in to find it.
    ///
    /// # Errors
    /// [`IdentityError`] when signing in fails or the catalog has no such endpoint.
    pub async fn endpoint(&self, service: CloudService) -> Result<Endpoint, IdentityError> {
        let authorized = self.core.authorized(None).await?;
        self.core.endpoint_in(service, &authorized, self.region.as_deref())
    }

    /// The clock of the session.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.core.clock
    }

    /// Authorizes and sends `request` to `service`. After a 401 it signs in again and repeats the request once: a request that was refused with
    /// 401 has not been carried out, so this is safe for every method. With access keys nothing is repeated.
    ///
    /// A 401 that is about the URL is passed on. A 500 which says that the service could not authenticate inside is passed on too,
    /// after a new sign-in, because the request may have been carried out in part.
    ///
    /// # Errors
    /// [`SendError`] when signing in failed or no complete answer came.
    pub async fn send(&self, service: CloudService, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let core = &self.core;
        let authorized = core.authorized(None).await?;
        let endpoint = core.endpoint_in(service, &authorized, self.region.as_deref())?;
        let token = match &authorized.authorization {
            Authorization::Keys(keys) => return send_signed(keys, &endpoint, request).await,
            Authorization::Token(token) => token,
        };
        let response = core.send_with_token(request.clone(), &endpoint, token).await?;
        if has_failed_inside(&response) {
            core.renew_after_failure(authorized.generation).await;
            return Ok(response);
        }
        if response.status() != StatusCode::UNAUTHORIZED || is_about_the_url(&response) {
            core.record_accepted(authorized.generation);
            return Ok(response);
        }
        if core.resolved.is_none() || core.was_refused_when_new(authorized.generation) {
            return Ok(response);
        }
        if let Some(reason) = core.cannot_renew() {
            return Err(IdentityError::NotRenewable {
                message: service_message(&response, &[token]),
                reason,
            }
            .into());
        }
        tracing::debug!("the service refused the token; signing in again");
        let renewed = core.authorized(Some(authorized.generation)).await?;
        let Authorization::Token(token) = &renewed.authorization else {
            return Ok(response);
        };
        let endpoint = core.endpoint_in(service, &renewed, self.region.as_deref())?;
        let response = core.send_with_token(request, &endpoint, token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            core.record_new_token_refused(renewed.generation);
        } else {
            core.record_accepted(renewed.generation);
        }
        Ok(response)
    }
}

impl Core {
    async fn send_with_token(
        &self,
        mut request: Request<Bytes>,
        endpoint: &Endpoint,
        token: &SecretString,
    ) -> Result<Response<Bytes>, SendError> {
        require_same_host(&request, endpoint)?;
        request.headers_mut().insert(AUTH_TOKEN, secret_header(token, "token")?);
        Ok(self.transport.send(request).await?)
    }
}

async fn send_signed(
    keys: &KeySender,
    endpoint: &Endpoint,
    mut request: Request<Bytes>,
) -> Result<Response<Bytes>, SendError> {
    require_same_host(&request, endpoint)?;
    let project = HeaderValue::from_str(&endpoint.project_id).map_err(|_| IdentityError::Unsendable("tenant_id"))?;
    request.headers_mut().insert(signer::PROJECT, project);
    keys.send(request).await
}

/// Fails unless the request goes to the endpoint: credentials are sent nowhere else.
fn require_same_host(request: &Request<Bytes>, endpoint: &Endpoint) -> Result<(), IdentityError> {
    let base = &endpoint.base;
    let uri = request.uri();
    let default = |scheme: Option<&str>| if scheme == Some("http") { 80 } else { 443 };
    let same = uri.scheme_str() == Some(base.scheme())
        && uri.host().map(str::to_ascii_lowercase).as_deref() == base.host_str()
        && uri.port_u16().unwrap_or_else(|| default(uri.scheme_str()))
            == base.port_or_known_default().unwrap_or_default();
    match same {
        true => Ok(()),
        false => Err(IdentityError::ForeignHost(uri.host().unwrap_or_default().to_owned())),
    }
}

/// Returns whether the service accepted the token and could not authenticate with it inside.
fn has_failed_inside(response: &Response<Bytes>) -> bool {
    #[derive(Default, serde::Deserialize)]
    struct Refusal {
        #[serde(default)]
        error_code: String,
    }
    response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && serde_json::from_slice::<Refusal>(response.body())
            .is_ok_and(|refusal| refusal.error_code == "BackupService.9998")
}
