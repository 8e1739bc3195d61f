//! Diagnostics of `csbs_restore_backup`.

use std::time::Duration;

use otc_client::{
    csbs::{ApiError, Status},
    operation::restore::{MappingError, RestoreBackup, RestoreError},
};
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
    match error {
        RestoreError::Api(error) => failure.report(diags, &error),
        RestoreError::NotStarted { waited } => common.not_started(waited, diags),
        RestoreError::Stopped { started } => common.interrupted(started, diags),
        RestoreError::TimedOut { waited, last } => common.restore_timed_out(waited, last.as_ref(), diags),
        RestoreError::Lost(source) => common.restore_lost(&source, diags),
        RestoreError::Mapping(error) => report_mapping(&subject, &error, "csbs_backup", diags),
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
        }
        RestoreError::NotFound => report_not_found(id, "backup (checkpoint item)", diags),
        RestoreError::NotAvailable(item) => report_not_available(&backup_line(&item), diags),
        RestoreError::NoAnswer(error) => report_no_answer(&subject, &error, diags),
        RestoreError::NoSign => NO_SIGN.report(&subject, diags),
        RestoreError::Failed(item) => report_failed(&subject, &failure_of(&item), diags),
        RestoreError::Gone => GONE.report(&subject, diags),
    }
}

impl CommonErrors<'_> {
    /// The timeout expired while the restore ran.
    pub fn restore_timed_out(&self, waited: Duration, last: Option<&Status>, diags: &mut Diagnostics) {
        let last = match last {
            Some(status) => format!("the last status was {}", status.as_str()),
            None => "the status is not known".to_owned(),
        };
        self.timed_out("The restore did not finish in time", waited, &last, diags);
    }

    /// Reading the progress of the restore failed.
    pub fn restore_lost(&self, source: &ApiError, diags: &mut Diagnostics) {
        let next = "Look at the backup's status before you restore again.";
        self.lost("The progress of the restore cannot be read", source, next, diags);
    }
}

/// A restore whose result is not known: a summary, and a text that follows the backup.
pub struct UnknownResult {
    summary: &'static str,
    text: &'static str,
}

/// The service shows no sign of an accepted restore.
pub const NO_SIGN: UnknownResult = UnknownResult {
    summary: "The restore cannot be seen",
    text: ": the service accepted the restore, but the backup's status did not change afterwards. Look at the server in the \
           console before you restore again.",
};

/// The backup was deleted.
pub const GONE: UnknownResult = UnknownResult {
    summary: "The backup was deleted during the restore",
    text: " does not exist any more. It is not known whether the restore is complete.",
};

impl UnknownResult {
    /// Adds the error about the backup `subject`.
    pub fn report(&self, subject: &str, diags: &mut Diagnostics) {
        diags.add_attribute_error(self.summary, format!("{subject}{}", self.text), AttributePath::root());
    }
}

/// A backup whose status does not allow a restore; `line` describes it.
pub fn report_not_available(line: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        SUMMARY,
        format!(
            "A backup can be restored only while its status is `available`:\n{line}\n\nNothing was changed. Invoke the action \
             again when it has that status."
        ),
        AttributePath::new("backup_id"),
    );
}

/// A request that got no answer.
pub fn report_no_answer(subject: &str, error: &ApiError, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "It is not known whether the restore was started",
        format!(
            "{subject}: {} No sign of the restore was seen afterwards. The provider did not repeat the \
             request: look at the backup's status and at the server in the console before you restore again.",
            error_summary(error)
        ),
        AttributePath::root(),
    );
}

/// A restore that failed. `failure` is what the service says about it.
pub fn report_failed(subject: &str, failure: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The restore failed",
        format!(
            "{subject}: {failure}. Some disks may be overwritten and others not: look at the server in the console, and restore \
             again."
        ),
        AttributePath::root(),
    );
}

/// A backup that does not exist. `object` is such as "backup (checkpoint item)".
pub fn report_not_found(id: &str, object: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The backup does not exist",
        format!("The service has no {object} with the ID {id} in this project."),
        AttributePath::new("backup_id"),
    );
}

/// Disks that do not fit to the backup or the server.
pub fn report_mapping(subject: &str, error: &MappingError, data_source: &str, diags: &mut Diagnostics) {
    let problem = error.to_string();
    diags.add_attribute_error(
        "The disks do not fit",
        format!(
            "{subject}: {}. Nothing was changed. The attribute volume_backups of the data source {data_source} lists the \
             backup's disks.",
            problem.trim_end_matches('.')
        ),
        AttributePath::new("volumes"),
    );
}
