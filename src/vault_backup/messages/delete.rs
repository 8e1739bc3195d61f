//! Messages of a delete.

use crate::backup::messages::{DELETE, delete_failed, delete_interrupted, not_deleted_in_time};
use otc_client::operation::delete_vault_backup::{DeleteVaultBackup, DeleteVaultBackupError};
use terraform_plugin::{Diagnostic, Diagnostics};

use super::api_error;

/// Reports why the backup was not deleted.
pub fn delete(operation: &DeleteVaultBackup, error: &DeleteVaultBackupError, diags: &mut Diagnostics) {
    let subject = format!("Backup {}", operation.backup_id);
    match error {
        DeleteVaultBackupError::Api(source) => diags.errors.push(api_error(DELETE, &subject, source)),
        DeleteVaultBackupError::UsedByImages { source, image_ids } => {
            let images = match image_ids.join(", ") {
                images if images.is_empty() => String::new(),
                images => format!(" Images that were made from it: {images}."),
            };
            diags
                .errors
                .push(with_sentence(api_error(DELETE, &subject, source), &images));
        }
        DeleteVaultBackupError::LockedVault { source, vault_id } => {
            let vault = vault_id.as_ref().map(|vault_id| format!(" The vault is {vault_id}."));
            let error = api_error(DELETE, &subject, source);
            diags.errors.push(with_sentence(error, &vault.unwrap_or_default()));
        }
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

/// The diagnostic with another sentence in its detail.
fn with_sentence(diagnostic: Diagnostic, sentence: &str) -> Diagnostic {
    Diagnostic {
        detail: format!("{}{sentence}", diagnostic.detail).into(),
        ..diagnostic
    }
}
