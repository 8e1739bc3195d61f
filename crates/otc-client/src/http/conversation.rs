//! Logs requests and answers: a DEBUG line per request, and at TRACE everything without secrets.

use std::time::Duration;

use ::http::{HeaderMap, Request, Response};
use bytes::Bytes;

use super::{TransportError, redact};

/// The purpose of a request, such as `protect`, for the log. Callers add it to the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation(pub &'static str);

/// Returns the service's ID of a request, from the headers of the answer.
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "x-openstack-request-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|id| !id.is_empty() && id.len() <= 256)
        .map(str::to_owned)
}

/// Length of the longest body that is logged, in bytes. To remove the secrets from a body, all of it has to be parsed, which takes
/// a multiple of its length for a line that shows its first 8 KiB.
const MAX_LOGGED_BODY: usize = 1024 * 1024;

/// Returns a body as it may be logged.
fn shown(body: &Bytes, plain: bool) -> String {
    if body.len() > MAX_LOGGED_BODY {
        return format!("({} bytes, too many to be shown)", body.len());
    }
    redact::body(body, plain)
}

/// The parts of a request that the log line of its outcome needs.
pub(super) struct Line {
    operation: &'static str,
    method: ::http::Method,
    host: String,
    path: String,
}

impl Line {
    /// Logs `request` and keeps what the line of its outcome needs.
    pub(super) fn open(request: &Request<Bytes>) -> Self {
        let uri = request.uri();
        let line = Self {
            operation: request
                .extensions()
                .get::<Operation>()
                .map_or("request", |operation| operation.0),
            method: request.method().clone(),
            host: uri.host().unwrap_or_default().to_owned(),
            path: uri
                .path_and_query()
                .map_or_else(String::new, |path| path.as_str().to_owned()),
        };
        if tracing::enabled!(tracing::Level::TRACE) {
            tracing::trace!(
                operation = line.operation,
                "> {} {}\n{}\n{}",
                line.method,
                line.path,
                redact::headers(request.headers()),
                shown(request.body(), false),
            );
        }
        line
    }

    /// Logs the outcome.
    pub(super) fn close(&self, outcome: &Result<Response<Bytes>, TransportError>, took: Duration) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(response) => {
                tracing::debug!(
                    operation = self.operation,
                    method = %self.method,
                    host = %self.host,
                    path = %self.path,
                    status = response.status().as_u16(),
                    took_ms,
                    request_id = request_id(response.headers()).as_deref().unwrap_or(""),
                    "request answered"
                );
                if tracing::enabled!(tracing::Level::TRACE) {
                    tracing::trace!(
                        operation = self.operation,
                        "< {}\n{}\n{}",
                        response.status(),
                        redact::headers(response.headers()),
                        shown(response.body(), true),
                    );
                }
            }
            Err(error) => tracing::debug!(
                operation = self.operation,
                method = %self.method,
                host = %self.host,
                path = %self.path,
                delivery = ?error.delivery,
                took_ms,
                error = %error.message,
                "request failed"
            ),
        }
    }
}
