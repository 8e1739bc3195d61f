//! The client that all calls go through.

mod call;
mod endpoint;
mod writes;

use std::{marker::PhantomData, sync::Arc};

use super::jitter::Jitter;
use super::limit::Limiter;
use crate::identity::{CloudService, Session};

pub use call::with_retry_deadline;
pub(crate) use call::{Answer, Call, json};
use writes::WriteLog;

/// The options of a client.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Number of times that a call is repeated after a transient failure, if it may be repeated. A refusal with 429 does not count
    /// while other calls succeed.
    pub max_retries: u32,
    /// The same for refusals with 429, if that number differs.
    pub max_backoff_retries: Option<u32>,
    /// The longest pause after a 429, even where the service asks for a longer one.
    pub longest_backoff: Option<std::time::Duration>,
    /// Number of requests that may be under way at once.
    pub max_concurrent_requests: usize,
    /// The seed of random pauses, so that a run can be repeated.
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

/// A REST API of the cloud.
pub trait Api: Send + Sync + 'static {
    /// The service that has the API.
    const SERVICE: CloudService;
}

/// A client of the API `A`. Clones share session, rate limit and connections.
///
/// Calls are repeated after a transient failure (no connection, a lost answer, 408, 429, 500 and 502 to 504 without a code that
/// gives a reason, an internal error such as `CSBS.9999`), with growing pauses that are not shorter than `Retry-After`. Reads are
/// always repeated, and so are deletions, `PUT` and tag calls, which are idempotent. Calls that create something are repeated only
/// if the service certainly did not process them (no connection was made, or 429).
pub struct Client<A> {
    shared: Arc<Shared>,
    api: PhantomData<fn() -> A>,
}

impl<A> Clone for Client<A> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            api: PhantomData,
        }
    }
}

struct Shared {
    session: Arc<Session>,
    options: ClientOptions,
    limiter: Arc<Limiter>,
    jitter: Jitter,
    /// Shared by the clients of all regions: IDs are unique in all of them.
    writes: Arc<WriteLog>,
}

impl<A: Api> Client<A> {
    /// A client that sends its calls through `session`. Nothing is sent yet.
    pub fn new(session: Arc<Session>, options: ClientOptions) -> Self {
        let limiter = Arc::new(Limiter::new(options.max_concurrent_requests));
        Self::from_parts(session, options, limiter, Arc::default())
    }

    /// A client for another region, with the same credentials and options. It shares the sign-in; each region has a rate limit of
    /// its own.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let shared = &self.shared;
        let session = Arc::new(shared.session.in_region(region));
        let limiter = Arc::new(Limiter::new(shared.options.max_concurrent_requests));
        Self::from_parts(session, shared.options.clone(), limiter, Arc::clone(&shared.writes))
    }

    /// The same client, which repeats a call at most `most` times after a transient failure other than 429.
    #[must_use]
    pub fn with_max_retries(&self, most: u32) -> Self {
        let shared = &self.shared;
        let options = &shared.options;
        let options = ClientOptions {
            max_retries: options.max_retries.min(most),
            max_backoff_retries: options.max_backoff_retries.or(Some(options.max_retries)),
            ..options.clone()
        };
        let session = Arc::clone(&shared.session);
        Self::from_parts(
            session,
            options,
            Arc::clone(&shared.limiter),
            Arc::clone(&shared.writes),
        )
    }

    fn from_parts(session: Arc<Session>, options: ClientOptions, limiter: Arc<Limiter>, writes: Arc<WriteLog>) -> Self {
        Self {
            shared: Arc::new(Shared {
                session,
                limiter,
                jitter: Jitter::new(options.seed),
                writes,
                options,
            }),
            api: PhantomData,
        }
    }

    /// The session that the calls are sent through.
    pub fn session(&self) -> &Arc<Session> {
        &self.shared.session
    }

    /// The options of the client.
    pub fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    /// Makes earlier reads of these backups and checkpoints stale: the caller has newer knowledge.
    pub fn invalidate(&self, ids: &[String]) {
        self.shared.writes.note(ids);
    }

    /// When this client last changed the backup or checkpoint with this ID, or began to: earlier reads are stale.
    pub(crate) fn written_at(&self, id: &str) -> Option<tokio::time::Instant> {
        self.shared.writes.last(id)
    }
}
