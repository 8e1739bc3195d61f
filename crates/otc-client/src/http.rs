//! HTTP: one request, one answer of limited size, and a precise error if no answer came.

#[cfg(test)]
pub(crate) mod captured_log;
mod clock;
mod conversation;
mod limit;
mod members;
mod network;
mod options;
mod redact;
mod secrets;
mod transport;

pub use clock::{Clock, SystemClock};
pub use conversation::{Operation, request_id};
pub use limit::{is_limit_error, limit_error};
pub use members::members;
pub use network::{MAX_BODY, MAX_ERROR_BODY, NetworkTransport, install_crypto};
pub use options::{HttpOptions, HttpOptionsError, user_agent};
pub use redact::{REMOVED, redact_text};
pub use secrets::Secrets;
pub use transport::{AnswerLimit, Delivery, Transport, TransportError};
