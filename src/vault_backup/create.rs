//! Create of a vault backup.

use otc_client::{
    cbr::BackupStatus,
    operation::{
        OperationContext,
        create_vault_backup::{CreateVaultBackup, CreateVaultBackupError, VaultBackupProgress},
    },
};
use terraform_plugin::{Context, Create, Diagnostics, NewState, Value};

use crate::{
    backup::{
        create::DEFAULT_TIMEOUT,
        private::{Configured, Private},
    },
    region_and_project::set_region_and_project_of_cbr,
    timeouts::Timeouts,
};

use super::{identity, messages, model::VaultBackupModel, unique_name::unique_name};

/// Creates a backup. Once the service has accepted it, every result has the checkpoint ID in its state.
pub async fn create(
    service: &OperationContext,
    context: &Context,
    request: Create,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let mut planned: VaultBackupModel = request.planned_state.to_model(diags)?;
    let config: VaultBackupModel = request.config.to_model(diags)?;
    let name = config.name.as_ref_option().cloned().unwrap_or_else(unique_name);
    planned.name = Value::Value(name.clone());
    let operation = CreateVaultBackup {
        request: config.checkpoint_request(name),
        reads_percentage: false,
        timeout: Timeouts::create(&planned.timeouts).unwrap_or(DEFAULT_TIMEOUT),
    };
    let configured = config.configured();
    let mut progress = VaultBackupProgress::default();
    let save_partial = |progress: &VaultBackupProgress| {
        let private = private_data(service, progress, &configured);
        let mut state = planned.clone();
        state.apply_progress(progress);
        if let Some(state) = new_state(state, &private, &mut Diagnostics::default()) {
            context.save_partial(state);
        }
    };
    let result = Box::pin(operation.run(service, &context.cancel, &mut progress, &save_partial)).await;
    let similar = messages::similar_backups(&operation, &progress, messages::Waiting::Create);
    messages::warn_of_similar_backups(similar, diags);
    messages::warn_of_second_request(&operation, &progress, diags);
    if let Err(error) = &result {
        messages::create(&operation, &progress, error, messages::Waiting::Create, diags);
    }
    if progress.checkpoint_id.is_none() && progress.backup.is_none() {
        return None;
    }
    let mut state = planned.clone();
    state.apply_progress(&progress);
    set_region_and_project_of_cbr(service, &mut state.region, &mut state.project_id).await;
    let mut private = private_data(service, &progress, &configured);
    private.not_waited_for = result.is_err_and(|error| may_become_available(&error));
    new_state(state, &private, diags)
}

/// Returns `true` if a backup may become available although the wait for it ended with this error. An interrupt is no error
/// for Terraform.
fn may_become_available(error: &CreateVaultBackupError) -> bool {
    matches!(
        error,
        CreateVaultBackupError::TimedOut { .. }
            | CreateVaultBackupError::NotShown { .. }
            | CreateVaultBackupError::Api { .. }
    )
}

fn private_data(service: &OperationContext, progress: &VaultBackupProgress, configured: &Configured) -> Private {
    let now = service.client.session().clock().now();
    let mut private = Private {
        created_here: true,
        not_shown_since: Some(now),
        configured: Some(configured.clone()),
        ..Private::default()
    };
    if let Some(backup) = &progress.backup {
        private.record_shown(backup.status == BackupStatus::Error);
    }
    private
}

/// The new state, without unknown values.
fn new_state(mut state: VaultBackupModel, private: &Private, diags: &mut Diagnostics) -> Option<NewState> {
    state.resolve_chosen_arguments();
    let mut new_state = NewState {
        private: private.write(),
        identity: identity::of(&state),
        ..NewState::from_model(&state, diags)?
    };
    new_state.resolve_unknowns(None);
    Some(new_state)
}
