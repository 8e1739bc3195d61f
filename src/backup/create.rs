//! Create of a backup.

use std::time::Duration;

use otc_client::operation::{
    OperationContext,
    create_backup::{CreateBackup, CreateError, CreateProgress},
};
use terraform_plugin::{Context, Create, Diagnostics, NewState};

use crate::{region_and_project::set_region_and_project, timeouts::Timeouts};

use super::{
    identity, messages,
    model::BackupModel,
    private::{Configured, Private},
};

/// Default timeout of a create. It is long because the error at its end taints the backup, which the next apply then
/// replaces; an interrupt before it is safe.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(12 * 3600);

/// Creates a backup. Once the service has answered, every result has the checkpoint ID in its state.
pub async fn create(
    service: &OperationContext,
    context: &Context,
    request: Create,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let planned: BackupModel = request.planned_state.to_model(diags)?;
    let config: BackupModel = request.config.to_model(diags)?;
    let operation = CreateBackup {
        server_id: planned.resource_id.clone().unwrap_or_default(),
        request: config.protect_request(),
        timeout: Timeouts::create(&planned.timeouts).unwrap_or(DEFAULT_TIMEOUT),
    };
    let configured = config.configured();
    let mut progress = CreateProgress::default();
    let save_partial = |progress: &CreateProgress| {
        let private = private_data(service, progress, &configured);
        let mut state = planned.clone();
        state.apply_progress(progress);
        if let Some(state) = new_state(state, progress, &private, &mut Diagnostics::default()) {
            context.save_partial(state);
        }
    };
    let result = Box::pin(operation.run(service, &context.cancel, &mut progress, &save_partial)).await;
    let similar = messages::similar_backups(&operation, &progress, messages::Waiting::Create);
    messages::warn_of_similar_backups(similar, diags);
    if let Err(error) = &result {
        messages::create(&operation, &progress, error, messages::Waiting::Create, diags);
    }
    if progress.checkpoint_id.is_none() && progress.item.is_none() {
        return None;
    }
    let mut state = planned.clone();
    state.apply_progress(&progress);
    set_region_and_project(service, &mut state.region, &mut state.project_id).await;
    let mut private = private_data(service, &progress, &configured);
    private.not_waited_for = result.is_err_and(|error| may_become_available(&error));
    new_state(state, &progress, &private, diags)
}

/// Returns `true` if a backup may become available although the wait for it ended with this error. An interrupt is no error
/// for Terraform.
fn may_become_available(error: &CreateError) -> bool {
    matches!(
        error,
        CreateError::TimedOut { .. } | CreateError::NotShown { .. } | CreateError::Api { .. }
    )
}

fn private_data(service: &OperationContext, progress: &CreateProgress, configured: &Configured) -> Private {
    let now = service.client.session().clock().now();
    let mut private = Private {
        created_here: true,
        not_shown_since: Some(now),
        configured: Some(configured.clone()),
        ..Private::default()
    };
    if let Some(item) = &progress.item {
        private.record_shown(item.has_failed());
    }
    private
}

/// The new state, without unknown values.
fn new_state(
    mut state: BackupModel,
    progress: &CreateProgress,
    private: &Private,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    state.resolve_chosen_arguments(progress.item.as_ref());
    let mut new_state = NewState {
        private: private.write(),
        identity: identity::of(&state),
        ..NewState::from_model(&state, diags)?
    };
    new_state.resolve_unknowns(None);
    Some(new_state)
}
