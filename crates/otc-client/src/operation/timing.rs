//! The time limits of operations, in one table.
//!
//! | constant | applies to |
//! | --- | --- |
//! | [`LAST_LOOK`], [`ANSWER_AFTER_STOP`], [`LOOK_AFTER_STOP`] | the end of a wait: at its deadline, or after a stop |
//! | [`NEW_BACKUP_LISTED_WITHIN`], [`POLICY_RUN_LISTED_WITHIN`], [`UNANSWERED_REQUEST_FOUND_WITHIN`] | things that the service has made and does not show yet |
//! | [`ACCEPTED_WITHOUT_SIGN`], [`NOT_FOUND_LASTS`], [`UNKNOWN_STATUS`], [`TRANSIENT_ERRORS`] | conditions that pass by themselves, as a rule |
//! | [`CHANGE_SETTLED_AFTER`] | changes that another program can overwrite |
//! | [`CLOCK_TOLERANCE`] | comparisons of the service's times with ours |
//! | [`TASK_READ_EVERY`] | reads of a task, besides those of its backup |
//!
//! The pace of looks is [`super::Schedule`] and [`super::Backoff`]; repetitions of single calls are `rest::retry`.

use std::time::Duration;

use jiff::SignedDuration;

/// Time that a look may take when it begins at the deadline or shortly before it. Without it, a wait that ends while a look is
/// under way would not know the last state.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(5);

/// Time that an unanswered request gets after a stop. Dropping the request at once would lose what it may just have started.
/// Terraform expects an answer within two seconds of a stop.
pub(super) const ANSWER_AFTER_STOP: Duration = Duration::from_millis(1500);

/// The same for the protect action, which leaves time for one more look ([`LOOK_AFTER_STOP`]).
pub(super) const PROTECT_ANSWER_AFTER_STOP: Duration = Duration::from_secs(1);

/// Time that the one look after a stop may take.
pub(super) const LOOK_AFTER_STOP: Duration = Duration::from_millis(700);

/// Time within which the service shows a backup that it has accepted. Before, a 404 does not say that the backup is gone.
pub(super) const NEW_BACKUP_LISTED_WITHIN: Duration = Duration::from_secs(120);

/// Time within which the service shows the backups of all servers of a policy run.
pub(super) const POLICY_RUN_LISTED_WITHIN: Duration = Duration::from_secs(300);

/// Time for which the result of a request without an answer is looked for. The service lists a new backup within seconds. One
/// that is not listed after this time may still be made later, so nothing is sent again.
pub(super) const UNANSWERED_REQUEST_FOUND_WITHIN: Duration = Duration::from_secs(60);

/// Time for which an accepted deletion or restore may leave the backup as it was. A deletion is then sent again, a restore fails.
pub(super) const ACCEPTED_WITHOUT_SIGN: Duration = Duration::from_secs(120);

/// Time for which reads of an item must have been answered with a 404 that is not the service's own before the list may
/// confirm that the item is gone: a fault on the way passes, and a list may hide an item that is being deleted.
pub(super) const NOT_FOUND_LASTS: Duration = Duration::from_secs(60);

/// Time for which a status that this version does not know is treated as unfinished. The service may have got a new
/// intermediate status; one that lasts ends the wait and is named.
pub(super) const UNKNOWN_STATUS: Duration = Duration::from_secs(60);

/// Looks in which an unknown status must have been seen before it ends a wait, besides [`UNKNOWN_STATUS`].
pub(super) const UNKNOWN_STATUS_LOOKS: u32 = 3;

/// Time for which looks may fail with transient errors, one after the other.
pub(super) const TRANSIENT_ERRORS: Duration = Duration::from_secs(300);

/// Time after which a change of a policy's servers is checked once more: by then, another program that read the servers before the
/// change has written them back, if it does so at all.
pub(super) const CHANGE_SETTLED_AFTER: Duration = Duration::from_secs(5);

/// Possible difference between the service's clock and ours.
pub(super) const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Age that the answer to a look may have when many waits look at the same moment: what a busy machine needs to wake them all.
pub(super) const SAME_MOMENT: Duration = Duration::from_millis(100);

/// Time between two reads of the task of a restore whose backup does not change.
pub(super) const TASK_READ_EVERY: Duration = Duration::from_secs(10);
