//! The seam between what is asked of a service and how it gets there.

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;

/// Carries one request and brings its whole answer.
///
/// The production transport is built on `reqwest`; tests put a simulated service in its place. A transport never follows
/// redirects, never repeats a request, and bounds the size of what it reads.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and reads the answer to its end.
    ///
    /// # Errors
    /// [`TransportError`] when no complete answer came.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;
}

/// What is known of a request that got no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The service cannot have seen the request: no connection, or no TLS session, was made.
    NotSent,
    /// The request may have been read and carried out.
    Unknown,
    /// The service answered, so it has read the request, but the answer could not be read to its end.
    Answered,
}

/// No complete answer came.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// Whether the service may have acted on the request.
    pub delivery: Delivery,
    /// What happened, in words; holds no secret.
    pub message: String,
}
