//! The 401 of the gateway that is about the ID in the path and not about the credentials.

use ::http::{Response, StatusCode};
use bytes::Bytes;

/// Returns whether the message is that of a gateway which knows no object with the ID in the path.
pub(crate) fn is_malformed_request_url(message: &str) -> bool {
    message.to_ascii_lowercase().contains("malformed request url")
}

/// Returns whether a 401 says that, and so nothing about the credentials: signing in again would not help.
pub(super) fn is_about_the_url(response: &Response<Bytes>) -> bool {
    /// Length of the longest such answer, in bytes.
    const LONGEST: usize = 4096;
    let body = response.body();
    response.status() == StatusCode::UNAUTHORIZED
        && body.len() <= LONGEST
        && is_malformed_request_url(&String::from_utf8_lossy(body))
}
