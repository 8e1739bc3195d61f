//! The signed-in conversation with the cloud, shared by all operations of one provider instance.

mod sign_in;
#[cfg(test)]
mod tests;
mod token_cache;

use std::sync::{Arc, Mutex};

use ::http::{HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use secrecy::SecretString;
use url::Url;

use super::{
    IdentityError,
    keys::KeySender,
    keystone::{AUTH_TOKEN, secret_header},
    resolved::{Method, Resolved},
    said::said,
    signer,
};
use crate::http::{Clock, Transport, TransportError};
use token_cache::{Authorization, Authorized, State};

/// Where the CSBS API of one project is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `https://HOST/v1/PROJECT_ID`, without a slash at the end.
    pub base: Url,
    /// The project whose backups these are.
    pub project_id: String,
    /// The region the endpoint serves, where it is known.
    pub region: Option<String>,
}

/// A request that got no answer of the service.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendError {
    /// Nothing was carried out: signing in failed, or the service refused the credentials.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The request was handed to the network and no complete answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Signs in when it is first needed and authorizes every request.
///
/// All that wait for a sign-in share one. It goes on when a caller gives up, because others may need it.
pub struct Session {
    core: Arc<Core>,
}

struct Core {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    /// `None` for a session whose token came from outside and is passed on as it is.
    resolved: Option<Box<Resolved>>,
    keys: Option<Arc<KeySender>>,
    state: Mutex<State>,
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
        }
    }

    /// A session with a token and an endpoint that are already known. A 401 is passed on.
    #[must_use]
    pub fn with_token(
        endpoint: Endpoint,
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
                state: Mutex::new(State::with(Authorized::fixed(endpoint, token))),
            }),
        }
    }

    /// The CSBS endpoint; the first call may sign in to find it.
    ///
    /// # Errors
    /// [`IdentityError`] when signing in fails or the catalog has no such endpoint.
    pub async fn endpoint(&self) -> Result<Endpoint, IdentityError> {
        Ok(self.core.authorized(None).await?.endpoint.clone())
    }

    /// The clock that the session goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.core.clock
    }

    /// Authorizes `request`, sends it, and after a 401 signs in once more and repeats it once: a request that was refused
    /// with 401 has not been carried out, so this holds for every method. With access keys nothing is repeated.
    ///
    /// # Errors
    /// [`SendError`] when signing in failed or no complete answer came.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let core = &self.core;
        let authorized = core.authorized(None).await?;
        let token = match &authorized.authorization {
            Authorization::Keys(keys) => return signed(keys, &authorized, request).await,
            Authorization::Token(token) => token,
        };
        let response = core.send_with_token(request.clone(), &authorized, token).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            core.accepted(authorized.generation);
            return Ok(response);
        }
        if core.resolved.is_none() || core.is_useless(authorized.generation) {
            return Ok(response);
        }
        if let Some(reason) = core.cannot_renew() {
            return Err(IdentityError::NotRenewable {
                said: said(&response, &[token]),
                reason,
            }
            .into());
        }
        tracing::debug!("the service refused the token; signing in once more");
        let renewed = core.authorized(Some(authorized.generation)).await?;
        let Authorization::Token(token) = &renewed.authorization else {
            return Ok(response);
        };
        let response = core.send_with_token(request, &renewed, token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            core.refused_anew(renewed.generation);
        } else {
            core.accepted(renewed.generation);
        }
        Ok(response)
    }
}

impl Core {
    async fn send_with_token(
        &self,
        mut request: Request<Bytes>,
        authorized: &Authorized,
        token: &SecretString,
    ) -> Result<Response<Bytes>, SendError> {
        same_host(&request, authorized)?;
        request.headers_mut().insert(AUTH_TOKEN, secret_header(token, "token")?);
        Ok(self.transport.send(request).await?)
    }
}

async fn signed(
    keys: &KeySender,
    authorized: &Authorized,
    mut request: Request<Bytes>,
) -> Result<Response<Bytes>, SendError> {
    same_host(&request, authorized)?;
    let project =
        HeaderValue::from_str(&authorized.endpoint.project_id).map_err(|_| IdentityError::Unsendable("tenant_id"))?;
    request.headers_mut().insert(signer::PROJECT, project);
    keys.send(request).await
}

/// Credentials go to the endpoint and nowhere else.
fn same_host(request: &Request<Bytes>, authorized: &Authorized) -> Result<(), IdentityError> {
    let base = &authorized.endpoint.base;
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
