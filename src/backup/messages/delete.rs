//! Messages of a delete.

use std::time::Duration;

use crate::{
    diagnostics::{Failure, error_summary},
    duration::show,
};
use otc_client::{
    csbs::{ApiError, Status},
    operation::delete_backup::{DeleteBackup, DeleteError},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use super::{backup_lines, failure_of};

/// Summary of an error.
pub const DELETE: &str = "Cannot delete the backup";

/// Reports why the backup was not deleted.
pub fn delete(operation: &DeleteBackup, error: &DeleteError, diags: &mut Diagnostics) {
    let checkpoint = format!("Checkpoint {}", operation.checkpoint_id);
    match error {
        DeleteError::Api(source) => refused(&checkpoint, source, diags),
        DeleteError::Stopped { accepted } => delete_interrupted(&checkpoint, *accepted, diags),
        DeleteError::Failed(item) => delete_failed(&checkpoint, &failure_of(item), diags),
        DeleteError::Ambiguous(items) => diags.add_attribute_error(
            DELETE,
            format!(
                "{checkpoint} has several backups, and the state does not say which one is meant:\n{}\n\nRemove the \
                 resource from the state and import the right backup by its ID.",
                backup_lines(items)
            ),
            AttributePath::root(),
        ),
        DeleteError::TimedOut {
            waited,
            accepted,
            status,
            last,
        } => not_deleted_in_time(
            &checkpoint,
            (*waited, *accepted),
            (status.as_ref(), last.as_ref()),
            diags,
        ),
    }
}

/// Reports a deletion that the service refused. `subject` is such as "Backup 1234", here and below.
pub fn refused(subject: &str, source: &ApiError, diags: &mut Diagnostics) {
    let failure = Failure {
        summary: DELETE,
        subject,
        attributes: &[],
    };
    failure.report(diags, source);
}

/// Reports an interrupt.
pub fn delete_interrupted(subject: &str, accepted: bool, diags: &mut Diagnostics) {
    let next = if accepted {
        "The deletion continues in the cloud. The state keeps the backup until a later run finds that it no longer exists."
    } else {
        "The deletion had not been accepted yet. The state keeps the backup; destroy it again."
    };
    diags.add_attribute_error(
        "Interrupted while deleting the backup",
        format!("{subject}: {next}"),
        AttributePath::root(),
    );
}

/// Reports a deletion that failed. `failure` is what the service says about it.
pub fn delete_failed(subject: &str, failure: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The deletion of the backup failed",
        format!("{subject}: {failure}.\n\nDestroy it again; if that fails as well, contact the cloud's support."),
        AttributePath::root(),
    );
}

/// Reports a timeout, after the last status and the last failure that were seen.
pub fn not_deleted_in_time(
    subject: &str,
    (waited, accepted): (Duration, bool),
    (status, last): (Option<&Status>, Option<&ApiError>),
    diags: &mut Diagnostics,
) {
    let status = status.map_or_else(|| "not known".to_owned(), |status| format!("{:?}", status.as_str()));
    let last = last.map_or_else(String::new, |last| {
        format!(" The last failure: {}", error_summary(last))
    });
    let accepted = if accepted {
        "The service has accepted the deletion; it continues in the cloud."
    } else {
        "The service has not accepted the deletion."
    };
    diags.add_attribute_error(
        "The backup was not deleted in time",
        format!(
            "{subject} still existed after {}; its last status was {status}.{last} {accepted}\n\nDestroy it again later, or raise \
             timeouts.delete.",
            show(waited)
        ),
        AttributePath::new("timeouts").attribute("delete"),
    );
}

/// Reports a backup that `skip_destroy` leaves in the cloud. `backup` is such as "Backup 1234".
pub fn forgotten(backup: &str, import_id: &str, diags: &mut Diagnostics) {
    diags.add_attribute_warning(
        "The backup stays in the cloud",
        format!(
            "{backup} is no longer in the state, but was not deleted, because skip_destroy is true. It continues to incur \
             charges. To manage it again: `terraform import ADDRESS {import_id}`."
        ),
        AttributePath::new("skip_destroy"),
    );
}
