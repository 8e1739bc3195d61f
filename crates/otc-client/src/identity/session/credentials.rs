//! The result of a sign-in.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::project_catalog::ProjectCatalog;
use crate::identity::{Endpoints, keys::KeySender};

/// How long before its expiry a token is renewed; a short-lived one when a quarter of its lifetime is left.
const RENEWAL_MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// The authorization of a request.
pub(super) enum Authorization {
    Token(SecretString),
    Keys(Arc<KeySender>),
}

/// The times at which a token is renewed and expires.
#[derive(Clone, Copy)]
pub(super) struct Lifetime {
    pub renew_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Lifetime {
    /// The lifetime of a token issued `now`.
    pub fn new(now: Timestamp, expires_at: Timestamp) -> Self {
        let margin = RENEWAL_MARGIN.min(expires_at.duration_since(now) / 4);
        Self {
            renew_at: expires_at.checked_sub(margin).unwrap_or(expires_at),
            expires_at,
        }
    }
}

/// The result of a sign-in.
pub(super) struct Authorized {
    pub authorization: Authorization,
    /// The endpoints in the region of the settings.
    pub endpoints: Endpoints,
    /// The catalog that they are from, which tells whether other regions have one; `None` if it was not read.
    pub catalog: Option<ProjectCatalog>,
    /// `None` where there is no expiry.
    pub lifetime: Option<Lifetime>,
    /// Counts sign-ins, so that a refused token can be distinguished from the one that has replaced it meanwhile.
    pub generation: u64,
}

impl Authorized {
    /// A result that does not expire, such as a token from outside.
    pub fn without_expiry(authorization: Authorization, endpoints: Endpoints, catalog: Option<ProjectCatalog>) -> Self {
        Self {
            authorization,
            endpoints,
            catalog,
            lifetime: None,
            generation: 0,
        }
    }
}
