//! The loop that waits for a status.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::Schedule;
use crate::csbs::{ApiError, Status};

/// For how long looks may fail for passing reasons before the wait gives up. A failed create is replaced by the next apply,
/// and a backup costs half an hour: patience is cheaper.
const PATIENCE: Duration = Duration::from_secs(300);

/// For how long, and in how many looks in a row, a status that nobody knows is borne. The service may have learned a new
/// passing status; a lasting one ends the wait, named.
const UNKNOWN_FOR: Duration = Duration::from_secs(60);
const UNKNOWN_LOOKS: u32 = 3;

/// Which statuses a wait goes through and which end it well. Every other known status ends it at once as unexpected; an
/// unknown one when it lasts.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// Goes on waiting.
    pub pending: &'a [Status],
    /// Ends well.
    pub target: &'a [Status],
    /// What it means that the thing is not there.
    pub gone: Gone,
}

/// What it means for a wait that the thing is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It ends the wait well (a deletion).
    Target,
    /// It ends the wait with [`WaitError::Gone`].
    Failure,
    /// It may not be listed yet: goes on waiting for so long, counted from the wait's beginning, and is a failure after it.
    /// Once the thing was seen, it is a failure at once.
    PendingFor(Duration),
}

/// What one look saw.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<T> {
    /// The thing, in this status.
    Present(Status, T),
    /// Nothing.
    Gone,
}

/// A wait that did not end well.
#[derive(Debug, Clone)]
pub enum WaitError<T> {
    /// The time is up.
    TimedOut {
        /// How long was waited.
        waited: Duration,
        /// The status seen last, if any.
        last: Option<Status>,
        /// Why the last look failed, if it did.
        last_error: Option<ApiError>,
    },
    /// The user wants to stop.
    Cancelled {
        /// The status seen last, if any.
        last: Option<Status>,
    },
    /// A status that neither goes on nor ends well, `error` above all.
    Unexpected {
        /// The status.
        status: Status,
        /// What was seen.
        value: T,
    },
    /// The thing is not there.
    Gone,
    /// A look failed for good.
    Api(ApiError),
}

impl<T> fmt::Display for WaitError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = |last: &Option<Status>| {
            last.as_ref().map_or_else(
                || "no status was seen".to_owned(),
                |status| format!("the last status was \"{status}\""),
            )
        };
        match self {
            Self::TimedOut {
                waited,
                last,
                last_error,
            } => {
                write!(formatter, "timed out after {} s; {}", waited.as_secs(), seen(last))?;
                match last_error {
                    Some(error) => write!(formatter, "; the last look failed: {error}"),
                    None => Ok(()),
                }
            }
            Self::Cancelled { last } => write!(formatter, "stopped; {}", seen(last)),
            Self::Unexpected { status, .. } => write!(formatter, "the status is \"{status}\""),
            Self::Gone => formatter.write_str("it is not there"),
            Self::Api(error) => error.fmt(formatter),
        }
    }
}

impl<T: fmt::Debug> std::error::Error for WaitError<T> {}

/// Looks again and again until a look sees a target status, and returns what it saw.
///
/// The first look comes early: at the schedule's next moment, within about a second. `look` is given the moment before which
/// what it answers must not have been read. A look that fails for a passing reason is tried again, for 5 minutes in a row at
/// most, and no sooner than the service asks. Looks under way are dropped when the time is up or `cancel` fires.
///
/// # Errors
/// [`WaitError`], each kind with what was seen last.
pub async fn until<T, F, L>(
    schedule: &Schedule,
    timeout: Duration,
    cancel: &CancellationToken,
    expect: &Expect<'_>,
    mut look: F,
) -> Result<Observed<T>, WaitError<T>>
where
    F: FnMut(Instant) -> L,
    L: Future<Output = Result<Observed<T>, ApiError>>,
{
    let began = Instant::now();
    // A timeout beyond what a clock can tell is as good as a century.
    let deadline = began.checked_add(timeout).unwrap_or(began + CENTURY);
    let mut last: Option<Status> = None;
    let mut last_error: Option<ApiError> = None;
    let mut failing_since: Option<Instant> = None;
    let mut unknown: Option<(Instant, u32)> = None;
    let mut not_before = began;
    loop {
        let next = schedule.next(began, Instant::now()).max(not_before);
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(WaitError::Cancelled { last }),
            () = sleep_until(next.min(deadline)) => {}
        }
        let at = Instant::now();
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(WaitError::Cancelled { last }),
            outcome = timeout_at(deadline.max(at + LAST_LOOK), look(at)) => outcome,
        };
        match outcome {
            Err(_) => {
                return Err(WaitError::TimedOut {
                    waited: began.elapsed(),
                    last,
                    last_error,
                });
            }
            Ok(Err(error)) => {
                let since = *failing_since.get_or_insert(at);
                if !error.is_transient() || Instant::now() - since >= PATIENCE {
                    return Err(WaitError::Api(error));
                }
                not_before = Instant::now() + error.retry_after().unwrap_or_default();
                last_error = Some(error);
            }
            Ok(Ok(observed)) => {
                failing_since = None;
                last_error = None;
                match observed {
                    Observed::Gone => match expect.gone {
                        Gone::Target => return Ok(Observed::Gone),
                        Gone::PendingFor(patience) if last.is_none() && began.elapsed() < patience => {}
                        Gone::PendingFor(_) | Gone::Failure => return Err(WaitError::Gone),
                    },
                    Observed::Present(status, value) => {
                        if expect.target.contains(&status) {
                            return Ok(Observed::Present(status, value));
                        }
                        last = Some(status.clone());
                        if expect.pending.contains(&status) {
                            unknown = None;
                        } else if matches!(status, Status::Unknown(_)) {
                            let (since, looks) = unknown.unwrap_or((at, 0));
                            if looks + 1 >= UNKNOWN_LOOKS && at - since >= UNKNOWN_FOR {
                                return Err(WaitError::Unexpected { status, value });
                            }
                            unknown = Some((since, looks + 1));
                        } else {
                            return Err(WaitError::Unexpected { status, value });
                        }
                    }
                }
            }
        }
        if Instant::now() >= deadline {
            return Err(WaitError::TimedOut {
                waited: began.elapsed(),
                last,
                last_error,
            });
        }
    }
}

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// How long a last look at the very end may take.
const LAST_LOOK: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Delivery, TransportError};
    use std::sync::Mutex;

    const CREATE: Expect<'_> = Expect {
        pending: &[Status::WaitingProtect, Status::Protecting],
        target: &[Status::Available],
        gone: Gone::PendingFor(Duration::from_secs(30)),
    };

    fn lost() -> ApiError {
        ApiError::Transport {
            operation: "get_checkpoint_item",
            source: TransportError {
                delivery: Delivery::Unknown,
                message: "reset".to_owned(),
            },
            write: false,
        }
    }

    /// Waits while looks see what `script` says for the second since the beginning.
    async fn run(
        timeout: u64,
        cancel: CancellationToken,
        script: impl Fn(u64) -> Result<Observed<u64>, ApiError>,
    ) -> (Result<Observed<u64>, WaitError<u64>>, Duration, u32) {
        let began = Instant::now();
        let looks = Mutex::new(0);
        let schedule = Schedule::new(3);
        let outcome = until(&schedule, Duration::from_secs(timeout), &cancel, &CREATE, |at| {
            *looks.lock().unwrap() += 1;
            let seen = script((at - began).as_secs());
            async move { seen }
        })
        .await;
        let looks = *looks.lock().unwrap();
        (outcome, began.elapsed(), looks)
    }

    fn present(word: &str) -> Result<Observed<u64>, ApiError> {
        Ok(Observed::Present(Status::from(word), 1))
    }

    #[tokio::test(start_paused = true)]
    async fn a_backup_is_seen_soon_after_it_is_done() {
        let (outcome, took, _) = run(1800, CancellationToken::new(), |second| match second {
            0..=1 => Ok(Observed::Gone),
            2..=9 => present("waiting_protect"),
            10..=59 => present("protecting"),
            _ => present("available"),
        })
        .await;
        assert_eq!(outcome.unwrap(), Observed::Present(Status::Available, 1));
        assert!(took < Duration::from_secs(62), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_ends_the_wait_with_what_was_seen() {
        let (outcome, took, looks) = run(1800, CancellationToken::new(), |_| present("error")).await;
        assert!(matches!(
            outcome,
            Err(WaitError::Unexpected {
                status: Status::Error,
                value: 1
            })
        ));
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert_eq!(looks, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_timeout_tells_the_last_status() {
        let (outcome, took, _) = run(300, CancellationToken::new(), |_| present("protecting")).await;
        let error = outcome.unwrap_err();
        assert!(matches!(
            &error,
            WaitError::TimedOut {
                last: Some(Status::Protecting),
                ..
            }
        ));
        assert!(error.to_string().contains("protecting"), "{error}");
        assert!(
            took >= Duration::from_secs(300) && took < Duration::from_secs(306),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_does_not_hold_the_wait() {
        let schedule = Schedule::new(3);
        let began = Instant::now();
        let outcome: Result<Observed<()>, _> = until(
            &schedule,
            Duration::from_secs(20),
            &CancellationToken::new(),
            &CREATE,
            |_| std::future::pending(),
        )
        .await;
        assert!(matches!(outcome, Err(WaitError::TimedOut { last: None, .. })));
        assert!(began.elapsed() <= Duration::from_secs(21));

        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(7)).await;
            stop.cancel();
        });
        let began = Instant::now();
        let outcome: Result<Observed<()>, _> = until(&schedule, Duration::from_secs(20), &cancel, &CREATE, |_| {
            std::future::pending()
        })
        .await;
        assert!(matches!(outcome, Err(WaitError::Cancelled { .. })));
        assert_eq!(began.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn passing_faults_are_borne_and_lasting_ones_are_not() {
        let (outcome, ..) = run(1800, CancellationToken::new(), |second| match second {
            0..=200 => Err(lost()),
            _ => present("available"),
        })
        .await;
        assert!(outcome.is_ok());
        let (outcome, took, _) = run(1800, CancellationToken::new(), |_| Err(lost())).await;
        assert!(matches!(outcome, Err(WaitError::Api(_))));
        assert!(took < Duration::from_secs(330), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_status_ends_the_wait_only_when_it_lasts() {
        let (outcome, ..) = run(1800, CancellationToken::new(), |second| match second {
            0..=30 => present("polishing"),
            _ => present("available"),
        })
        .await;
        assert!(outcome.is_ok());
        let (outcome, took, _) = run(1800, CancellationToken::new(), |_| present("polishing")).await;
        let error = outcome.unwrap_err();
        assert!(matches!(&error, WaitError::Unexpected { status: Status::Unknown(word), .. } if word == "polishing"));
        assert!(took >= UNKNOWN_FOR && took < Duration::from_secs(65), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_timeout_is_no_panic() {
        let schedule = Schedule::new(3);
        let look = |_| async { Ok(Observed::Present(Status::Available, ())) };
        let outcome = until(&schedule, Duration::MAX, &CancellationToken::new(), &CREATE, look).await;
        assert!(outcome.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_vanishes_is_gone() {
        let (outcome, took, _) = run(1800, CancellationToken::new(), |_| Ok(Observed::Gone)).await;
        assert!(matches!(outcome, Err(WaitError::Gone)));
        assert!(
            took >= Duration::from_secs(30) && took < Duration::from_secs(33),
            "{took:?}"
        );
        let (outcome, took, _) = run(1800, CancellationToken::new(), |second| {
            if second < 5 {
                present("protecting")
            } else {
                Ok(Observed::Gone)
            }
        })
        .await;
        assert!(matches!(outcome, Err(WaitError::Gone)));
        assert!(took < Duration::from_secs(8), "{took:?}");
    }
}
