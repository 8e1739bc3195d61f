//! Update of a vault backup in place.

use otc_client::operation::{
    OperationContext,
    create_vault_backup::{ResumeVaultBackup, VaultBackupProgress},
};
use terraform_plugin::{Context, Diagnostics, NewState, Update};

use crate::{
    backup::{create::DEFAULT_TIMEOUT, private::Private},
    region_and_project::set_region_and_project_of_cbr,
    timeouts::Timeouts,
};

use super::{
    identity,
    messages::{self, Waiting},
    model::VaultBackupModel,
};

/// Waits for an unfinished backup. Every argument that changes in place is written to the state only.
pub async fn update(
    service: &OperationContext,
    context: &Context,
    request: Update,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let mut prior: VaultBackupModel = request.prior_state.to_model(diags)?;
    let mut state: VaultBackupModel = request.planned_state.to_model(diags)?;
    let config: VaultBackupModel = request.config.to_model(diags)?;
    let mut private = Private {
        not_waited_for: false,
        ..Private::read(&request.planned_private)
    };
    if prior.is_unfinished() {
        let progress = wait(service, context, (&prior, &state), diags).await;
        for model in [&mut prior, &mut state] {
            model.apply_progress(&progress);
            model.resolve_chosen_arguments();
            set_region_and_project_of_cbr(service, &mut model.region, &mut model.project_id).await;
        }
        if let Some(backup) = &progress.backup {
            private.record_shown(prior.is_in_error());
            if state.name.is_unknown() {
                state.name = backup.name.clone().into();
            }
        }
    }
    let model = if diags.errors.is_empty() {
        private.configured = Some(config.configured());
        &state
    } else {
        &prior
    };
    let mut new_state = NewState {
        private: private.write(),
        identity: request.planned_identity.or_else(|| identity::of(&prior)),
        ..NewState::from_model(model, diags)?
    };
    new_state.resolve_unknowns(NewState::from_model(&prior, diags).map(|prior| prior.state).as_ref());
    Some(new_state)
}

/// Waits for the backup of `prior`. Errors are in `diags`; the result has what was read.
async fn wait(
    service: &OperationContext,
    context: &Context,
    (prior, planned): (&VaultBackupModel, &VaultBackupModel),
    diags: &mut Diagnostics,
) -> VaultBackupProgress {
    let (argument, timeout) = match (Timeouts::update(&planned.timeouts), Timeouts::create(&planned.timeouts)) {
        (Some(timeout), _) => ("update", timeout),
        (None, timeout) => ("create", timeout.unwrap_or(DEFAULT_TIMEOUT)),
    };
    let operation = ResumeVaultBackup {
        resource_id: prior.resource_id.clone().unwrap_or_default(),
        checkpoint_id: prior.checkpoint_id.as_ref_option().cloned(),
        backup_id: prior.id.as_ref_option().cloned(),
        timeout,
    };
    let mut progress = VaultBackupProgress::default();
    if let Err(error) = Box::pin(operation.run(service, &context.cancel, &mut progress)).await {
        messages::wait(&progress, &error, Waiting::Update { argument }, diags);
    }
    progress
}
