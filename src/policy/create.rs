//! Creates a policy.

use crate::{backup::apply::set_place, timeouts};
use otc_client::{
    csbs::Policy,
    operation::{OperationContext, policy, until_stopped},
};
use terraform_plugin::{Context, Create, Diagnostics, NewState};

use super::{identity, messages, model, request};

/// Makes the policy. From the service's answer on, the state has its ID.
pub async fn create(
    service: &OperationContext,
    context: &Context,
    plan: Create,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let mut state = plan.planned_state;
    let wanted = request::create(&state);
    let limit = timeouts::limit(&state, "create");
    let made = Box::pin(policy::create(&service.client, &wanted, limit, &context.cancel)).await;
    let made = match made {
        Ok(made) => {
            let mut begun = state.clone();
            model::settle(&mut begun, &made);
            context.save_partial(NewState {
                identity: identity::of(&begun),
                state: begun,
                ..NewState::default()
            });
            complete(service, context, made).await
        }
        Err(error) => {
            messages::create(&wanted, &error, diags);
            return None;
        }
    };
    messages::dropped_operations(wanted.scheduled_operations.len(), &made, diags);
    model::settle(&mut state, &made);
    set_place(service, &mut state).await;
    Some(NewState {
        identity: identity::of(&state),
        private: Vec::new(),
        state,
    })
}

/// Reads what the answer to a write has left out.
pub async fn complete(service: &OperationContext, context: &Context, policy: Policy) -> Policy {
    let told = policy.status.is_some()
        && !policy.scheduled_operations.is_empty()
        && policy
            .scheduled_operations
            .iter()
            .all(|operation| operation.id.is_some());
    if told {
        return policy;
    }
    match until_stopped(&context.cancel, service.client.get_policy(&policy.id)).await {
        Ok(Ok(read)) => read,
        _ => policy,
    }
}
