//! The loop that every operation waits in: look, decide, sleep, until the deadline or a stop.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{timing::LAST_LOOK, until_stopped};

/// The decision after one look.
#[derive(Debug)]
pub(super) enum Verdict<T, E> {
    /// Not finished; look again at the pace of the wait.
    Continue,
    /// Not finished; look again at this moment.
    ContinueAt(Instant),
    /// The wait ends well.
    Done(T),
    /// The wait fails.
    Fail(E),
}

impl<T, E> Verdict<T, E> {
    /// The same verdict, with another error.
    pub(super) fn map_err<F>(self, convert: impl FnOnce(E) -> F) -> Verdict<T, F> {
        match self {
            Self::Continue => Verdict::Continue,
            Self::ContinueAt(moment) => Verdict::ContinueAt(moment),
            Self::Done(result) => Verdict::Done(result),
            Self::Fail(error) => Verdict::Fail(convert(error)),
        }
    }
}

/// The reason why a wait ended without a result.
#[derive(Debug)]
pub(super) enum WaitError<E> {
    /// The deadline passed.
    TimedOut,
    /// A stop was requested.
    Stopped,
    /// The verdict was [`Verdict::Fail`].
    Failed(E),
}

/// The times of one look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// When it began; what it answers must not have been read before.
    pub began: Instant,
    /// When it is dropped: at the deadline, but not earlier than [`LAST_LOOK`] after it began.
    pub ends: Instant,
}

/// A wait with a deadline. By default it sleeps before the first look, drops a look at the deadline or after a stop, and
/// cannot be stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait<'a> {
    deadline: Instant,
    cancel: Option<&'a CancellationToken>,
    looks_at_once: bool,
    finishes_looks: bool,
}

impl<'a> Wait<'a> {
    pub(super) fn until(deadline: Instant) -> Self {
        Self {
            deadline,
            cancel: None,
            looks_at_once: false,
            finishes_looks: false,
        }
    }

    /// Ends the wait with [`WaitError::Stopped`] when `cancel` fires.
    pub(super) fn or_stopped(self, cancel: &'a CancellationToken) -> Self {
        Self {
            cancel: Some(cancel),
            ..self
        }
    }

    /// Looks before the first sleep.
    pub(super) fn looking_at_once(self) -> Self {
        Self {
            looks_at_once: true,
            ..self
        }
    }

    /// Never drops a look that is under way, for looks that send a request which must not be lost.
    pub(super) fn finishing_looks(self) -> Self {
        Self {
            finishes_looks: true,
            ..self
        }
    }

    /// Looks until `verdict`, which gets what a look has seen, ends the wait. `pace` returns the moment of the next look, given the
    /// present one; the last look happens at the deadline.
    ///
    /// Looking and deciding are two closures because a future that borrows from its closure is not known to be `Send`.
    pub(super) async fn run<O, T, E, F>(
        self,
        mut pace: impl FnMut(Instant) -> Instant,
        mut look: impl FnMut(Look) -> F,
        mut verdict: impl FnMut(Look, O) -> Verdict<T, E>,
    ) -> Result<T, WaitError<E>>
    where
        F: Future<Output = O>,
    {
        let mut next = (!self.looks_at_once).then(|| pace(Instant::now()));
        loop {
            if let Some(next) = next {
                self.stoppable(sleep_until(next.min(self.deadline))).await?;
            }
            let began = Instant::now();
            let times = Look {
                began,
                ends: self.deadline.max(began + LAST_LOOK),
            };
            // On the heap, because some looks are large futures.
            let look = Box::pin(look(times));
            let seen = if self.finishes_looks {
                look.await
            } else {
                let look = self.stoppable(timeout_at(times.ends, look)).await?;
                look.map_err(|_| WaitError::TimedOut)?
            };
            let at = match verdict(times, seen) {
                Verdict::Done(result) => return Ok(result),
                Verdict::Fail(error) => return Err(WaitError::Failed(error)),
                Verdict::Continue => None,
                Verdict::ContinueAt(at) => Some(at),
            };
            let now = Instant::now();
            if now >= self.deadline {
                return Err(WaitError::TimedOut);
            }
            next = Some(at.unwrap_or_else(|| pace(now)));
        }
    }

    async fn stoppable<T, E>(&self, work: impl Future<Output = T>) -> Result<T, WaitError<E>> {
        match self.cancel {
            Some(cancel) => until_stopped(cancel, work).await.map_err(|_| WaitError::Stopped),
            None => Ok(work.await),
        }
    }
}

/// The moment `timeout` after `begin`. A timeout that no clock can represent counts as a century.
pub(super) fn deadline(begin: Instant, timeout: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    begin.checked_add(timeout).unwrap_or(begin + CENTURY)
}

/// Counts for how long a condition has lasted over consecutive looks, and when that is too long.
#[derive(Debug)]
pub(super) struct Tolerance {
    limit: Duration,
    least_looks: u32,
    first: Option<Instant>,
    looks: u32,
}

impl Tolerance {
    /// Tolerates a condition for `limit`.
    pub(super) fn of(limit: Duration) -> Self {
        Self {
            limit,
            least_looks: 1,
            first: None,
            looks: 0,
        }
    }

    /// Tolerates a condition in fewer than `least_looks` looks, however long it lasts.
    pub(super) fn and_looks(self, least_looks: u32) -> Self {
        Self { least_looks, ..self }
    }

    /// Notes that the look which began at `began` has seen the condition, and returns whether it has now lasted too long.
    pub(super) fn is_exceeded(&mut self, began: Instant) -> bool {
        let first = *self.first.get_or_insert(began);
        self.looks = self.looks.saturating_add(1);
        self.looks >= self.least_looks && Instant::now() - first >= self.limit
    }

    /// Notes that a look did not see the condition.
    pub(super) fn reset(&mut self) {
        self.first = None;
        self.looks = 0;
    }
}

#[cfg(test)]
mod tests;
