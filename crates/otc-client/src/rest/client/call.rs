//! One call: built, paced, sent, repeated where that is safe, and its answer read.

use std::time::Duration;

use ::http::{HeaderValue, Method, Request, StatusCode, header};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};

use super::{Api, Client, Shared};
use crate::http::{AnswerLimit, MAX_BODY, Operation, members, request_id};
use crate::identity::SendError;
use crate::rest::path::Path;
use crate::rest::retry::{self, Effect};
use crate::rest::{ApiError, error};

/// A call, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    operation: &'static str,
    method: Method,
    path: Path,
    body: Option<Value>,
    effect: Effect,
    invalidated: Vec<String>,
    longest: usize,
}

/// Length of the longest answer that is not a page of a list, in bytes: 4 MiB. The longest real ones, a policy with all its
/// servers and a backup of a server with 60 disks, have some ten thousand.
const MAX_ANSWER_LENGTH: usize = 4 * 1024 * 1024;

impl Call {
    /// A call that reads.
    pub(crate) fn get(operation: &'static str, path: Path) -> Self {
        Self {
            operation,
            method: Method::GET,
            path,
            body: None,
            effect: Effect::Read,
            invalidated: Vec::new(),
            longest: MAX_ANSWER_LENGTH,
        }
    }

    /// Allows an answer up to the length of a page of a list.
    pub(crate) fn page(mut self) -> Self {
        self.longest = MAX_BODY;
        self
    }

    /// A call that deletes.
    pub(crate) fn delete(operation: &'static str, path: Path) -> Self {
        Self {
            method: Method::DELETE,
            effect: Effect::Idempotent,
            ..Self::get(operation, path)
        }
    }

    /// A call that replaces.
    pub(crate) fn put(operation: &'static str, path: Path, body: Value) -> Self {
        Self {
            method: Method::PUT,
            effect: Effect::Idempotent,
            body: Some(body),
            ..Self::get(operation, path)
        }
    }

    /// A call with a body, and the effect of repeating it.
    pub(crate) fn post(operation: &'static str, path: Path, effect: Effect, body: Value) -> Self {
        Self {
            method: Method::POST,
            effect,
            body: Some(body),
            ..Self::get(operation, path)
        }
    }

    /// Sets the effect of repeating the call, where it is not the usual one of the method.
    pub(crate) fn with_effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    /// Names a backup or checkpoint that the call changes: earlier reads of it become stale.
    pub(crate) fn invalidates(mut self, id: &str) -> Self {
        self.invalidated.push(id.to_owned());
        self
    }
}

/// An answer with a success status.
#[derive(Debug)]
pub(crate) struct Answer {
    operation: &'static str,
    write: bool,
    status: u16,
    request_id: Option<String>,
    body: Bytes,
}

impl Answer {
    /// Length of the body, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.body.len()
    }

    /// The members with these names, as text; others are skipped.
    pub(crate) fn members<const N: usize>(&self, names: [&str; N]) -> Result<[Option<&RawValue>; N], ApiError> {
        members(&self.body, names).map_err(|error| self.invalid_response(&error.to_string()))
    }

    /// The bytes of `text`, which is a part of the answer, without a copy.
    pub(crate) fn part(&self, text: &RawValue) -> Bytes {
        self.body.slice_ref(text.get().as_bytes())
    }

    /// Reads the member `name`. Members that `T` does not know are skipped.
    pub(crate) fn member<T: DeserializeOwned>(&self, name: &str) -> Result<T, ApiError> {
        let [member] = self.members([name])?;
        let member = member.ok_or_else(|| self.invalid_response(&format!("it has no \"{name}\"")))?;
        serde_json::from_str(member.get()).map_err(|error| self.invalid_response(&format!("\"{name}\": {error}")))
    }

    /// The whole body, or the default if it is empty or has another form.
    pub(crate) fn body_or_default<T: DeserializeOwned + Default>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The error of an answer that cannot be right.
    pub(crate) fn invalid_response(&self, message: &str) -> ApiError {
        ApiError::Decode {
            operation: self.operation,
            message: message.chars().take(300).collect(),
            status: self.status,
            request_id: self.request_id.clone(),
            write: self.write,
        }
    }
}

/// JSON for a body. No request type has a value that JSON cannot represent.
pub(crate) fn json<T: Serialize>(operation: &'static str, value: &T) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|error| ApiError::Decode {
        operation,
        message: format!("the request cannot be serialized: {error}"),
        status: 0,
        request_id: None,
        write: false,
    })
}

/// Time for which a call may be refused with 429 while other calls succeed.
const MAX_PACED_TIME: Duration = Duration::from_secs(900);

/// Maximum time for which a first connection is tried again. A host that has never answered is most likely unreachable or
/// mistyped, and the user should learn it soon.
const FIRST_CONNECTION: Duration = Duration::from_secs(5);

/// Number of times that a call is repeated because its answer cannot be read.
const DECODE_RETRIES: u32 = 2;

tokio::task_local! {
    static END: Instant;
}

/// Runs `calls` without repeating any of them after `end`. A caller that gives up at `end` then gets the failure of the last
/// attempt, and not only a timeout.
pub async fn with_retry_deadline<F: Future>(end: Instant, calls: F) -> F::Output {
    END.scope(end, calls).await
}

/// The attempts of one call, and the pauses between them.
pub(crate) struct Retries<'a> {
    shared: &'a Shared,
    operation: &'static str,
    effect: Effect,
    started: Instant,
    repeated: u32,
    /// Number of requests of all calls that the service had accepted at the last failure of this call.
    accepted: u64,
}

impl<'a> Retries<'a> {
    pub(crate) fn new<A: Api>(client: &'a Client<A>, operation: &'static str, effect: Effect) -> Self {
        let shared = &*client.shared;
        Self {
            shared,
            operation,
            effect,
            started: Instant::now(),
            repeated: 0,
            accepted: shared.limiter.total_accepted(),
        }
    }

    /// Waits until the next attempt after a failure.
    ///
    /// # Errors
    /// `error`, if the call may not be repeated, or not again.
    pub(crate) async fn wait_after(&mut self, error: ApiError) -> Result<(), ApiError> {
        let shared = self.shared;
        if !self.effect.may_repeat(&error) {
            return Err(error);
        }
        // While other calls succeed, this one only has to wait for its turn.
        let accepted = shared.limiter.total_accepted();
        let only_paced = error.status() == Some(429)
            && accepted > self.accepted
            && shared.options.max_retries > 0
            && self.started.elapsed() < MAX_PACED_TIME;
        self.accepted = accepted;
        if !only_paced {
            let most = match &error {
                ApiError::Service(error) if error.status == 429 => {
                    let options = &shared.options;
                    options.max_backoff_retries.unwrap_or(options.max_retries)
                }
                error if error.is_unreadable() => shared.options.max_retries.min(DECODE_RETRIES),
                _ => shared.options.max_retries,
            };
            if self.repeated >= most {
                return Err(error);
            }
            self.repeated += 1;
        }
        let wait = shared.jitter.of(retry::back_off(self.repeated.saturating_sub(1)));
        let mut wait = wait.max(error.retry_after().unwrap_or_default());
        if accepted == 0 && error.is_failed_connection() && self.started.elapsed() + wait >= FIRST_CONNECTION {
            return Err(error);
        }
        if error.status() == Some(429) {
            wait = wait.min(shared.options.longest_backoff.unwrap_or(wait));
        }
        if END.try_with(|end| Instant::now() + wait >= *end).unwrap_or(false) {
            return Err(error);
        }
        tracing::debug!(
            operation = self.operation,
            repeated = self.repeated,
            wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            %error,
            "request will be repeated"
        );
        sleep(wait).await;
        Ok(())
    }
}

impl<A: Api> Client<A> {
    /// Sends a call until it succeeds, may not be repeated, or has been repeated often enough. An answer that `read` rejects is a
    /// failure, too.
    pub(crate) async fn call<T>(
        &self,
        call: Call,
        mut read: impl FnMut(Answer) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let shared = &self.shared;
        let _writing = shared.writes.begin(&call.invalidated);
        let body = match &call.body {
            None => Bytes::new(),
            Some(value) => Bytes::from(value.to_string()),
        };
        let mut retries = Retries::new(self, call.operation, call.effect);
        loop {
            match self.attempt(&call, &body).await.and_then(&mut read) {
                Ok(value) => return Ok(value),
                Err(error) => retries.wait_after(error).await?,
            }
        }
    }

    async fn attempt(&self, call: &Call, body: &Bytes) -> Result<Answer, ApiError> {
        let shared = &self.shared;
        let operation = call.operation;
        let endpoint = shared
            .session
            .endpoint(A::SERVICE)
            .await
            .map_err(|source| ApiError::Identity { operation, source })?;
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.path.below(&endpoint.base))
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .extension(Operation(operation))
            .extension(AnswerLimit(call.longest))
            .body(body.clone())
            .map_err(|_| ApiError::InvalidId {
                what: "endpoint",
                id: endpoint.base.as_str().chars().take(80).collect(),
            })?;
        if body.is_empty() {
            request.headers_mut().remove(header::CONTENT_TYPE);
        }
        let write = call.effect.is_write();
        let permit = shared.limiter.acquire().await;
        let response = match shared.session.send(A::SERVICE, request).await {
            Ok(response) => response,
            Err(SendError::Identity(source)) => return Err(ApiError::Identity { operation, source }),
            // An answer that is too long will be too long again, so it is treated like one that cannot be read.
            Err(SendError::Transport(source)) if source.is_too_long() && !write => {
                return Err(ApiError::Decode {
                    operation,
                    message: source.message,
                    status: StatusCode::OK.as_u16(),
                    request_id: None,
                    write,
                });
            }
            Err(SendError::Transport(source)) => {
                return Err(ApiError::Transport {
                    operation,
                    source,
                    write,
                });
            }
        };
        let status = response.status();
        if status.is_success() {
            shared.limiter.accepted();
            return Ok(Answer {
                operation,
                write,
                status: status.as_u16(),
                request_id: request_id(response.headers()),
                body: response.into_body(),
            });
        }
        let retry_after = retry::retry_after(response.headers(), shared.session.clock().now());
        if status == StatusCode::TOO_MANY_REQUESTS {
            let longest = shared.options.longest_backoff;
            let pause = retry_after.map(|wait| wait.min(longest.unwrap_or(wait)));
            shared.limiter.refused(&permit, pause);
        } else {
            shared.limiter.accepted();
        }
        Err(ApiError::Service(Box::new(error::parse(
            operation,
            write,
            status.as_u16(),
            response.headers(),
            response.body(),
            retry_after,
        ))))
    }
}
