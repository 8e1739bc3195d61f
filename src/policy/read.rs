//! Reads a policy.

use otc_client::{
    csbs::{ApiError, Client, Policy, Tags},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, Read, ReadResult};

use super::{messages, model::PolicyModel};

/// The policy with its tags; `None` when it does not exist, see [`Client::find_policy`].
///
/// # Errors
/// Any [`ApiError`] of the calls.
pub async fn find(client: &Client, id: &str) -> Result<Option<(Policy, Option<Tags>)>, ApiError> {
    let found = client.find_policy_with_tags(id).await?;
    Ok(found.map(|(policy, tags)| (policy, Some(tags))))
}

/// Refreshes the policy of a state.
pub async fn read(
    service: &OperationContext,
    context: &Context,
    request: Read,
    diags: &mut Diagnostics,
) -> Option<ReadResult> {
    let mut state: PolicyModel = request.current_state.to_model(diags)?;
    let Some(id) = state.id.as_ref_option().cloned() else {
        diags.add_attribute_error(
            "The state of the policy has no ID",
            "Remove the resource from the state and import the policy.",
            AttributePath::root(),
        );
        return None;
    };
    match until_stopped(&context.cancel, find(&service.client, &id)).await {
        Ok(Ok(Some((policy, tags)))) => {
            state.refresh(&policy, tags.as_ref());
            state.set_region_and_project(service).await;
            // Terraform takes a changed identity for another object.
            let state = state.into_state(request.private, request.current_identity, diags)?;
            return Some(ReadResult::Found(state));
        }
        Ok(Ok(None)) => return Some(ReadResult::Gone),
        Ok(Err(error)) => {
            let failure = messages::failure("Cannot read the policy", &format!("Policy {id}"), &error);
            diags.errors.push(failure);
        }
        Err(_) => diags.add_attribute_error(
            "Interrupted while reading the policy",
            format!("Policy {id}: the state is unchanged."),
            AttributePath::root(),
        ),
    }
    None
}
