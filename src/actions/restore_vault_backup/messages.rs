//! Diagnostics of `csbs_restore_vault_backup`.

use otc_client::{
    cbr::{Backup, Task},
    operation::restore_vault_backup::{RestoreVaultBackup, RestoreVaultBackupError},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use crate::{
    actions::{
        operation::CommonErrors,
        restore_backup::{
            GONE, NO_SIGN, report_failed, report_mapping, report_no_answer, report_not_available, report_not_found,
        },
    },
    diagnostics::Failure,
    vault_backup::messages::backup_line,
};

pub(super) use crate::actions::restore_backup::SUMMARY;

/// A failed restore.
pub fn report(restore: &RestoreVaultBackup, error: RestoreVaultBackupError, diags: &mut Diagnostics) {
    let id = &restore.backup_id;
    let subject = format!("Backup {id}");
    let common = CommonErrors {
        summary: SUMMARY,
        subject: &subject,
        continues: "the restore continues in the cloud; the status of the backup shows its progress",
    };
    match error {
        RestoreVaultBackupError::Api(error) => {
            let failure = Failure {
                summary: SUMMARY,
                subject: &subject,
                attributes: &["backup_id", "server_id", "volumes"],
            };
            failure.report(diags, &error);
        }
        RestoreVaultBackupError::NotStarted { waited } => common.not_started(waited, diags),
        RestoreVaultBackupError::Stopped { started } => common.interrupted(started, diags),
        RestoreVaultBackupError::TimedOut { waited, last } => {
            common.restore_timed_out(waited, last.as_ref(), diags);
        }
        RestoreVaultBackupError::Lost(source) => common.restore_lost(&source, diags),
        RestoreVaultBackupError::Mapping(error) => report_mapping(&subject, &error, "csbs_vault_backup", diags),
        RestoreVaultBackupError::NotFound => report_not_found(id, "backup", diags),
        RestoreVaultBackupError::OfDisk(backup) => report_disk_backup(&backup, diags),
        RestoreVaultBackupError::NotAvailable(backup) => report_not_available(&backup_line(&backup), diags),
        RestoreVaultBackupError::NoAnswer(error) => report_no_answer(&subject, &error, diags),
        RestoreVaultBackupError::NoSign => NO_SIGN.report(&subject, diags),
        RestoreVaultBackupError::Gone => GONE.report(&subject, diags),
        RestoreVaultBackupError::Failed { backup, task } => {
            report_failed(&subject, &failure_of(&backup, task.as_deref()), diags);
        }
    }
}

/// A backup of one disk.
pub fn report_disk_backup(backup: &Backup, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        SUMMARY,
        format!(
            "Backup {} is the backup of one disk. Use the ID of the server's backup, {}, which it is a part of.",
            backup.id,
            backup.parent_id.as_deref().unwrap_or("(unknown)")
        ),
        AttributePath::new("backup_id"),
    );
}

/// Status, code and reason of a failed restore.
fn failure_of(backup: &Backup, task: Option<&Task>) -> String {
    let code = task.and_then(|task| task.error_code.as_deref());
    let reason = task.and_then(|task| task.error_message.as_deref());
    format!(
        "the service reports status {:?}, code {}, reason: {}",
        backup.status.as_str(),
        code.unwrap_or("none"),
        reason.unwrap_or("none given").trim_end_matches('.')
    )
}
