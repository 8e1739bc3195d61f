//! Delete of a vault backup.

use otc_client::{
    cbr::Lookup,
    csbs::ItemKey,
    operation::{OperationContext, delete_vault_backup::DeleteVaultBackup, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics};
use tokio::time::Instant;

use crate::{
    backup::{messages::DELETE, private::Private},
    timeouts::{self, Timeouts},
};

use super::{messages, model::VaultBackupModel};

/// Deletes the backup and waits until it is gone.
pub async fn delete(
    service: &OperationContext,
    context: &Context,
    (state, private): (&VaultBackupModel, &Private),
    diags: &mut Diagnostics,
) {
    let Some(backup_id) = backup_id(service, context, (state, private), diags).await else {
        return;
    };
    let operation = DeleteVaultBackup {
        backup_id,
        timeout: Timeouts::delete(&state.timeouts).unwrap_or(timeouts::DEFAULT),
    };
    if let Err(error) = Box::pin(operation.run(service, &context.cancel)).await {
        messages::delete(&operation, &error, diags);
    }
}

/// The ID of the backup to delete; `None` when there is nothing to delete, or with an error. The service deletes by backup only,
/// so a backup that it has not shown yet is looked for by its checkpoint.
async fn backup_id(
    service: &OperationContext,
    context: &Context,
    (state, private): (&VaultBackupModel, &Private),
    diags: &mut Diagnostics,
) -> Option<String> {
    if let Some(id) = state.id.as_ref_option() {
        return Some(id.clone());
    }
    let checkpoint_id = state.checkpoint_id.as_ref_option()?;
    let subject = format!("Checkpoint {checkpoint_id}");
    let look = service
        .vault_backups
        .look(ItemKey::Checkpoint(checkpoint_id.clone()), Instant::now());
    match until_stopped(&context.cancel, look).await {
        Ok(Ok(Lookup::Found(backups))) => {
            let found = backups.into_iter().find(|backup| state.is_backup(backup));
            return found.map(|backup| backup.id);
        }
        Ok(Ok(Lookup::Absent)) => {
            let now = service.client.session().clock().now();
            if private.may_not_be_shown_yet(now) {
                diags.add_attribute_error(
                    DELETE,
                    format!(
                        "{subject} was accepted a short while ago, and the service does not list its backup yet, so that it \
                         cannot be deleted. The state keeps it; destroy it again in some minutes."
                    ),
                    AttributePath::root(),
                );
            }
        }
        Ok(Err(error)) => diags.errors.push(messages::api_error(DELETE, &subject, &error)),
        Err(_) => diags.add_attribute_error(
            "Interrupted before the backup was deleted",
            format!("{subject}: nothing was deleted."),
            AttributePath::root(),
        ),
    }
    None
}
