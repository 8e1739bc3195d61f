//! Deletes a policy.

use otc_client::operation::{OperationContext, policy, until_stopped};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics};
use tokio::time::{Instant, timeout_at};

use crate::{
    diagnostics::error_summary,
    duration::show,
    timeouts::{self, Timeouts},
};

use super::{messages, model::PolicyModel};

/// Deletes the policy. Its backups stay.
pub async fn delete(service: &OperationContext, context: &Context, state: &PolicyModel, diags: &mut Diagnostics) {
    const SUMMARY: &str = "Cannot delete the policy";
    let Some(id) = state.id.as_deref_option() else { return };
    let timeout = Timeouts::delete(&state.timeouts).unwrap_or(timeouts::DEFAULT);
    let deadline = Instant::now() + timeout;
    let mut last_error = None;
    let deletion = timeout_at(
        deadline,
        policy::delete_until_gone(&service.client, id, deadline, &mut last_error),
    );
    let result = until_stopped(&context.cancel, deletion).await;
    service.policies.invalidate();
    match result {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(Some(error)))) => {
            diags
                .errors
                .push(messages::failure(SUMMARY, &format!("Policy {id}"), &error));
        }
        Ok(_) => diags.add_attribute_error(
            "The policy was not deleted in time",
            format!(
                "Policy {id} still exists after {}.{} Destroy it again later, or raise timeouts.delete.",
                show(timeout),
                last_error.map_or_else(String::new, |error| format!(
                    " The last check failed: {}",
                    error_summary(&error)
                ))
            ),
            AttributePath::new("timeouts").attribute("delete"),
        ),
        Err(_) => messages::interrupted(id, "deleting", diags),
    }
}
