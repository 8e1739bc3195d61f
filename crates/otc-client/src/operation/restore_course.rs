//! The part of a restore that is the same for both services: the request that is sent once, and what looks say about its result.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    OperationContext, Schedule,
    stop::{Answered, until_answered},
    timing::{ACCEPTED_WITHOUT_SIGN, ANSWER_AFTER_STOP, TRANSIENT_ERRORS, UNKNOWN_STATUS, UNKNOWN_STATUS_LOOKS},
    wait::{Look, Tolerance, Verdict, WaitError},
};
use crate::rest::{ApiError, Status};

/// The reason why a restore is not known to have succeeded. `F` describes a failed one.
#[derive(Debug)]
pub(super) enum RestoreEnd<F> {
    /// The service refused it.
    Refused(ApiError),
    /// The request got no answer, and no sign of a restore was seen.
    NoAnswer(ApiError),
    /// The service accepted it, and no sign of it was seen.
    NoSign,
    /// It failed.
    Failed(F),
    /// The backup was deleted meanwhile.
    Gone,
    /// It did not end before the timeout. The status is that of the last look.
    TimedOut(Option<Status>),
    /// Looking at the backup failed.
    Lost(ApiError),
    /// A stop was requested. The value says whether it continues in the cloud; `None` when that is not known.
    Stopped(Option<bool>),
}

/// The answer to the request.
pub(super) enum Sent<T> {
    Accepted(T),
    /// The service may have accepted it.
    Unclear(ApiError),
}

/// Sends the request of a restore, once. After a stop it gets a moment for its answer.
pub(super) async fn send<T, F>(
    cancel: &CancellationToken,
    request: impl Future<Output = Result<T, ApiError>>,
) -> Result<Sent<T>, RestoreEnd<F>> {
    if cancel.is_cancelled() {
        return Err(RestoreEnd::Stopped(Some(false)));
    }
    match until_answered(cancel, ANSWER_AFTER_STOP, request).await {
        Answered::InTime(Ok(started)) => Ok(Sent::Accepted(started)),
        Answered::InTime(Err(error)) if error.may_have_taken_effect() => Ok(Sent::Unclear(error)),
        Answered::InTime(Err(error)) => Err(RestoreEnd::Refused(error)),
        Answered::AfterStop(answer) => Err(RestoreEnd::Stopped(match answer {
            Some(Ok(_)) => Some(true),
            Some(Err(error)) if !error.may_have_taken_effect() => Some(false),
            _ => None,
        })),
    }
}

/// What looks have seen of a restore since its request was sent.
pub(super) struct Course {
    schedule: Schedule,
    begin: Instant,
    /// The failure of a request that the service may have accepted.
    unanswered: Option<ApiError>,
    /// Whether anything has shown that the restore has begun.
    has_sign: bool,
    /// The status and percentage that were last reported.
    reported: Option<(Status, Option<i64>)>,
    /// The status at the last look.
    last: Option<Status>,
    /// The failure of the last look, if it failed.
    last_error: Option<ApiError>,
    failing: Tolerance,
    unknown: Tolerance,
}

impl Course {
    /// A restore whose request was just sent.
    pub(super) fn new(context: &OperationContext, unanswered: Option<ApiError>) -> Self {
        Self {
            schedule: context.schedule,
            begin: Instant::now(),
            unanswered,
            has_sign: false,
            reported: None,
            last: None,
            last_error: None,
            failing: Tolerance::of(TRANSIENT_ERRORS),
            unknown: Tolerance::of(UNKNOWN_STATUS).and_looks(UNKNOWN_STATUS_LOOKS),
        }
    }

    pub(super) fn begin(&self) -> Instant {
        self.begin
    }

    pub(super) fn has_sign(&self) -> bool {
        self.has_sign
    }

    /// Returns whether a restore that the service has accepted may not have begun yet.
    pub(super) fn is_early(&self) -> bool {
        self.begin.elapsed() < ACCEPTED_WITHOUT_SIGN
    }

    /// Notes a look that failed.
    pub(super) fn look_failed<T, F>(&mut self, look: Look, error: ApiError) -> Verdict<T, RestoreEnd<F>> {
        if self.failing.is_exceeded(look.began) || !error.is_transient() {
            return Verdict::Fail(RestoreEnd::Lost(error));
        }
        let now = Instant::now();
        let earliest = now + error.retry_after().unwrap_or_default();
        self.last_error = Some(error);
        Verdict::ContinueAt(self.schedule.next(self.begin, now).max(earliest))
    }

    /// Notes a look that has shown the backup. `is_sign` says whether something else than the status shows that the restore has
    /// begun.
    pub(super) fn look_succeeded(&mut self, status: &Status, is_sign: bool) {
        self.failing.reset();
        self.last_error = None;
        self.has_sign |= is_sign || status.is_working();
        self.last = Some(status.clone());
    }

    /// Returns whether the progress has to be reported: while the service is working, whenever it has changed.
    pub(super) fn is_news(&mut self, status: &Status, percent: Option<i64>) -> bool {
        let progress = Some((status.clone(), percent));
        let is_news = status.is_working() && self.reported != progress;
        if is_news {
            self.reported = progress;
        }
        is_news
    }

    /// Returns whether the status says that the restore has not ended. An unknown one does so for a time.
    pub(super) fn is_running(&mut self, status: &Status, look: Look) -> bool {
        match status {
            Status::WaitingRestore | Status::Restoring => {
                self.unknown.reset();
                true
            }
            Status::Unknown(_) => !self.unknown.is_exceeded(look.began),
            _ => false,
        }
    }

    /// The result of the wait, without claims that no look supports.
    pub(super) fn end<T, F>(self, result: Result<T, WaitError<RestoreEnd<F>>>) -> Result<T, RestoreEnd<F>> {
        let is_answered = self.unanswered.is_none();
        match result {
            Err(WaitError::Stopped) => Err(RestoreEnd::Stopped((is_answered || self.has_sign).then_some(true))),
            Err(WaitError::Failed(RestoreEnd::Gone)) => Err(RestoreEnd::Gone),
            // A failed look says nothing about the restore.
            Err(WaitError::Failed(RestoreEnd::Lost(error))) if self.has_sign || is_answered => {
                Err(RestoreEnd::Lost(error))
            }
            Err(WaitError::TimedOut) if !self.has_sign && is_answered && self.last_error.is_some() => {
                Err(self.last_error.map_or(RestoreEnd::NoSign, RestoreEnd::Lost))
            }
            // No look was answered, so it is not known whether the status changed.
            Err(WaitError::TimedOut) if is_answered && self.last.is_none() => Err(RestoreEnd::TimedOut(None)),
            _ if !self.has_sign => Err(self.unanswered.map_or(RestoreEnd::NoSign, RestoreEnd::NoAnswer)),
            Ok(done) => Ok(done),
            Err(WaitError::Failed(end)) => Err(end),
            Err(WaitError::TimedOut) => Err(RestoreEnd::TimedOut(self.last)),
        }
    }
}
