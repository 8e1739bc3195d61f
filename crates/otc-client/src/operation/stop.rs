//! Ends work when a stop is requested.

use std::time::Duration;

use tokio::{pin, time::timeout};
use tokio_util::sync::CancellationToken;

/// A stop was requested before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Runs `work` until it is done or a stop is requested, which drops the work.
///
/// # Errors
/// [`Stopped`] when a stop was requested first.
pub async fn until_stopped<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Result<T, Stopped> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Stopped),
        done = work => Ok(done),
    }
}

/// The end of a request that is not dropped at once when a stop is requested.
#[derive(Debug)]
pub(super) enum Answered<T> {
    /// The answer, before a stop was requested.
    InTime(T),
    /// A stop was requested. The answer, if it came within the time that the request was left.
    AfterStop(Option<T>),
}

/// Runs a request. After a stop it is dropped only when `time_after_stop` has passed, because dropping it loses what it may have
/// started.
pub(super) async fn until_answered<T>(
    cancel: &CancellationToken,
    time_after_stop: Duration,
    request: impl Future<Output = T>,
) -> Answered<T> {
    pin!(request);
    match until_stopped(cancel, &mut request).await {
        Ok(answer) => Answered::InTime(answer),
        Err(Stopped) => Answered::AfterStop(timeout(time_after_stop, request).await.ok()),
    }
}
