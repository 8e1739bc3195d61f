//! Read of a vault backup: a refresh.

use otc_client::{
    cbr::{Backup, BackupStatus, Lookup},
    csbs::ItemKey,
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{Context, Diagnostics, NewState, Read, ReadResult};

use crate::{
    backup::{
        messages::{in_error, not_shown_yet, not_waited_for, read_interrupted, without_id},
        private::Private,
    },
    region_and_project::set_region_and_project_of_cbr,
    skip_refresh::unchanged,
};

use super::{failure, identity, messages, model::VaultBackupModel};

/// Reads the backup by its ID, or through its checkpoint while only that is known.
pub async fn read(
    service: &OperationContext,
    context: &Context,
    request: Read,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let state: VaultBackupModel = request.current_state.to_model(diags)?;
    let (key, subject) = match (state.id.as_ref_option(), state.checkpoint_id.as_ref_option()) {
        (Some(id), _) => (ItemKey::Item(id.clone()), format!("Backup {id}")),
        (None, Some(id)) => (ItemKey::Checkpoint(id.clone()), format!("Checkpoint {id}")),
        (None, None) => {
            without_id(diags);
            return None;
        }
    };
    let backups = &service.vault_backups;
    let Ok(look) = until_stopped(&context.cancel, backups.look(key, backups.refresh_from())).await else {
        read_interrupted(&subject, diags);
        return None;
    };
    let found = match look {
        Ok(Lookup::Absent) => None,
        Ok(Lookup::Found(backups)) => backups.into_iter().find(|backup| state.is_backup(backup)),
        Err(error) => {
            diags
                .errors
                .push(messages::api_error("Cannot read the backup", &subject, &error));
            return None;
        }
    };
    let Some(backup) = found else {
        let now = service.client.session().clock().now();
        if !Private::read(&request.private).may_not_be_shown_yet(now) {
            return Some(ReadResult::Gone);
        }
        not_shown_yet(&subject, diags);
        return Some(unchanged(request));
    };
    refreshed(service, request, state, &backup, diags).await
}

async fn refreshed(
    service: &OperationContext,
    request: Read,
    mut state: VaultBackupModel,
    backup: &Backup,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let mut private = Private::read(&request.private);
    // Before the refresh overwrites the arguments with what was changed in the cloud.
    private.configured.get_or_insert_with(|| state.configured());
    let was_in_error = state.is_in_error();
    let was_complete = !state.is_unfinished() && !was_in_error;
    state.refresh(backup);
    let is_in_error = backup.status == BackupStatus::Error;
    if !is_in_error {
        private.record_shown(false);
    } else if !was_in_error {
        let task = failure::newest_task(service, backup).await;
        if let Some(task) = &task {
            state.summary.apply_task(task);
        }
        private.record_shown(failure::is_failed_backup(task.as_ref(), was_complete));
    }
    set_region_and_project_of_cbr(service, &mut state.region, &mut state.project_id).await;
    let status = backup.status.as_str();
    if is_in_error {
        let failure = failure::describe(&state.summary);
        in_error(&backup.id, &failure, private.backup_failed, diags);
    }
    let is_ending = matches!(backup.status, BackupStatus::WaitingDelete | BackupStatus::Deleting);
    if private.not_waited_for && !is_in_error && !is_ending {
        not_waited_for(&backup.id, status, diags);
        private.not_waited_for = state.is_unfinished();
    }
    Some(ReadResult::Found(NewState {
        // Terraform takes a changed identity for another object.
        identity: request.current_identity.or_else(|| identity::of(&state)),
        private: private.write(),
        ..NewState::from_model(&state, diags)?
    }))
}
