//! Looks for the backup of a request that got no clear answer: the part that is the same for both services.

use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    Backoff,
    timing::{LOOK_AFTER_STOP, UNANSWERED_REQUEST_FOUND_WITHIN},
    wait::{Look, Verdict, Wait, WaitError},
};
use crate::{
    http::{Delivery, TransportError},
    rest::ApiError,
};

/// The reason why the backup of a request is not known.
pub(super) enum NotFound<B> {
    /// The request can have made each of several backups.
    Several(Vec<B>),
    /// A stop was requested.
    Stopped,
    /// No list has shown it for a minute. The failure is that of the last list.
    NotListed(Option<ApiError>),
}

/// Lists the backups of a server until one of them must be that of the request, for a minute at most.
///
/// `list` is the call `operation`. `select` returns the one backup that the request can have made; its error has several.
pub(super) async fn find<B, F>(
    cancel: &CancellationToken,
    operation: &'static str,
    mut list: impl FnMut() -> F,
    select: impl Fn(Vec<B>) -> Result<Option<B>, Vec<B>>,
) -> Result<B, NotFound<B>>
where
    F: Future<Output = Result<Vec<B>, ApiError>>,
{
    let mut failure = None;
    let mut backoff = Backoff::polling();
    let look = |look: Look| {
        let listed = timeout_at(look.ends, list());
        // A look that is dropped at the end has failed, too.
        async move { listed.await.unwrap_or_else(|_| Err(no_answer(operation))) }
    };
    let verdict = |_: Look, seen: Result<Vec<B>, ApiError>| match seen {
        Ok(backups) => match select(backups) {
            Ok(Some(backup)) => Verdict::Done(backup),
            Ok(None) => {
                failure = None;
                Verdict::Continue
            }
            Err(candidates) => Verdict::Fail(candidates),
        },
        Err(error) => {
            failure = Some(error);
            Verdict::Continue
        }
    };
    let wait = Wait::until(Instant::now() + UNANSWERED_REQUEST_FOUND_WITHIN)
        .or_stopped(cancel)
        .looking_at_once();
    let found = wait.run(|now| now + backoff.next_wait(), look, verdict).await;
    found.map_err(|end| match end {
        WaitError::Failed(candidates) => NotFound::Several(candidates),
        WaitError::Stopped => NotFound::Stopped,
        WaitError::TimedOut => NotFound::NotListed(failure),
    })
}

/// After a stop there is time for one list: the one backup that `select` returns; `None` also if several are possible.
pub(super) async fn find_after_stop<B>(
    list: impl Future<Output = Result<Vec<B>, ApiError>>,
    select: impl Fn(Vec<B>) -> Result<Option<B>, Vec<B>>,
) -> Option<B> {
    let backups = timeout(LOOK_AFTER_STOP, list).await.ok()?.ok()?;
    select(backups).ok()?
}

/// The one backup that the request can have made.
///
/// # Errors
/// All of several.
pub(super) fn only_candidate<B>(backups: Vec<B>, can_be_of_request: impl Fn(&B) -> bool) -> Result<Option<B>, Vec<B>> {
    let mut candidates: Vec<_> = backups.into_iter().filter(|backup| can_be_of_request(backup)).collect();
    if candidates.len() > 1 {
        return Err(candidates);
    }
    Ok(candidates.pop())
}

/// The failure of a list that was dropped.
fn no_answer(operation: &'static str) -> ApiError {
    ApiError::Transport {
        operation,
        source: TransportError {
            delivery: Delivery::Unknown,
            message: "no answer came".to_owned(),
        },
        write: false,
    }
}
