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

/// How long the answer to a request may be, bytes after decompression. Callers put it among the request's extensions; without
/// it [`MAX_BODY`](super::MAX_BODY) holds. A longer answer is a [`TransportError`] that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerLimit(pub usize);

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

const TOO_LONG: &str = "the answer is longer than";

impl TransportError {
    /// The error for an answer of more than `limit` bytes.
    pub(super) fn too_long(limit: usize) -> Self {
        Self {
            delivery: Delivery::Answered,
            message: format!("{TOO_LONG} {limit} bytes"),
        }
    }

    /// Whether the answer was longer than is read: the same request would be answered in the same way again.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        self.delivery == Delivery::Answered && self.message.starts_with(TOO_LONG)
    }
}
