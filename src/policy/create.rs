//! Creates a policy.

use otc_client::{
    csbs::Policy,
    operation::{
        OperationContext,
        policy::{self, CreatePolicyError},
        until_stopped,
    },
};
use terraform_plugin::{Context, Create, Diagnostics, NewState};

use crate::timeouts::{self, Timeouts};

use super::{membership, messages, model::PolicyModel, request};

/// Creates the policy. From the service's answer on, its ID is in the state.
pub async fn create(
    service: &OperationContext,
    context: &Context,
    plan: Create,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let mut state: PolicyModel = plan.planned_state.to_model(diags)?;
    let request = request::create(&state);
    let timeout = Timeouts::create(&state.timeouts).unwrap_or(timeouts::DEFAULT);
    let created = Box::pin(policy::create(&service.client, &request, timeout, &context.cancel)).await;
    service.policies.invalidate();
    let created = match created {
        Ok(created) => created,
        Err(error) => {
            messages::create_failed(&request, &error, diags);
            if let CreatePolicyError::Api(error) = &error {
                membership::explain(service, context, None, state.server_ids(), error, diags).await;
            }
            return None;
        }
    };
    let mut partial = state.clone();
    partial.resolve_unknowns(&created);
    if let Some(partial) = partial.into_state(Vec::new(), None, diags) {
        context.save_partial(partial);
    }
    let created = complete(service, context, created).await;
    messages::dropped_operations(request.scheduled_operations.len(), &created, diags);
    state.resolve_unknowns(&created);
    state.set_region_and_project(service).await;
    state.into_state(Vec::new(), None, diags)
}

/// Reads the policy where the answer to a write leaves something out.
pub async fn complete(service: &OperationContext, context: &Context, answer: Policy) -> Policy {
    let operations = &answer.scheduled_operations;
    let is_complete =
        answer.status.is_some() && !operations.is_empty() && operations.iter().all(|operation| operation.id.is_some());
    if is_complete {
        return answer;
    }
    match until_stopped(&context.cancel, service.client.get_policy(&answer.id)).await {
        Ok(Ok(policy)) => policy,
        _ => answer,
    }
}
