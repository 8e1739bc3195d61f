//! Why a call failed, and what may follow from it.

use std::time::Duration;

use crate::http::{Delivery, TransportError};
use crate::identity::IdentityError;

/// A call that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// Signing in failed: nothing was sent to CSBS.
    #[error("{operation}: {source}")]
    Identity {
        /// What was asked, such as `protect`.
        operation: &'static str,
        /// Why.
        source: IdentityError,
    },
    /// No complete answer came.
    #[error("{operation}: {source}")]
    Transport {
        /// What was asked.
        operation: &'static str,
        /// Why, and whether the service may have acted.
        source: TransportError,
        /// Whether the call changes anything.
        write: bool,
    },
    /// The service (or a gateway before it) refused.
    #[error(transparent)]
    Service(Box<ServiceError>),
    /// An answer came that cannot be understood.
    #[error("{operation}: the answer (HTTP {status}) cannot be understood: {message}")]
    Decode {
        /// What was asked.
        operation: &'static str,
        /// What is wrong with the answer.
        message: String,
        /// The answer's HTTP status.
        status: u16,
        /// The service's name for the request, where it gave one.
        request_id: Option<String>,
        /// Whether the call changes anything.
        write: bool,
    },
    /// An ID that cannot stand in a path: nothing was sent.
    #[error(
        "{what} {id:?} is not an ID: it must be 1 to 255 of letters, digits, \"_\", \"-\", \".\", and not only dots"
    )]
    InvalidId {
        /// Which ID, such as `resource_id`.
        what: &'static str,
        /// The value, cut to a sane length.
        id: String,
    },
}

/// What the service said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// What was asked, such as `protect`.
    pub operation: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The service's code, such as `CSBS.6000` or `APIG.0301`.
    pub code: Option<String>,
    /// The service's words; empty when it said nothing.
    pub message: String,
    /// The service's name for the request.
    pub request_id: Option<String>,
    /// When to come again.
    pub retry_after: Option<Duration>,
    /// Whether the call changes anything.
    pub write: bool,
}

impl std::fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: HTTP {}", self.operation, self.status)?;
        if let Some(code) = &self.code {
            write!(formatter, ", {code}")?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(formatter, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ServiceError {}

impl ApiError {
    /// The service's answer, where there was one that refused.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// The service's code, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.service().and_then(|error| error.code.as_deref())
    }

    /// The HTTP status, where an answer came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service(error) => Some(error.status),
            Self::Decode { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The service's name for the request, where it gave one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => error.request_id.as_deref(),
            Self::Decode { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// How long the service asks to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.service().and_then(|error| error.retry_after)
    }

    /// The service knows no such thing (any more).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// The service is at work on the thing, or on something it depends on: the same call may succeed later.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        false
    }

    /// The same call may succeed soon, for reasons that lie in the service or on the way to it.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        false
    }

    /// The call changes things and it is not certain that it did not.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Transport { source, write, .. } => *write && source.delivery != Delivery::NotSent,
            Self::Decode { write, .. } => *write,
            Self::Service(_) | Self::Identity { .. } | Self::InvalidId { .. } => false,
        }
    }
}
