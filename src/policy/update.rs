//! Updates a policy in place.

use otc_client::{
    csbs::{ApiError, Client, Policy, PolicyUpdate, TagKind, Tags},
    operation::{OperationContext, policy::retry_while_busy, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, NewState, Update};
use tokio::time::{Instant, timeout_at};

use crate::{
    duration::show,
    timeouts::{self, Timeouts},
};

use super::{create::complete, membership, messages, model::PolicyModel, read, request};

const SUMMARY: &str = "Cannot update the policy";

/// Updates the policy with as few calls as possible.
pub async fn update(
    service: &OperationContext,
    context: &Context,
    plan: Update,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let prior: PolicyModel = plan.prior_state.to_model(diags)?;
    let mut state: PolicyModel = plan.planned_state.to_model(diags)?;
    let change = Change {
        client: &service.client,
        id: prior.id(),
        request: request::update(&prior, &state),
        prior_tags: prior.tags(),
        planned_tags: state.tags(),
    };
    let sent = change.operation_count();
    let timeout = Timeouts::update(&state.timeouts).unwrap_or(timeouts::DEFAULT);
    let deadline = Instant::now() + timeout;
    let result = until_stopped(&context.cancel, timeout_at(deadline, change.send(deadline))).await;
    service.policies.invalidate();
    match result {
        Ok(Ok(Ok(Some(answer)))) => {
            let policy = complete(service, context, answer).await;
            messages::dropped_operations(sent, &policy, diags);
            state.resolve_unknowns(&policy);
            return state.into_state(plan.planned_private, plan.planned_identity, diags);
        }
        Ok(Ok(Ok(None))) => {
            state.keep_computed(&prior);
            return state.into_state(plan.planned_private, plan.planned_identity, diags);
        }
        Ok(Ok(Err(error))) => {
            let subject = format!("Policy {}", prior.id());
            diags.errors.push(messages::refusal(SUMMARY, &subject, &error, sent));
            membership::explain(service, context, Some(prior.id()), state.server_ids(), &error, diags).await;
        }
        Ok(Err(_)) => diags.add_attribute_error(
            SUMMARY,
            format!(
                "Policy {}: the update did not finish within {}. Raise timeouts.update.",
                prior.id(),
                show(timeout)
            ),
            AttributePath::new("timeouts").attribute("update"),
        ),
        Err(_) => messages::interrupted(prior.id(), "updating", diags),
    }
    // The state after an update that failed halfway is the policy as it is now, if it can be read.
    let mut state = prior.clone();
    let found = until_stopped(&context.cancel, read::find(&service.client, prior.id())).await;
    let (policy, tags) = found.ok()?.ok()??;
    state.refresh(&policy, tags.as_ref());
    state.into_state(plan.planned_private, plan.planned_identity, diags)
}

/// What an update sends.
struct Change<'a> {
    client: &'a Client,
    id: &'a str,
    request: Option<PolicyUpdate>,
    prior_tags: Tags,
    planned_tags: Tags,
}

impl Change<'_> {
    /// Number of scheduled operations in the request.
    fn operation_count(&self) -> usize {
        let operations = self
            .request
            .as_ref()
            .and_then(|request| request.scheduled_operations.as_ref());
        operations.map_or(0, Vec::len)
    }

    /// Sends the policy first, then removes tags, then adds tags, so that ten tags can be exchanged for ten others. Returns
    /// the answer when the policy was sent.
    async fn send(&self, deadline: Instant) -> Result<Option<Policy>, ApiError> {
        let (client, id) = (self.client, self.id);
        let answer = match &self.request {
            Some(request) => Some(retry_while_busy(deadline, || client.update_policy(id, request)).await?),
            None => None,
        };
        let (before, after) = (&self.prior_tags, &self.planned_tags);
        let removed: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
        let added: Tags = after
            .iter()
            .filter(|(key, value)| before.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        retry_while_busy(deadline, || client.remove_tags(TagKind::Policy, id, &removed)).await?;
        retry_while_busy(deadline, || client.add_tags(TagKind::Policy, id, &added)).await?;
        Ok(answer)
    }
}
