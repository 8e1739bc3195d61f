//! Read of a backup: a refresh.

use otc_client::{
    csbs::{CheckpointItem, ItemKey, Lookup, Status},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{Context, Diagnostics, NewState, Read, ReadResult};

use crate::{region_and_project::set_region_and_project, skip_refresh::unchanged};

use super::{identity, messages, model::BackupModel, private::Private};

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
            messages::without_id(diags);
            return None;
        }
    };
    let look = service.inventory.look(key, service.inventory.refresh_from());
    let Ok(look) = until_stopped(&context.cancel, look).await else {
        messages::read_interrupted(&subject, diags);
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
    messages::not_shown_yet(subject, diags);
    Some(unchanged(request))
}

async fn found(
    service: &OperationContext,
    request: Read,
    mut state: BackupModel,
    item: &CheckpointItem,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let mut private = Private::read(&request.private);
    private.record_shown(item.has_failed());
    // Before the refresh overwrites the arguments with what was changed in the cloud.
    private.configured.get_or_insert_with(|| state.configured());
    state.refresh(item);
    set_region_and_project(service, &mut state.region, &mut state.project_id).await;
    if item.status == Status::Error {
        messages::in_error(&item.id, &messages::failure_of(item), item.has_failed(), diags);
    }
    if private.not_waited_for && !matches!(item.status, Status::Error | Status::WaitingDelete | Status::Deleting) {
        messages::not_waited_for(&item.id, item.status.as_str(), diags);
        private.not_waited_for = state.is_unfinished();
    }
    Some(ReadResult::Found(NewState {
        // Terraform takes a changed identity for another object.
        identity: request.current_identity.or_else(|| identity::of(&state)),
        private: private.write(),
        ..NewState::from_model(&state, diags)?
    }))
}

#[cfg(test)]
mod tests {
    use otc_client::csbs::CheckpointItem;
    use terraform_plugin::Value;

    use super::*;

    #[test]
    fn the_backup_of_a_state_has_its_id_or_else_its_server() {
        let item: CheckpointItem =
            serde_json::from_value(serde_json::json!({ "id": "item", "resource_id": "server" })).unwrap();
        let known = |text: &str| Value::Value(text.to_owned());
        for (id, server, expected) in [
            (known("item"), known("server"), true),
            (known("item"), known("other"), true),
            (known("other"), known("server"), false),
            (Value::Null, known("server"), true),
            (Value::Null, known("other"), false),
            (Value::Null, Value::Null, true),
        ] {
            let state = BackupModel {
                id: id.clone(),
                resource_id: server.clone(),
                ..BackupModel::default()
            };
            assert_eq!(is_backup_of(&state, &item), expected, "{id:?} {server:?}");
        }
    }
}
