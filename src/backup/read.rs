//! Reads a backup: a refresh.

use otc_client::{
    csbs::{CheckpointItem, ItemKey, Lookup, Status},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, NewState, RawValue, Read, ReadResult};

use super::{
    apply, identity, messages, model, plan,
    private::{Configured, Private},
};

/// Reads by item; found through the checkpoint when only that is known.
pub async fn read(
    service: &OperationContext,
    context: &Context,
    request: Read,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let state = &request.current_state;
    let Some((key, subject)) = key(state) else {
        diags.add_attribute_error(
            "The state of the backup has no ID",
            "Neither the backup's ID nor its checkpoint's is in the state. Remove the resource from the state and import \
             the backup.",
            AttributePath::root(),
        );
        return None;
    };
    let look = service.inventory.look(key, service.inventory.refresh_from());
    let Ok(look) = until_stopped(&context.cancel, look).await else {
        diags.add_attribute_error(
            "Stopped before the backup was read",
            format!("{subject}: the state is as it was."),
            AttributePath::root(),
        );
        return None;
    };
    match look {
        Ok(Lookup::Absent) => absent(service, request, &subject, diags),
        Ok(Lookup::Found(items)) => match ours(state, items) {
            Some(item) if item.status == Status::Deleted => Some(ReadResult::Gone),
            Some(item) => Some(found(service, request, &item, diags).await),
            None => absent(service, request, &subject, diags),
        },
        Err(error) => {
            diags
                .errors
                .push(messages::failure("Cannot read the backup", &subject, &error));
            None
        }
    }
}

fn key(state: &RawValue) -> Option<(ItemKey, String)> {
    match (state.get("id").as_str(), state.get("checkpoint_id").as_str()) {
        (Some(id), _) => Some((ItemKey::Item(id.to_owned()), format!("Backup {id}"))),
        (None, Some(id)) => Some((ItemKey::Checkpoint(id.to_owned()), format!("Checkpoint {id}"))),
        (None, None) => None,
    }
}

fn ours(state: &RawValue, items: Vec<CheckpointItem>) -> Option<CheckpointItem> {
    let id = state.get("id").as_str();
    let server = state.get("resource_id").as_str();
    items.into_iter().find(|item| match id {
        Some(id) => item.id == id,
        None => server.is_none() || item.resource_id.as_deref() == server,
    })
}

fn absent(service: &OperationContext, request: Read, subject: &str, diags: &mut Diagnostics) -> Option<ReadResult> {
    let private = Private::read(&request.private);
    if !apply::may_yet_be_shown(&private, service.client.session().clock().now()) {
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
    item: &CheckpointItem,
    diags: &mut Diagnostics,
) -> ReadResult {
    let mut state = request.current_state;
    let mut private = Private::read(&request.private);
    private.not_shown_since = None;
    // Before the state takes over what was changed in the cloud.
    private.configured.get_or_insert_with(|| Configured::of(&state));
    model::refresh(&mut state, item);
    apply::set_place(service, &mut state).await;
    if item.status == Status::Error {
        messages::in_error(item, plan::failed(&state), diags);
    }
    if private.not_waited_for && !matches!(item.status, Status::Error | Status::WaitingDelete | Status::Deleting) {
        messages::not_waited_for(item, diags);
        private.not_waited_for = plan::is_unfinished(&state);
    }
    ReadResult::Found(NewState {
        // Terraform takes a changed identity for another object.
        identity: request.current_identity.or_else(|| identity::of(&state)),
        private: private.write(),
        state,
    })
}
