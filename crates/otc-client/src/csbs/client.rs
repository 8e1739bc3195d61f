//! The client that all calls go through.

mod call;
#[cfg(test)]
mod tests;
mod writes;

use std::sync::Arc;

use super::ApiError;
use super::jitter::Jitter;
use super::limit::Limiter;
use crate::identity::{Endpoint, Session};

pub use call::with_retry_deadline;
pub(super) use call::{Answer, Call, json};
use writes::WriteLog;

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// How often a call that may be repeated is repeated after a passing failure. A refusal with 429 does not count while
    /// other calls get through.
    pub max_retries: u32,
    /// The same for refusals with 429, where that is another number.
    pub max_backoff_retries: Option<u32>,
    /// The longest pause after a 429, even where the service asks for a longer one.
    pub longest_backoff: Option<std::time::Duration>,
    /// How many requests may be under way at once.
    pub max_concurrent_requests: usize,
    /// What jitter is drawn from, so that a run can be repeated.
    pub seed: u64,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            max_retries: 5,
            max_backoff_retries: None,
            longest_backoff: None,
            max_concurrent_requests: 32,
            seed: 0,
        }
    }
}

/// A signed-in conversation with CSBS. Clones share session, rate limit and connections.
///
/// What is repeated after a passing failure (no connection, a lost answer, 408, 429, 500 and 502 to 504 without a code that
/// says why, `CSBS.9999`), with growing pauses and never sooner than `Retry-After` asks: reads always; deletions, `PUT` and
/// tag calls too, because a second time changes nothing more; calls that make something only when it is certain that the
/// service did not take them up (no connection was made, or 429).
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    session: Arc<Session>,
    options: ClientOptions,
    limiter: Limiter,
    jitter: Jitter,
    writes: WriteLog,
}

impl Client {
    /// A client that speaks through `session`. Nothing is sent yet.
    #[must_use]
    pub fn new(session: Arc<Session>, options: ClientOptions) -> Self {
        Self {
            shared: Arc::new(Shared {
                session,
                limiter: Limiter::new(options.max_concurrent_requests),
                jitter: Jitter::new(options.seed),
                writes: WriteLog::default(),
                options,
            }),
        }
    }

    /// The endpoint; the first call may sign in to find it.
    ///
    /// # Errors
    /// [`ApiError::Identity`].
    pub async fn endpoint(&self) -> Result<Endpoint, ApiError> {
        self.shared
            .session
            .endpoint()
            .await
            .map_err(|source| ApiError::Identity {
                operation: "endpoint",
                source,
            })
    }

    /// The session that the client speaks through.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.shared.session
    }

    /// How the client behaves.
    #[must_use]
    pub fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    /// Makes earlier reads of these items and checkpoints stale: the caller has newer knowledge.
    pub fn invalidate(&self, ids: &[String]) {
        self.shared.writes.note(ids);
    }

    /// When this client last changed the item or checkpoint with this ID, or began to: what was read before is worth nothing.
    pub(super) fn written_at(&self, id: &str) -> Option<tokio::time::Instant> {
        self.shared.writes.last(id)
    }
}
