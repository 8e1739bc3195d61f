//! One token for all requests, and one sign-in for all that wait for a token.

use std::sync::Arc;

use futures_util::FutureExt;

use super::{
    core::{Core, SharedSignIn},
    credentials::Authorized,
};
use crate::{
    http::{Delivery, TransportError},
    identity::IdentityError,
    sync::spawn,
};

impl Core {
    /// The authorization for a request. Signs in when there is none, when it is about to expire, or when its generation is the
    /// one that a service has `refused`.
    pub(super) async fn authorized(self: &Arc<Self>, refused: Option<u64>) -> Result<Arc<Authorized>, IdentityError> {
        let (sign_in, still_valid) = {
            let mut state = self.state();
            let now = self.clock.now();
            let current = state
                .current
                .clone()
                .filter(|current| refused != Some(current.generation));
            let still_valid = match &current {
                Some(current) => match current.lifetime {
                    Some(lifetime) if now >= lifetime.expires_at => None,
                    Some(lifetime) if now >= lifetime.renew_at => Some(Arc::clone(current)),
                    _ => return Ok(Arc::clone(current)),
                },
                None => None,
            };
            let cannot_renew = state.current.is_some().then(|| self.cannot_renew()).flatten();
            if let Some(current) = &still_valid
                && (cannot_renew.is_some() || state.failed.is_some())
            {
                return Ok(Arc::clone(current));
            }
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if let Some(reason) = cannot_renew {
                return Err(IdentityError::NotRenewable {
                    message: String::new(),
                    reason,
                });
            }
            let sign_in = match &state.sign_in {
                Some(sign_in) => sign_in.clone(),
                None => {
                    let sign_in = self.start_sign_in();
                    state.sign_in = Some(sign_in.clone());
                    sign_in
                }
            };
            (sign_in, still_valid)
        };
        match (sign_in.await, still_valid) {
            (Err(error), Some(current)) => {
                tracing::warn!(%error, "the token could not be renewed before its expiry");
                Ok(current)
            }
            (result, _) => result,
        }
    }

    /// Signs in on its own task, so that it continues for the other callers when one of them gives up.
    fn start_sign_in(self: &Arc<Self>) -> SharedSignIn {
        let core = Arc::clone(self);
        let task = spawn(async move {
            let result = core.sign_in().await;
            core.finish_sign_in(result)
        });
        // The core owns the shared sign-in. A strong reference back would keep both alive, and the runtime with them, if the
        // sign-in never finished.
        let core = Arc::downgrade(self);
        async move {
            task.await.unwrap_or_else(|| {
                if let Some(core) = core.upgrade() {
                    core.state().sign_in = None;
                }
                Err(TransportError {
                    delivery: Delivery::Unknown,
                    message: "the sign-in was interrupted".to_owned(),
                }
                .into())
            })
        }
        .boxed()
        .shared()
    }

    fn finish_sign_in(&self, result: Result<Authorized, IdentityError>) -> Result<Arc<Authorized>, IdentityError> {
        let mut state = self.state();
        state.sign_in = None;
        match result {
            Ok(mut authorized) => {
                state.generation += 1;
                authorized.generation = state.generation;
                let authorized = Arc::new(authorized);
                state.current = Some(Arc::clone(&authorized));
                if let Some(lifetime) = authorized.lifetime
                    && let Some(reason) = self.cannot_renew()
                {
                    tracing::debug!(end = %lifetime.expires_at, reason, "this token cannot be renewed");
                }
                Ok(authorized)
            }
            Err(error) => {
                // A page of a proxy is not an answer of the identity service.
                if !error.is_transient() && !matches!(error, IdentityError::Decode { .. }) {
                    state.failed = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    /// Records that a service accepted the token.
    pub(super) fn record_accepted(&self, generation: u64) {
        let mut state = self.state();
        if state.refused_when_new == Some(generation) {
            state.refused_when_new = None;
        }
    }

    /// Records that a service refused a token that had just been issued.
    pub(super) fn record_new_token_refused(&self, generation: u64) {
        self.state().refused_when_new = Some(generation);
    }

    /// Whether another sign-in would not help, because a new token was refused.
    pub(super) fn was_refused_when_new(&self, generation: u64) -> bool {
        self.state().refused_when_new == Some(generation)
    }

    /// Gets a new token for the one of this generation, with which a service could not authenticate inside. Does so once, and only
    /// where a second sign-in is possible; a failure shows at the next request.
    pub(super) async fn renew_after_failure(self: &Arc<Self>, generation: u64) {
        if self.resolved.is_none()
            || self.cannot_renew().is_some()
            || self.state().renewed_after_failure == Some(generation)
        {
            return;
        }
        tracing::debug!("the service could not authenticate with the token; signing in again");
        match self.authorized(Some(generation)).await {
            Ok(renewed) => self.state().renewed_after_failure = Some(renewed.generation),
            Err(error) => tracing::debug!(%error, "signing in again failed"),
        }
    }
}
