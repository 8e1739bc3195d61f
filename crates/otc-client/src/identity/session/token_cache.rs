//! One sign-in for all that wait for it.

use std::sync::{Arc, MutexGuard, PoisonError};

use futures_util::{FutureExt, future::BoxFuture, future::Shared};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::{Core, Endpoint};
use crate::{
    http::{Delivery, TransportError},
    identity::{IdentityError, keys::KeySender, keystone::GIVEN_TOKEN, resolved::Method},
};

/// How long before its end a token is replaced; of short-lived ones when a quarter of their life is left.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

type Flight = Shared<BoxFuture<'static, Result<Arc<Authorized>, IdentityError>>>;

/// What requests are authorized with.
pub(super) enum Authorization {
    Token(SecretString),
    Keys(Arc<KeySender>),
}

/// The result of a sign-in.
pub(super) struct Authorized {
    pub authorization: Authorization,
    pub endpoint: Endpoint,
    /// From when on it should be replaced, and when it ends.
    pub life: Option<(Timestamp, Timestamp)>,
    /// Counts sign-ins, to tell a refused token from the one that has replaced it meanwhile.
    pub generation: u64,
}

impl Authorized {
    /// One that is given from outside.
    pub fn fixed(endpoint: Endpoint, token: SecretString) -> Self {
        Self {
            authorization: Authorization::Token(token),
            endpoint,
            life: None,
            generation: 0,
        }
    }

    /// When a token that was issued `now` and ends at `end` should be replaced.
    pub fn life(now: Timestamp, end: Option<Timestamp>) -> Option<(Timestamp, Timestamp)> {
        let end = end?;
        let ahead = AHEAD.min(end.duration_since(now) / 4);
        Some((end.checked_sub(ahead).unwrap_or(end), end))
    }
}

/// What the session knows.
#[derive(Default)]
pub(super) struct State {
    current: Option<Arc<Authorized>>,
    flight: Option<Flight>,
    /// A failure that the same credentials would meet again. Trying once more could lock the user.
    failed: Option<IdentityError>,
    generation: u64,
    /// A new token that was refused at once: another one would be as well.
    useless: Option<u64>,
}

impl State {
    pub fn with(authorized: Authorized) -> Self {
        Self {
            current: Some(Arc::new(authorized)),
            ..Self::default()
        }
    }
}

impl Core {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to authorize a request with; signs in when there is nothing, when it is about to end, or when it is the one that
    /// a service has `refused`.
    pub(super) async fn authorized(self: &Arc<Self>, refused: Option<u64>) -> Result<Arc<Authorized>, IdentityError> {
        let (flight, still_good) = {
            let mut state = self.state();
            let now = self.clock.now();
            let current = state
                .current
                .clone()
                .filter(|current| refused != Some(current.generation));
            let still_good = match &current {
                Some(current) => match current.life {
                    Some((_, end)) if now >= end => None,
                    Some((replace, _)) if now >= replace => Some(Arc::clone(current)),
                    _ => return Ok(Arc::clone(current)),
                },
                None => None,
            };
            let hopeless = state.current.is_some().then(|| self.cannot_renew()).flatten();
            if let Some(current) = &still_good
                && (hopeless.is_some() || state.failed.is_some())
            {
                return Ok(Arc::clone(current));
            }
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if let Some(reason) = hopeless {
                return Err(IdentityError::NotRenewable {
                    said: String::new(),
                    reason,
                });
            }
            let flight = match &state.flight {
                Some(flight) => flight.clone(),
                None => {
                    let flight = self.start();
                    state.flight = Some(flight.clone());
                    flight
                }
            };
            (flight, still_good)
        };
        match (flight.await, still_good) {
            (Err(error), Some(current)) => {
                tracing::warn!(%error, "the token could not be replaced ahead of its end");
                Ok(current)
            }
            (result, _) => result,
        }
    }

    /// Signs in on a task of its own, so that a caller that gives up takes nothing from the others.
    fn start(self: &Arc<Self>) -> Flight {
        let core = Arc::clone(self);
        let task = tokio::spawn(async move {
            let result = core.sign_in().await;
            core.landed(result)
        });
        // The core holds the flight: were it the other way round as well, a sign-in that is never finished would keep both, and
        // the runtime with them.
        let core = Arc::downgrade(self);
        async move {
            task.await.unwrap_or_else(|_| {
                if let Some(core) = core.upgrade() {
                    core.state().flight = None;
                }
                Err(TransportError {
                    delivery: Delivery::Unknown,
                    message: "the sign-in was broken off".to_owned(),
                }
                .into())
            })
        }
        .boxed()
        .shared()
    }

    fn landed(&self, result: Result<Authorized, IdentityError>) -> Result<Arc<Authorized>, IdentityError> {
        let mut state = self.state();
        state.flight = None;
        match result {
            Ok(mut authorized) => {
                state.generation += 1;
                authorized.generation = state.generation;
                let authorized = Arc::new(authorized);
                state.current = Some(Arc::clone(&authorized));
                if let Some((_, end)) = authorized.life
                    && let Some(reason) = self.cannot_renew()
                {
                    tracing::debug!(%end, reason, "this token cannot be renewed");
                }
                Ok(authorized)
            }
            Err(error) => {
                // A page of something on the way is not the identity service's last word.
                if !error.is_transient() && !matches!(error, IdentityError::Decode { .. }) {
                    state.failed = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    /// Why there can be no second sign-in.
    pub(super) fn cannot_renew(&self) -> Option<&'static str> {
        let resolved = self.resolved.as_ref()?;
        match &resolved.method {
            Method::Token(_) if resolved.agency.is_none() => Some(GIVEN_TOKEN),
            Method::Password { passcode: Some(_), .. } => Some(
                "a passcode (OS_PASSCODE) is good for one sign-in. Run again with a new passcode; for long runs use access \
                 keys or a user without a second factor",
            ),
            _ if !resolved.allow_reauth => Some(
                "allow_reauth (OS_ALLOW_REAUTH) is false, so there is no second sign-in. Run again, or set it to true",
            ),
            _ => None,
        }
    }

    /// A service accepted the token.
    pub(super) fn accepted(&self, generation: u64) {
        let mut state = self.state();
        if state.useless == Some(generation) {
            state.useless = None;
        }
    }

    /// A service refused a token that had just been issued.
    pub(super) fn refused_anew(&self, generation: u64) {
        self.state().useless = Some(generation);
    }

    /// Whether a sign-in more would not help.
    pub(super) fn is_useless(&self, generation: u64) -> bool {
        self.state().useless == Some(generation)
    }
}
