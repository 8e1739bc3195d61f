//! The shared part of a session.

use std::sync::Arc;

use futures_util::future::{BoxFuture, Shared};

use super::credentials::Authorized;
use crate::{
    http::{Clock, Transport},
    identity::{IdentityError, keys::KeySender, keystone::GIVEN_TOKEN, resolved::Method, resolved::Resolved},
    sync::{Mutex, MutexGuard},
};

/// A sign-in that all its callers await.
pub(super) type SharedSignIn = Shared<BoxFuture<'static, Result<Arc<Authorized>, IdentityError>>>;

pub(super) struct Core {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    /// `None` for a session with a token from outside, which is passed on as it is.
    pub resolved: Option<Box<Resolved>>,
    pub keys: Option<Arc<KeySender>>,
    pub state: Mutex<State>,
}

/// Facts that the session has read from the identity service.
#[derive(Default)]
pub(super) struct State {
    pub current: Option<Arc<Authorized>>,
    /// The sign-in under way.
    pub sign_in: Option<SharedSignIn>,
    /// A failure that the same credentials would meet again. Repeating the sign-in could lock the user.
    pub failed: Option<IdentityError>,
    pub generation: u64,
    /// Generation of a new token that was refused at once: another one would be refused as well.
    pub refused_when_new: Option<u64>,
    /// Generation of the token that replaced one whose authentication had failed inside a service. If that happens to it as well,
    /// another one would not help.
    pub renewed_after_failure: Option<u64>,
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
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// The reason why a second sign-in is impossible, if it is.
    pub fn cannot_renew(&self) -> Option<&'static str> {
        let resolved = self.resolved.as_ref()?;
        match &resolved.method {
            Method::Token(_) if resolved.agency.is_none() => Some(GIVEN_TOKEN),
            Method::Password { passcode: Some(_), .. } => Some(
                "a passcode (OS_PASSCODE) is valid for one sign-in. Run again with a new passcode; for long runs use access \
                 keys or a user without a second factor",
            ),
            _ if !resolved.allow_reauth => Some(
                "allow_reauth (OS_ALLOW_REAUTH) is false, so the provider does not sign in again. Run again, or set it to true",
            ),
            _ => None,
        }
    }
}
