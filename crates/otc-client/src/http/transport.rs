//! The interface between clients and the network.

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;

/// Sends a request and returns its whole answer.
///
/// The production transport is built on `reqwest`; tests replace it by a simulated service. A transport does not follow
/// redirects, does not repeat requests, and limits the size of answers.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and reads the answer to its end.
    ///
    /// # Errors
    /// [`TransportError`] if no complete answer came.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;
}

/// Length of the longest answer to a request, in bytes after decompression; [`MAX_BODY`](super::MAX_BODY) by default. Callers add it
/// to the request's extensions. A longer answer is a [`TransportError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerLimit(pub usize);

/// The fate of a request that got no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The service did not get the request: no connection, or no TLS session, was made.
    NotSent,
    /// The service may have read and processed the request.
    Unknown,
    /// The service answered, so it has read the request, but the answer was not complete.
    Answered,
}

/// The error of a request that got no complete answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// Whether the service may have processed the request.
    pub delivery: Delivery,
    /// The reason; has no secret.
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

    /// Returns whether the answer was too long. A repeated request would get the same answer.
    pub fn is_too_long(&self) -> bool {
        self.delivery == Delivery::Answered && self.message.starts_with(TOO_LONG)
    }
}
