//! Messages of a delete.

use crate::backup::messages::{DELETE, delete_failed, delete_interrupted, not_deleted_in_time};
use otc_client::operation::delete_vault_backup::{DeleteVaultBackup, DeleteVaultBackupError};
use terraform_plugin::Diagnostics;

use super::api_error;

/// Reports why the backup was not deleted.
pub fn delete(operation: &DeleteVaultBackup, error: &DeleteVaultBackupError, diags: &mut Diagnostics) {
    let subject = format!("Backup {}", operation.backup_id);
    match error {
        DeleteVaultBackupError::Api(source) => diags.errors.push(api_error(DELETE, &subject, source)),
        DeleteVaultBackupError::Stopped { accepted } => delete_interrupted(&subject, *accepted, diags),
        DeleteVaultBackupError::Failed(backup) => {
            let failure = format!("the service reports status {:?}", backup.status.as_str());
            delete_failed(&subject, &failure, diags);
        }
        DeleteVaultBackupError::TimedOut {
            waited,
            accepted,
            status,
            last,
        } => not_deleted_in_time(&subject, (*waited, *accepted), (status.as_ref(), last.as_ref()), diags),
    }
}
