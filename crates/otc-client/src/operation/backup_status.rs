//! Judgements that the operations on backups of both services share.

use tokio::time::Instant;

use super::wait::{Tolerance, Verdict};
use crate::rest::{ApiError, Status};

/// The reason why a backup will not become available.
#[derive(Debug)]
pub(super) enum NotAvailable {
    /// The service reports that the backup failed.
    Failed,
    /// It is being deleted, or is deleted.
    Removed,
    /// The service has shown a status that is not documented for too long.
    UnknownStatus(Status),
}

/// Judges a backup that is being made, by a look that began at `began`. An unknown status is tolerated as long as any unfinished one
/// when `unknown` is `None`.
pub(super) fn judge(status: &Status, unknown: &mut Option<Tolerance>, began: Instant) -> Verdict<(), NotAvailable> {
    match status {
        // A restore from it is possible only because it is complete.
        Status::Available | Status::WaitingRestore | Status::Restoring => Verdict::Done(()),
        Status::Error => Verdict::Fail(NotAvailable::Failed),
        Status::WaitingDelete | Status::Deleting | Status::Deleted => Verdict::Fail(NotAvailable::Removed),
        Status::WaitingProtect | Status::Protecting => {
            if let Some(unknown) = unknown {
                unknown.reset();
            }
            Verdict::Continue
        }
        status @ Status::Unknown(_) => {
            let is_exceeded = unknown.as_mut().is_some_and(|unknown| unknown.is_exceeded(began));
            if is_exceeded {
                Verdict::Fail(NotAvailable::UnknownStatus(status.clone()))
            } else {
                Verdict::Continue
            }
        }
    }
}

/// Returns whether looking again cannot help, because the credentials are not accepted or do not allow it.
pub(super) fn is_permanent(error: &ApiError) -> bool {
    match error {
        ApiError::InvalidId { .. } => true,
        ApiError::Service(error) => matches!(error.status, 401 | 403),
        _ => false,
    }
}

/// Returns whether a deletion goes on after this failure of a look or of its request, which may be sent again.
pub(super) fn may_pass(error: &ApiError) -> bool {
    error.is_transient() || error.may_have_taken_effect()
}
