//! Create, update and delete of managed resources.

use crate::{
    Create, Delete, NewState, RawValue, Resource, Update,
    protocol6::{consistency, wire},
};

use super::{Handlers, call::Call, entry::Entry, guard::OnStop};

impl Handlers {
    pub async fn apply_resource_change(
        &self,
        request: wire::ApplyResourceChangeRequest,
    ) -> wire::ApplyResourceChangeResponse {
        // After an error, the state stays as it was.
        let response = wire::ApplyResourceChangeResponse {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            new_identity: request.planned_identity.clone(),
            ..wire::ApplyResourceChangeResponse::default()
        };
        self.answer(&request.type_name, None, response, async |call, response| {
            let entry = call.find(&self.resources)?;
            let prior = call.decode(request.prior_state.as_ref(), &entry.ty, "prior state")?;
            let planned = call.decode(request.planned_state.as_ref(), &entry.ty, "planned state")?;
            let config = call.decode(request.config.as_ref(), &entry.ty, "configuration")?;
            let private = request.planned_private.clone();
            let applied = if planned.is_null() {
                let prior_state = prior;
                let left = delete(call, entry, Delete { prior_state, private }).await;
                if call.diags.errors.is_empty() {
                    response.new_state = call.encode(&RawValue::Null, &entry.ty, "state");
                    response.private = Vec::new();
                    response.new_identity = None;
                    return Some(());
                }
                left?
            } else {
                let update = Update {
                    prior_state: prior,
                    planned_state: planned.clone(),
                    config,
                    planned_private: private,
                    planned_identity: call.decode_identity(request.planned_identity.as_ref(), entry.identity_type()),
                };
                create_or_update(call, entry, update).await?
            };
            let sent = [request.planned_state.as_ref(), request.prior_state.as_ref()];
            save(call, entry, &planned, applied, &sent, response);
            Some(())
        })
        .await
    }
}

/// Deletes. After an error, returns the state to keep, if it is not the prior one.
async fn delete(call: &mut Call<'_>, entry: &Entry<dyn Resource>, delete: Delete) -> Option<NewState> {
    let left = call.run("deleting", OnStop::Abandon, async |context, diags| {
        entry.item.delete(context, delete, diags).await
    });
    left.await.or_else(|| call.context.partial_state.take())
}

/// Updates, or creates when there is no prior state.
async fn create_or_update(call: &mut Call<'_>, entry: &Entry<dyn Resource>, update: Update) -> Option<NewState> {
    let (operation, applied) = if update.prior_state.is_null() {
        let create = Create {
            planned_state: update.planned_state,
            config: update.config,
            planned_private: update.planned_private,
        };
        let created = call.run("creating", OnStop::AbandonOnceSaved, async |context, diags| {
            entry.item.create(context, create, diags).await
        });
        ("creating", created.await)
    } else {
        let updated = call.run("updating", OnStop::Abandon, async |context, diags| {
            entry.item.update(context, update, diags).await
        });
        ("updating", updated.await)
    };
    let applied = applied.or_else(|| call.context.partial_state.take());
    if applied.is_none() {
        call.report_missing_result(operation);
    }
    applied
}

/// Puts a new state into the response. It is saved whatever is wrong with it: what was created must not be lost.
fn save(
    call: &mut Call<'_>,
    entry: &Entry<dyn Resource>,
    planned: &RawValue,
    mut applied: NewState,
    sent: &[Option<&wire::DynamicValue>],
    response: &mut wire::ApplyResourceChangeResponse,
) {
    entry.normalize(&mut applied.state);
    consistency::enforce_plan(&entry.ty, planned, &mut applied.state, &mut call.diags);
    call.remove_secrets(&mut applied.state, &entry.ty, sent);
    if let Some(state) = call.encode(&applied.state, &entry.ty, "state") {
        response.new_state = Some(state);
        response.private = applied.private;
    }
    if let Some(identity) = call.encode_identity(applied.identity.as_ref(), entry.identity_type()) {
        response.new_identity = Some(identity);
    }
}
