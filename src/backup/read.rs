//! Read of a backup: a refresh.

use otc_client::{
    csbs::{CheckpointItem, ItemKey, Lookup, Status},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, NewState, Read, ReadResult};

use crate::region_and_project::set_region_and_project;

use super::{
    identity, messages,
    model::BackupModel,
    private::{Configured, Private},
};

/// Reads the backup by its ID, or through its checkpoint while only that is known.
pub async fn read(
    service: &OperationContext,
    context: &Context,
    request: Read,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let state: BackupModel = request.current_state.to_model(diags)?;
    let (key, subject) = match (state.id.as_ref_option(), state.checkpoint_id.as_ref_option()) {
        (Some(id), _) => (ItemKey::Item(id.clone()), format!("Backup {id}")),
        (None, Some(id)) => (ItemKey::Checkpoint(id.clone()), format!("Checkpoint {id}")),
        (None, None) => {
            diags.add_attribute_error(
                "The state of the backup has no ID",
                "The state has neither the ID of the backup nor that of its checkpoint. Remove the resource from the state \
                 and import the backup.",
                AttributePath::root(),
            );
            return None;
        }
    };
    let look = service.inventory.look(key, service.inventory.refresh_from());
    let Ok(look) = until_stopped(&context.cancel, look).await else {
        diags.add_attribute_error(
            "Interrupted before the backup was read",
            format!("{subject}: the state is unchanged."),
            AttributePath::root(),
        );
        return None;
    };
    match look {
        Ok(Lookup::Absent) => absent(service, request, &subject, diags),
        Ok(Lookup::Found(items)) => match items.into_iter().find(|item| is_backup_of(&state, item)) {
            Some(item) if item.status == Status::Deleted => Some(ReadResult::Gone),
            Some(item) => found(service, request, state, &item, diags).await,
            None => absent(service, request, &subject, diags),
        },
        Err(error) => {
            diags
                .errors
                .push(messages::api_error("Cannot read the backup", &subject, &error));
            None
        }
    }
}

/// Returns `true` if `item` is the backup of `state`: by its ID, or by its server while the ID is not known.
fn is_backup_of(state: &BackupModel, item: &CheckpointItem) -> bool {
    match (state.id.as_ref_option(), state.resource_id.as_ref_option()) {
        (Some(id), _) => item.id == *id,
        (None, Some(server_id)) => item.resource_id.as_ref() == Some(server_id),
        (None, None) => true,
    }
}

fn absent(service: &OperationContext, request: Read, subject: &str, diags: &mut Diagnostics) -> Option<ReadResult> {
    let now = service.client.session().clock().now();
    if !Private::read(&request.private).may_not_be_shown_yet(now) {
        return Some(ReadResult::Gone);
    }
    diags.add_attribute_warning(
        "The service does not show the backup yet",
        format!("{subject} was accepted a short while ago, but is not listed. The state keeps it."),
        AttributePath::root(),
    );
    Some(ReadResult::Found(NewState {
        state: request.current_state,
        private: request.private,
        identity: request.current_identity,
    }))
}

async fn found(
    service: &OperationContext,
    request: Read,
    mut state: BackupModel,
    item: &CheckpointItem,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let mut private = Private::read(&request.private);
    private.apply_item(item);
    // Before the refresh overwrites the arguments with what was changed in the cloud.
    private.configured.get_or_insert_with(|| Configured::of(&state));
    state.refresh(item);
    set_region_and_project(service, &mut state.region, &mut state.project_id).await;
    if item.status == Status::Error {
        messages::in_error(item, diags);
    }
    if private.not_waited_for && !matches!(item.status, Status::Error | Status::WaitingDelete | Status::Deleting) {
        messages::not_waited_for(item, diags);
        private.not_waited_for = state.is_unfinished();
    }
    Some(ReadResult::Found(NewState {
        // Terraform takes a changed identity for another object.
        identity: request.current_identity.or_else(|| identity::of(&state)),
        private: private.write(),
        ..NewState::from_model(&state, diags)?
    }))
}
