//! Messages of a delete.

use crate::{
    diagnostics::{Failure, error_summary},
    duration::show,
};
use otc_client::operation::delete_backup::{DeleteBackup, DeleteError};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use super::{backup_lines, failure_of};

/// Summary of an error.
pub const DELETE: &str = "Cannot delete the backup";

/// Reports why the backup was not deleted.
pub fn delete(operation: &DeleteBackup, error: &DeleteError, diags: &mut Diagnostics) {
    let checkpoint = format!("Checkpoint {}", operation.checkpoint_id);
    match error {
        DeleteError::Api(source) => {
            let failure = Failure {
                summary: DELETE,
                subject: &checkpoint,
                attributes: &[],
            };
            failure.report(diags, source);
        }
        DeleteError::Stopped { accepted } => {
            let next = if *accepted {
                "The deletion continues in the cloud. The state keeps the backup until a later run finds that it no longer \
                 exists."
            } else {
                "The deletion had not been accepted yet. The state keeps the backup; destroy it again."
            };
            diags.add_attribute_error(
                "Interrupted while deleting the backup",
                format!("{checkpoint}: {next}"),
                AttributePath::root(),
            );
        }
        DeleteError::Failed(item) => diags.add_attribute_error(
            "The deletion of the backup failed",
            format!(
                "{checkpoint}: {}.\n\nDestroy it again; if that fails as well, contact the cloud's support.",
                failure_of(item)
            ),
            AttributePath::root(),
        ),
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
        } => {
            let status = status
                .as_ref()
                .map_or_else(|| "not known".to_owned(), |status| format!("{:?}", status.as_str()));
            let last = last.as_ref().map_or_else(String::new, |last| {
                format!(" The last failure: {}", error_summary(last))
            });
            let accepted = if *accepted {
                "The service has accepted the deletion; it continues in the cloud."
            } else {
                "The service has not accepted the deletion."
            };
            diags.add_attribute_error(
                "The backup was not deleted in time",
                format!(
                    "{checkpoint} still existed after {}; its last status was {status}.{last} {accepted}\n\nDestroy it \
                     again later, or raise timeouts.delete.",
                    show(*waited)
                ),
                AttributePath::new("timeouts").attribute("delete"),
            );
        }
    }
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
