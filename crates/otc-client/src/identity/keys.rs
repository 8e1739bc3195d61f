//! Sends requests signed with access keys, and stops when a signature is refused.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use ::http::{Request, Response, StatusCode, header};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{
    IdentityError, SendError, malformed_request::is_about_the_url, resolved::AccessKeys,
    service_message::service_message, signer,
};
use crate::http::{Clock, Transport};

/// Largest accepted difference of the clocks.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(15);

/// Sends requests signed with one pair of keys.
///
/// Five failures in a row lock an access key for five minutes. So nothing is sent after the first, and until the service has
/// accepted a signature requests go out one at a time.
pub(super) struct KeySender {
    keys: AccessKeys,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    proven: AtomicBool,
    one_at_a_time: tokio::sync::Mutex<()>,
    stopped: Mutex<Option<IdentityError>>,
}

impl KeySender {
    pub fn new(keys: AccessKeys, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys,
            transport,
            clock,
            proven: AtomicBool::new(false),
            one_at_a_time: tokio::sync::Mutex::new(()),
            stopped: Mutex::new(None),
        }
    }

    /// Signs and sends.
    pub async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let _turn = match self.proven.load(Ordering::Acquire) {
            true => None,
            false => Some(self.one_at_a_time.lock().await),
        };
        if let Some(error) = self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(error.into());
        }
        let now = self.clock.now();
        signer::sign(&mut request, &self.keys, now)
            .map_err(|_| IdentityError::Unsendable("access_key, secret_key or security_token"))?;
        let response = self.transport.send(request).await?;
        if response.status() != StatusCode::UNAUTHORIZED || is_about_the_url(&response) {
            self.proven.store(true, Ordering::Release);
            return Ok(response);
        }
        let error = self.refusal(&response, now);
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        Err(error.into())
    }

    fn refusal(&self, response: &Response<Bytes>, local: Timestamp) -> IdentityError {
        let server = response
            .headers()
            .get(header::DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .map(|date| date.timestamp());
        match server {
            Some(server) if server.duration_since(local).abs() > TOLERANCE => {
                IdentityError::ClockSkew { local, server }
            }
            _ => {
                let mut secrets = vec![&self.keys.secret_key, &self.keys.access_key];
                secrets.extend(&self.keys.security_token);
                IdentityError::KeysRefused {
                    message: service_message(response, &secrets),
                }
            }
        }
    }
}
