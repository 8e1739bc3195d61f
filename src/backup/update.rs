//! Update of a backup in place.

use otc_client::{
    csbs::TagKind,
    operation::{
        OperationContext,
        create_backup::{CreateError, CreateProgress, ResumeBackup},
        until_stopped,
    },
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, NewState, Update};

use crate::{
    region_and_project::set_region_and_project,
    tag_map,
    timeouts::{self, Timeouts},
};

use super::{
    create::DEFAULT_TIMEOUT,
    identity,
    messages::{self, Waiting},
    model::BackupModel,
    private::Private,
    tags::{TagChange, change_tags},
};

/// Waits for an unfinished backup, then changes tags. Every other argument that changes in place is written to the state
/// only.
pub async fn update(
    service: &OperationContext,
    context: &Context,
    request: Update,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let mut prior: BackupModel = request.prior_state.to_model(diags)?;
    let mut state: BackupModel = request.planned_state.to_model(diags)?;
    let config: BackupModel = request.config.to_model(diags)?;
    let mut private = Private {
        not_waited_for: false,
        ..Private::read(&request.planned_private)
    };
    if prior.is_unfinished() {
        let progress = wait(service, context, &prior, &state, diags).await;
        for model in [&mut prior, &mut state] {
            model.apply_progress(&progress);
            set_region_and_project(service, &mut model.region, &mut model.project_id).await;
        }
        if let Some(item) = &progress.item {
            private.record_shown(item.has_failed());
            state.resolve_chosen_arguments(Some(item));
        }
    }
    let identity = request.planned_identity.or_else(|| identity::of(&prior));
    let new_state = |state: &BackupModel, private: &Private, diags: &mut Diagnostics| {
        let mut new_state = NewState {
            private: private.write(),
            identity: identity.clone(),
            ..NewState::from_model(state, diags)?
        };
        new_state.resolve_unknowns(NewState::from_model(&prior, diags).map(|prior| prior.state).as_ref());
        Some(new_state)
    };
    if !diags.errors.is_empty() {
        return new_state(&prior, &private, diags);
    }
    let change = TagChange {
        before: prior.tags(),
        after: state.tags(),
    };
    if change.is_needed() {
        let Some(id) = state.id.as_ref_option().cloned() else {
            diags.add_attribute_error(
                "Cannot change the tags of the backup",
                "The service has not shown the backup yet, so its ID is not known. Apply again later.",
                AttributePath::new("tags"),
            );
            return None;
        };
        let timeout = Timeouts::update(&state.timeouts).unwrap_or(timeouts::DEFAULT);
        if !change_tags(service, context, &id, &change, timeout, diags).await {
            let mut kept = prior.clone();
            // The tags that the backup has now, if the service answers.
            let tags = service.client.list_tags(TagKind::Backup, &id);
            if let Ok(Ok(tags)) = until_stopped(&context.cancel, tags).await {
                kept.tags = tag_map::from_api(&tags);
            }
            return new_state(&kept, &private, diags);
        }
    }
    private.configured = Some(config.configured());
    new_state(&state, &private, diags)
}

/// Waits for the backup of `prior`. Errors are in `diags`; the result has what was read.
async fn wait(
    service: &OperationContext,
    context: &Context,
    prior: &BackupModel,
    planned: &BackupModel,
    diags: &mut Diagnostics,
) -> CreateProgress {
    let (argument, timeout) = match (Timeouts::update(&planned.timeouts), Timeouts::create(&planned.timeouts)) {
        (Some(timeout), _) => ("update", timeout),
        (None, timeout) => ("create", timeout.unwrap_or(DEFAULT_TIMEOUT)),
    };
    let operation = ResumeBackup {
        server_id: prior.resource_id.clone().unwrap_or_default(),
        checkpoint_id: prior.checkpoint_id.as_ref_option().cloned(),
        item_id: prior.id.as_ref_option().cloned(),
        timeout,
    };
    let mut progress = CreateProgress::default();
    match Box::pin(operation.run(service, &context.cancel, &mut progress)).await {
        Ok(()) => {}
        Err(CreateError::Stopped) if prior.tags() != planned.tags() => diags.add_attribute_error(
            "Interrupted before the tags were changed",
            format!(
                "The tags of backup {} are unchanged. The backup continues in the cloud; apply again to wait for it and to \
                 change them.",
                operation.item_id.as_deref().unwrap_or("(unknown)")
            ),
            AttributePath::new("tags"),
        ),
        Err(error) => messages::wait(&progress, &error, Waiting::Update { argument }, diags),
    }
    progress
}
