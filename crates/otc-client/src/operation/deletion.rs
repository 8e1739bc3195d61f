//! The part of a deletion that is the same for both services: when to look, when to send the request, and the meaning of answers.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, info};

use super::{
    Backoff, OperationContext, Schedule,
    backup_status::may_pass,
    timing::{ACCEPTED_WITHOUT_SIGN, NOT_FOUND_LASTS},
    wait::{Look, Tolerance},
};
use crate::rest::{ApiError, Inventory, ItemKey, Listed, Lookup, RefusalReason, Status};

/// Number of delete requests that may be answered with a 404 that is not the service's own, or with
/// [`RefusalReason::NotDeletableNow`], before that is an error.
const MAX_TOLERATED_ANSWERS: u32 = 2;

/// The course of one deletion.
pub(super) struct Deletion {
    /// The object in logs, such as "backup 1234".
    object: String,
    schedule: Schedule,
    begin: Instant,
    /// When the service accepted the deletion.
    accepted: Option<Instant>,
    /// Whether a look has shown that the backup is being deleted.
    is_being_deleted: bool,
    send_not_before: Instant,
    /// The pauses between delete requests.
    busy: Backoff,
    /// The pauses between looks at a backup that lists do not show: each such look is a request of its own.
    unlisted: Backoff,
    /// Reads of the backup that are answered with a 404 that is not the service's own.
    not_confirmed: Tolerance,
    tolerated_answers: u32,
    status: Option<Status>,
    last: Option<ApiError>,
}

/// The step that follows from a status.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send the delete request.
    Send,
    /// Look again.
    Wait,
    /// The service could not delete it.
    Failed,
}

/// The outcome of a delete request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Accepted,
    /// The service says that it knows no such backup.
    Gone,
    /// The request has to be sent again later.
    Refused,
}

/// The state of a deletion that has not ended.
pub(super) struct Unfinished {
    /// The time since the deletion began.
    pub waited: Duration,
    /// Whether the service has accepted it.
    pub accepted: bool,
    /// The status at the last look.
    pub status: Option<Status>,
    /// The failure of the last call, if it failed.
    pub last: Option<ApiError>,
}

impl Deletion {
    /// A deletion of `object` that begins now.
    pub(super) fn new(context: &OperationContext, object: String) -> Self {
        let begin = Instant::now();
        Self {
            object,
            schedule: context.schedule,
            begin,
            accepted: None,
            is_being_deleted: false,
            send_not_before: begin,
            busy: Backoff::busy(),
            unlisted: Backoff::polling(),
            not_confirmed: Tolerance::of(NOT_FOUND_LASTS),
            tolerated_answers: 0,
            status: None,
            last: None,
        }
    }

    pub(super) fn begin(&self) -> Instant {
        self.begin
    }

    pub(super) fn log_gone(&self) {
        info!(object = self.object, took = ?self.begin.elapsed(), "the backup is gone");
    }

    /// Returns whether the service has accepted the deletion.
    pub(super) fn is_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    pub(super) fn unfinished(&self) -> Unfinished {
        Unfinished {
            waited: self.begin.elapsed(),
            accepted: self.is_accepted(),
            status: self.status.clone(),
            last: self.last.clone(),
        }
    }

    /// The step after a look that has shown the backup with this status.
    pub(super) fn next(&mut self, status: &Status, look: Look) -> Next {
        self.status = Some(status.clone());
        match status {
            Status::WaitingDelete | Status::Deleting => {
                self.is_being_deleted = true;
                self.accepted.get_or_insert(look.began);
                Next::Wait
            }
            Status::Error if self.is_being_deleted => Next::Failed,
            Status::Available | Status::Error | Status::Unknown(_)
                if !self.is_waiting_for_sign() && self.may_send(look) =>
            {
                Next::Send
            }
            _ => Next::Wait,
        }
    }

    /// Returns whether the pause after the last refusal is over.
    pub(super) fn may_send(&self, look: Look) -> bool {
        look.began >= self.send_not_before
    }

    fn is_waiting_for_sign(&self) -> bool {
        self.accepted.is_some_and(|at| at.elapsed() < ACCEPTED_WITHOUT_SIGN)
    }

    /// The moment of the next look: the sooner, the shorter ago the deletion was accepted, and later where each look is a request.
    pub(super) fn next_look(&mut self, is_unlisted: bool) -> Instant {
        let now = Instant::now();
        let next = self.schedule.next(self.accepted.unwrap_or(self.begin), now);
        let least = if is_unlisted {
            now + self.unlisted.next_wait()
        } else {
            now
        };
        next.max(least)
    }

    /// The moment of the next look after one that failed.
    ///
    /// # Errors
    /// The failure, if it does not pass by itself.
    pub(super) fn next_look_after(&mut self, error: ApiError) -> Result<Instant, ApiError> {
        let is_unlisted = !may_pass(&error);
        if is_unlisted && !error.is_unconfirmed_not_found() {
            return Err(error);
        }
        debug!(object = self.object, %error, "looking at the backup failed");
        self.last = Some(error);
        Ok(self.next_look(is_unlisted))
    }

    /// Delays the next request after a refusal: not less than the service asks for.
    pub(super) fn pause(&mut self) {
        let requested = self.last.as_ref().and_then(ApiError::retry_after);
        let wait = self.busy.next_wait().max(requested.unwrap_or_default());
        self.send_not_before = Instant::now() + wait;
    }

    /// Notes that a list has shown the backup.
    pub(super) fn note_listed(&mut self) {
        self.not_confirmed.reset();
    }

    /// The service's own answer about the backup. A 404 in another form counts when it has lasted for a minute and the whole list
    /// does not show the backup either.
    ///
    /// # Errors
    /// Any [`ApiError`] of the read.
    pub(super) async fn look_at<B: Listed>(
        &mut self,
        inventory: &Inventory<B>,
        id: &str,
    ) -> Result<Option<B>, ApiError> {
        let look = match inventory.look_at_item(id, Instant::now()).await {
            Err(error) if error.is_unconfirmed_not_found() => {
                if !self.not_confirmed.is_exceeded(Instant::now()) {
                    return Err(error);
                }
                inventory.look(ItemKey::Item(id.to_owned()), Instant::now()).await
            }
            look => {
                self.not_confirmed.reset();
                look
            }
        };
        Ok(match look? {
            Lookup::Absent => None,
            Lookup::Found(backups) => backups.into_iter().next(),
        })
    }

    /// Notes the answer to a delete request.
    ///
    /// # Errors
    /// A refusal that does not pass by itself.
    pub(super) fn answered(&mut self, answer: Result<(), ApiError>) -> Result<Sent, ApiError> {
        let error = match answer {
            Ok(()) => {
                info!(object = self.object, "the deletion has been accepted");
                self.accepted = Some(Instant::now());
                self.last = None;
                return Ok(Sent::Accepted);
            }
            Err(error) if error.is_gone() => return Ok(Sent::Gone),
            Err(error) => error,
        };
        let is_tolerable =
            error.is_unconfirmed_not_found() || error.refusal_reason() == Some(RefusalReason::NotDeletableNow);
        if is_tolerable && self.tolerated_answers < MAX_TOLERATED_ANSWERS {
            self.tolerated_answers += 1;
        } else if !(error.is_busy() || error.status() == Some(409) || may_pass(&error)) {
            return Err(error);
        }
        info!(object = self.object, %error, "the backup cannot be deleted yet; waiting");
        self.last = Some(error);
        Ok(Sent::Refused)
    }
}
