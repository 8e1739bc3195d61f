//! The client that all calls go through.

use std::sync::Arc;

use super::ApiError;
use crate::identity::{Endpoint, Session};

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// How often a call that may be repeated is repeated after a passing failure.
    pub max_retries: u32,
    /// How many requests may be under way at once.
    pub max_concurrent_requests: usize,
    /// What jitter is drawn from, so that a run can be repeated.
    pub seed: u64,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            max_retries: 5,
            max_concurrent_requests: 32,
            seed: 0,
        }
    }
}

/// A signed-in conversation with CSBS. Clones share session, rate limit and connections.
#[derive(Clone)]
pub struct Client {
    session: Arc<Session>,
    options: Arc<ClientOptions>,
}

impl Client {
    /// A client that speaks through `session`. Nothing is sent yet.
    #[must_use]
    pub fn new(session: Arc<Session>, options: ClientOptions) -> Self {
        Self {
            session,
            options: Arc::new(options),
        }
    }

    /// The endpoint; the first call may sign in to find it.
    ///
    /// # Errors
    /// [`ApiError::Identity`].
    pub async fn endpoint(&self) -> Result<Endpoint, ApiError> {
        self.session.endpoint().await.map_err(|source| ApiError::Identity {
            operation: "endpoint",
            source,
        })
    }

    /// The session that the client speaks through.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// How the client behaves.
    #[must_use]
    pub fn options(&self) -> &ClientOptions {
        &self.options
    }
}
