//! Creates, updates and deletes.

use std::time::Duration;

use jiff::Timestamp;
use tracing::warn;

use crate::{duration::show, timeouts};
use otc_client::{
    csbs::{ApiError, ItemKey, Lookup, TagKind, Tags},
    operation::{
        OperationContext,
        create_backup::{CreateBackup, CreateError, CreateProgress, ResumeBackup},
        delete_backup::DeleteBackup,
        until_stopped,
    },
};
use terraform_plugin::{
    AddDiagnostic, AttributePath, Context, Create, Delete, Diagnostics, NewState, RawValue, Update,
};

use super::{
    identity, messages, model,
    outcome::{self, Waiting},
    plan,
    private::{Configured, Private},
};

/// How long a create may take when nothing is configured. The error at its end taints the backup, which the next apply then
/// replaces, so it comes late; stopping before is safe at any time.
pub const CREATE_TIMEOUT: Duration = Duration::from_secs(12 * 3600);

/// Makes a backup. Whatever happens after the service's answer, the state has the checkpoint ID.
pub async fn create(
    service: &OperationContext,
    context: &Context,
    request: Create,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let planned = request.planned_state;
    let job = CreateBackup {
        server_id: planned.get("resource_id").as_str().unwrap_or_default().to_owned(),
        request: model::protect_request(&request.config),
        timeout: timeouts::set(&planned, "create").unwrap_or(CREATE_TIMEOUT),
    };
    let configured = Configured::of(&request.config);
    let mut made = CreateProgress::default();
    let keep = |made: &CreateProgress| {
        let mut state = planned.clone();
        set_made(&mut state, made);
        context.save_partial(finished(service, state, made, &configured));
    };
    let result = Box::pin(job.run(service, &context.cancel, &mut made, &keep)).await;
    messages::earlier(&job, &made, diags);
    if let Err(error) = &result {
        messages::create(&job, &made, error, diags);
    }
    if made.checkpoint_id.is_none() && made.item.is_none() {
        return None;
    }
    let mut state = planned;
    set_made(&mut state, &made);
    set_place(service, &mut state).await;
    let mut applied = finished(service, state, &made, &configured);
    if result.is_err_and(|error| may_become_available(&error)) {
        let private = Private {
            not_waited_for: true,
            ..Private::read(&applied.private)
        };
        applied.private = private.write();
    }
    Some(applied)
}

/// Whether a backup may become available although the wait for it ended with this error. A stop is none for Terraform.
fn may_become_available(error: &CreateError) -> bool {
    matches!(
        error,
        CreateError::TimedOut { .. } | CreateError::NotShown { .. } | CreateError::Api { .. }
    )
}

fn set_made(state: &mut RawValue, made: &CreateProgress) {
    if let Some(checkpoint_id) = &made.checkpoint_id {
        state.set("checkpoint_id", checkpoint_id.as_str());
    }
    if let Some(checkpoint) = &made.checkpoint {
        model::set_checkpoint(state, checkpoint);
    }
    if let Some(item) = &made.item {
        model::set_item(state, item);
    }
}

/// The state of what exists, wholly known.
fn finished(
    service: &OperationContext,
    mut state: RawValue,
    made: &CreateProgress,
    configured: &Configured,
) -> NewState {
    model::settle(&mut state, made.item.as_ref());
    let private = Private {
        made: true,
        not_shown_since: made.item.is_none().then(|| service.client.session().clock().now()),
        configured: Some(configured.clone()),
        not_waited_for: false,
    };
    NewState {
        identity: identity::of(&state),
        private: private.write(),
        state,
    }
}

/// Fills region and project where they are not known yet. What is known stays: an identity must not change.
pub async fn set_place(service: &OperationContext, state: &mut RawValue) {
    let missing = |value: &RawValue| value.is_null() || value.is_unknown();
    if !missing(state.get("region")) && !missing(state.get("project_id")) {
        return;
    }
    match service.client.endpoint().await {
        Ok(endpoint) => {
            if missing(state.get("region")) {
                state.set("region", endpoint.region);
            }
            if missing(state.get("project_id")) {
                state.set("project_id", endpoint.project_id);
            }
        }
        Err(error) => warn!(%error, "the endpoint is not known"),
    }
}

/// Waits for a backup that is not finished, then changes tags; everything else that changes in place is only written to the
/// state.
pub async fn update(
    service: &OperationContext,
    context: &Context,
    request: Update,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let (mut prior, mut state) = (request.prior_state, request.planned_state);
    let mut private = Private {
        not_waited_for: false,
        ..Private::read(&request.planned_private)
    };
    if plan::is_unfinished(&prior) {
        let made = resume(
            service,
            context,
            &state,
            &prior,
            model::tags_differ(&prior, &state),
            diags,
        )
        .await;
        for values in [&mut prior, &mut state] {
            set_made(values, &made);
            set_place(service, values).await;
        }
        if let Some(item) = &made.item {
            private.not_shown_since = None;
            model::settle(&mut state, Some(item));
        }
    }
    let identity = request.planned_identity.or_else(|| identity::of(&prior));
    let applied = |state, private: &Private| {
        Some(NewState {
            state,
            private: private.write(),
            identity: identity.clone(),
        })
    };
    if !diags.errors.is_empty() {
        return applied(prior, &private);
    }
    let (before, after) = (model::tags(prior.get("tags")), model::tags(state.get("tags")));
    if before != after {
        let Some(id) = state.get("id").as_str().map(str::to_owned) else {
            diags.add_attribute_error(
                "Cannot change the tags of the backup",
                "The service has not shown the backup yet, so its ID is not known. Apply again later.",
                AttributePath::new("tags"),
            );
            return None;
        };
        if !change_tags(service, context, &state, &id, (&before, &after), diags).await {
            // With the tags that are there, when that can be known.
            let look = service.client.list_tags(TagKind::Backup, &id);
            if let Ok(Ok(tags)) = until_stopped(&context.cancel, look).await {
                prior.set("tags", tags);
            }
            return applied(prior, &private);
        }
        let look = service.inventory.look(ItemKey::Item(id), tokio::time::Instant::now());
        if let Ok(Ok(Lookup::Found(items))) = until_stopped(&context.cancel, look).await
            && let Some(item) = items.first()
            && state.get("updated_at").is_unknown()
        {
            state.set("updated_at", model::time(item.updated_at.as_deref()));
        }
    }
    // What was not seen is as it was.
    if let RawValue::Map(values) = &mut state {
        for (name, value) in values.iter_mut().filter(|(_, value)| value.is_unknown()) {
            *value = prior.get(name).clone();
        }
    }
    private.configured = Some(Configured::of(&request.config));
    applied(state, &private)
}

/// Waits for the backup of `prior`; what became of it is in `diags`, what was seen of it is returned.
async fn resume(
    service: &OperationContext,
    context: &Context,
    planned: &RawValue,
    prior: &RawValue,
    tags_follow: bool,
    diags: &mut Diagnostics,
) -> CreateProgress {
    let text = |name: &str| prior.get(name).as_str().map(str::to_owned);
    let (limit, timeout) = ["update", "create"]
        .into_iter()
        .find_map(|name| Some((name, timeouts::set(planned, name)?)))
        .unwrap_or(("create", CREATE_TIMEOUT));
    let job = ResumeBackup {
        server_id: text("resource_id").unwrap_or_default(),
        checkpoint_id: text("checkpoint_id"),
        item_id: text("id"),
        timeout,
    };
    let mut made = CreateProgress::default();
    match Box::pin(job.run(service, &context.cancel, &mut made)).await {
        Ok(()) => {}
        Err(CreateError::Stopped) if tags_follow => diags.add_attribute_error(
            "Stopped before the tags were changed",
            format!(
                "The tags of backup {} are as they were. The backup continues in the cloud; apply again to wait for it and \
                 to change them.",
                job.item_id.as_deref().unwrap_or("(unknown)")
            ),
            AttributePath::new("tags"),
        ),
        Err(error) => outcome::report(&made, &error, Waiting::Update { limit }, diags),
    }
    made
}

/// Deletes what goes before it creates what comes, so that a full set of ten can be exchanged.
async fn change_tags(
    service: &OperationContext,
    context: &Context,
    state: &RawValue,
    id: &str,
    (before, after): (&Tags, &Tags),
    diags: &mut Diagnostics,
) -> bool {
    let gone: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
    let new: Tags = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let client = &service.client;
    let work = async {
        if !gone.is_empty() {
            client.remove_tags(TagKind::Backup, id, &gone).await?;
        }
        if !new.is_empty() {
            client.add_tags(TagKind::Backup, id, &new).await?;
        }
        Ok::<_, ApiError>(())
    };
    let limit = timeouts::limit(state, "update");
    let summary = "Cannot change the tags of the backup";
    match until_stopped(&context.cancel, tokio::time::timeout(limit, work)).await {
        Ok(Ok(Ok(()))) => return true,
        Ok(Ok(Err(error))) => diags
            .errors
            .push(messages::failure(summary, &format!("Backup {id}"), &error)),
        Ok(Err(_)) => diags.add_attribute_error(
            summary,
            format!(
                "Backup {id}: the service did not answer within {}. Raise timeouts.update.",
                show(limit)
            ),
            AttributePath::new("timeouts").attribute("update"),
        ),
        Err(_) => diags.add_attribute_error(
            "Stopped before the tags were changed",
            format!("Backup {id}: some of the tags may have been changed; the next plan shows which."),
            AttributePath::new("tags"),
        ),
    }
    false
}

/// Deletes the backup, or only forgets it.
pub async fn delete(service: &OperationContext, context: &Context, request: &Delete, diags: &mut Diagnostics) {
    let state = &request.prior_state;
    let text = |name: &str| state.get(name).as_str().map(str::to_owned);
    let Some(checkpoint_id) = checkpoint_of(service, context, state, diags).await else {
        return;
    };
    let job = DeleteBackup {
        checkpoint_id,
        item_id: text("id"),
        server_id: text("resource_id"),
        timeout: timeouts::limit(state, "delete"),
    };
    if let Err(error) = Box::pin(job.run(service, &context.cancel)).await {
        messages::delete(&job, &error, diags);
    }
}

/// Forgets the backup and says so.
pub fn forget(service: Option<&OperationContext>, state: &RawValue, diags: &mut Diagnostics) {
    let text = |name: &str| state.get(name).as_str().unwrap_or("(unknown)").to_owned();
    if let Some(service) = service {
        // Its replacement, which follows in this process, must not take it for one that an interrupted run has left.
        service
            .locks
            .record_created(&text("resource_id"), &text("checkpoint_id"));
    }
    diags.add_attribute_warning(
        "The backup stays in the cloud",
        format!(
            "Checkpoint {} (backup {}) is no longer in the state, but was not deleted, because skip_destroy is true. It \
             goes on to cost what it costs. To manage it again: `terraform import ADDRESS {}`.",
            text("checkpoint_id"),
            text("id"),
            text("checkpoint_id")
        ),
        AttributePath::new("skip_destroy"),
    );
}

/// The checkpoint to delete; `None` when there is nothing to delete, or with an error.
async fn checkpoint_of(
    service: &OperationContext,
    context: &Context,
    state: &RawValue,
    diags: &mut Diagnostics,
) -> Option<String> {
    if let Some(checkpoint_id) = state.get("checkpoint_id").as_str() {
        return Some(checkpoint_id.to_owned());
    }
    let id = state.get("id").as_str()?;
    let look = service
        .inventory
        .look(ItemKey::Item(id.to_owned()), tokio::time::Instant::now());
    match until_stopped(&context.cancel, look).await {
        Ok(Ok(Lookup::Absent)) => None,
        Ok(Ok(Lookup::Found(items))) => match items.into_iter().find_map(|item| item.checkpoint_id) {
            Some(checkpoint_id) => Some(checkpoint_id),
            None => {
                diags.add_attribute_error(
                    "Cannot delete the backup",
                    format!("Backup {id}: the service does not say which checkpoint it belongs to, and deletes by checkpoint only."),
                    AttributePath::root(),
                );
                None
            }
        },
        Ok(Err(error)) => {
            diags.errors.push(messages::failure(
                "Cannot delete the backup",
                &format!("Backup {id}"),
                &error,
            ));
            None
        }
        Err(_) => {
            diags.add_attribute_error(
                "Stopped before the backup was deleted",
                format!("Backup {id}: nothing was done."),
                AttributePath::root(),
            );
            None
        }
    }
}

/// For how long a backup that the service has accepted may be missing from its answers.
pub fn may_yet_be_shown(private: &Private, now: Timestamp) -> bool {
    private
        .not_shown_since
        .is_some_and(|since| now.duration_since(since) < jiff::SignedDuration::from_mins(10))
}
