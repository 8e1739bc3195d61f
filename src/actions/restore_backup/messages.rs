//! Diagnostics of `csbs_restore_backup`.

use otc_client::operation::restore::{MappingError, RestoreBackup, RestoreError};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use crate::{
    actions::operation::CommonErrors,
    backup::messages::{backup_line, failure_of},
    diagnostics::{Failure, error_summary},
};

/// Summary of an error of the restore.
pub const SUMMARY: &str = "Cannot restore the backup";

/// A failed restore.
pub fn report(restore: &RestoreBackup, error: RestoreError, diags: &mut Diagnostics) {
    let id = &restore.item_id;
    let subject = format!("Backup {id}");
    let common = CommonErrors {
        summary: SUMMARY,
        subject: &subject,
        continues: "the restore continues in the cloud; the status of the backup shows its progress",
    };
    let failure = Failure {
        summary: SUMMARY,
        subject: &subject,
        attributes: &["volumes"],
    };
    let (summary, detail, attribute) = match error {
        RestoreError::Api(error) => return failure.report(diags, &error),
        RestoreError::NotStarted { waited } => return common.not_started(waited, diags),
        RestoreError::Stopped { started } => return common.interrupted(started, diags),
        RestoreError::TimedOut { waited, last } => {
            let last = match last {
                Some(status) => format!("the last status was {}", status.as_str()),
                None => "the status is not known".to_owned(),
            };
            return common.timed_out("The restore did not finish in time", waited, &last, diags);
        }
        RestoreError::Lost(source) => {
            let next = "Look at the backup's status before you restore again.";
            return common.lost("The progress of the restore cannot be read", &source, next, diags);
        }
        RestoreError::Mapping(error) => return report_mapping(&subject, &error, diags),
        RestoreError::NotRestorable(capability) => {
            let code = capability
                .as_ref()
                .and_then(|capability| capability.error_code.as_deref());
            let message = capability
                .as_ref()
                .and_then(|capability| capability.error_msg.as_deref());
            let mut refusal = failure.refusal(code, message);
            refusal.summary = "The backup cannot be restored".into();
            diags.errors.push(refusal);
            return;
        }
        RestoreError::NotFound => return report_not_found(id, diags),
        RestoreError::NotAvailable(item) => (
            SUMMARY,
            format!(
                "A backup can be restored only while its status is `available`:\n{}\n\nNothing was changed. Invoke the action \
                 again when it has that status.",
                backup_line(&item)
            ),
            AttributePath::new("backup_id"),
        ),
        RestoreError::NoAnswer(error) => (
            "It is not known whether the restore was started",
            format!(
                "{subject}: {} The backup's status did not change in the two minutes after that. The provider did not repeat \
                 the request: look at the backup's status and at the server in the console before you restore again.",
                error_summary(&error)
            ),
            AttributePath::root(),
        ),
        RestoreError::NoSign => (
            "The restore cannot be seen",
            format!(
                "{subject}: the service accepted the restore, but the backup's status did not change afterwards. Look at the \
                 server in the console before you restore again."
            ),
            AttributePath::root(),
        ),
        RestoreError::Failed(item) => (
            "The restore failed",
            format!(
                "{subject}: {}. Some disks may be overwritten and others not: look at the server in the console, and restore \
                 again.",
                failure_of(&item)
            ),
            AttributePath::root(),
        ),
        RestoreError::Gone => (
            "The backup was deleted during the restore",
            format!("{subject} does not exist any more. It is not known whether the restore is complete."),
            AttributePath::root(),
        ),
    };
    diags.add_attribute_error(summary, detail, attribute);
}

/// A backup that does not exist.
pub fn report_not_found(id: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The backup does not exist",
        format!("The service has no backup (checkpoint item) with the ID {id} in this project."),
        AttributePath::new("backup_id"),
    );
}

/// Disks that do not fit to the backup or the server.
pub fn report_mapping(subject: &str, error: &MappingError, diags: &mut Diagnostics) {
    let problem = error.to_string();
    diags.add_attribute_error(
        "The disks do not fit",
        format!(
            "{subject}: {}. Nothing was changed. The attribute volume_backups of the data source csbs_backup lists the \
             backup's disks.",
            problem.trim_end_matches('.')
        ),
        AttributePath::new("volumes"),
    );
}
