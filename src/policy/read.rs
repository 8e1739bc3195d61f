//! Reads a policy: a refresh.

use crate::backup::apply::set_place;
use otc_client::{
    csbs::{ApiError, Client, Policy, Tags},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, NewState, Read, ReadResult};

use super::{identity, messages, model};

/// The policy with its tags; `None` when it does not exist, see [`Client::find_policy`].
///
/// # Errors
/// Any [`ApiError`] of the calls.
pub async fn look(client: &Client, id: &str) -> Result<Option<(Policy, Option<Tags>)>, ApiError> {
    let found = client.find_policy_with_tags(id).await?;
    Ok(found.map(|(policy, tags)| (policy, Some(tags))))
}

/// Reads the policy of a state.
pub async fn read(
    service: &OperationContext,
    context: &Context,
    request: Read,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let mut state = request.current_state;
    let Some(id) = state.get("id").as_str().map(str::to_owned) else {
        diags.add_attribute_error(
            "The state of the policy has no ID",
            "Remove the resource from the state and import the policy.",
            AttributePath::root(),
        );
        return None;
    };
    match until_stopped(&context.cancel, look(&service.client, &id)).await {
        Ok(Ok(Some((policy, tags)))) => {
            model::refresh(&mut state, &policy, tags.as_ref());
            set_place(service, &mut state).await;
            Some(ReadResult::Found(NewState {
                // Terraform takes a changed identity for another object.
                identity: request.current_identity.or_else(|| identity::of(&state)),
                private: request.private,
                state,
            }))
        }
        Ok(Ok(None)) => Some(ReadResult::Gone),
        Ok(Err(error)) => {
            let failure = messages::failure("Cannot read the policy", &format!("Policy {id}"), &error);
            diags.errors.push(failure);
            None
        }
        Err(_) => {
            diags.add_attribute_error(
                "Stopped before the policy was read",
                format!("Policy {id}: the state is as it was."),
                AttributePath::root(),
            );
            None
        }
    }
}
