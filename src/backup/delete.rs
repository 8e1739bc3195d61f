//! Delete of a backup.

use otc_client::{
    csbs::{ItemKey, Lookup},
    operation::{OperationContext, delete_backup::DeleteBackup, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics};
use tokio::time::Instant;

use crate::timeouts::{self, Timeouts};

use super::{messages, model::BackupModel, private::Private};

/// Deletes the backup and waits until it is gone.
pub async fn delete(
    service: &OperationContext,
    context: &Context,
    (state, private): (&BackupModel, &Private),
    diags: &mut Diagnostics,
) {
    let Some(checkpoint_id) = checkpoint_id(service, context, state, diags).await else {
        return;
    };
    let operation = DeleteBackup {
        checkpoint_id,
        item_id: state.id.as_ref_option().cloned(),
        server_id: state.resource_id.as_ref_option().cloned(),
        not_shown_for: private.not_shown_for(service.client.session().clock().now()),
        timeout: Timeouts::delete(&state.timeouts).unwrap_or(timeouts::DEFAULT),
    };
    if let Err(error) = Box::pin(operation.run(service, &context.cancel)).await {
        messages::delete(&operation, &error, diags);
    }
}

/// Leaves the backup in the cloud (`skip_destroy`), with a warning.
pub fn forget(service: Option<&OperationContext>, state: &BackupModel, diags: &mut Diagnostics) {
    if let (Some(service), Some(server_id), Some(checkpoint_id)) = (
        service,
        state.resource_id.as_deref_option(),
        state.checkpoint_id.as_deref_option(),
    ) {
        // Its replacement, which follows in this process, must not report it as one that an interrupted run left.
        service.locks.record_created(server_id, checkpoint_id);
    }
    let id = state.id.as_deref_option().unwrap_or("(unknown)");
    let checkpoint_id = state.checkpoint_id.as_deref_option().unwrap_or("(unknown)");
    messages::forgotten(
        &format!("Checkpoint {checkpoint_id} (backup {id})"),
        checkpoint_id,
        diags,
    );
}

/// The checkpoint to delete; `None` when there is nothing to delete, or with an error.
async fn checkpoint_id(
    service: &OperationContext,
    context: &Context,
    state: &BackupModel,
    diags: &mut Diagnostics,
) -> Option<String> {
    if let Some(checkpoint_id) = state.checkpoint_id.as_ref_option() {
        return Some(checkpoint_id.clone());
    }
    let id = state.id.as_ref_option()?;
    let item = service.inventory.look(ItemKey::Item(id.clone()), Instant::now());
    match until_stopped(&context.cancel, item).await {
        Ok(Ok(Lookup::Absent)) => {}
        Ok(Ok(Lookup::Found(items))) => {
            let checkpoint_id = items.into_iter().find_map(|item| item.checkpoint_id);
            if checkpoint_id.is_none() {
                diags.add_attribute_error(
                    messages::DELETE,
                    format!(
                        "Backup {id}: the service does not say which checkpoint the backup belongs to, and deletes by \
                         checkpoint only."
                    ),
                    AttributePath::root(),
                );
            }
            return checkpoint_id;
        }
        Ok(Err(error)) => {
            let subject = format!("Backup {id}");
            diags
                .errors
                .push(messages::api_error(messages::DELETE, &subject, &error));
        }
        Err(_) => diags.add_attribute_error(
            "Interrupted before the backup was deleted",
            format!("Backup {id}: nothing was deleted."),
            AttributePath::root(),
        ),
    }
    None
}
