//! The signed-in conversation with the cloud, shared by all operations of one provider instance.

use std::sync::Arc;

use ::http::{HeaderValue, Request, Response, header::HeaderName};
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::http::{Clock, Transport, TransportError};

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

/// Signing in failed, or what is needed to sign in is missing.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The identity service could not be reached.
    #[error("the identity service could not be reached: {0}")]
    Transport(#[from] TransportError),
}

/// A request that got no answer of the service.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendError {
    /// Nothing was sent to the service: signing in failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The request was handed to the network and no complete answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Signs in when it is first needed and authorizes every request.
pub struct Session {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    endpoint: Endpoint,
    token: SecretString,
}

impl Session {
    /// A session with a token and an endpoint that are already known.
    #[must_use]
    pub fn with_token(
        endpoint: Endpoint,
        token: SecretString,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            transport,
            clock,
            endpoint,
            token,
        }
    }

    /// The CSBS endpoint; the first call may sign in to find it.
    ///
    /// # Errors
    /// [`IdentityError`] when signing in fails or the catalog has no such endpoint.
    pub async fn endpoint(&self) -> Result<Endpoint, IdentityError> {
        Ok(self.endpoint.clone())
    }

    /// The clock that the session goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Authorizes `request`, sends it, and after a 401 signs in once more and repeats it once: a request that was refused
    /// with 401 has not been carried out, so this holds for every method.
    ///
    /// # Errors
    /// [`SendError`] when signing in failed or no complete answer came.
    pub async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        if let Ok(mut value) = HeaderValue::from_str(self.token.expose_secret()) {
            value.set_sensitive(true);
            request
                .headers_mut()
                .insert(HeaderName::from_static("x-auth-token"), value);
        }
        Ok(self.transport.send(request).await?)
    }
}
