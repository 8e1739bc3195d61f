//! Ends a wait when a stop is asked for.

use tokio_util::sync::CancellationToken;

/// A stop was asked for before the wait was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Waits for `work`, or for a stop; the work is then dropped.
///
/// # Errors
/// [`Stopped`] when a stop was asked for first.
pub async fn until_stopped<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Result<T, Stopped> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Stopped),
        done = work => Ok(done),
    }
}
