//! Ends work when a stop is requested.

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
