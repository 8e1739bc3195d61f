//! Updates and deletes a policy.

use tokio::time::{Instant, timeout_at};

use crate::{backup::model::tags, diagnostic::facts, duration::show, timeouts};
use otc_client::{
    csbs::{ApiError, Client, Policy, PolicyUpdate, TagKind, Tags},
    operation::{
        OperationContext,
        policy::{self, retry_while_busy},
        until_stopped,
    },
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, NewState, RawValue, Update};

use super::{create::complete, identity, messages, model, read, request};

const UPDATE: &str = "Cannot change the policy";

/// Changes what the service can change in place, with as few calls as it takes.
pub async fn update(
    service: &OperationContext,
    context: &Context,
    plan: Update,
    diags: &mut Diagnostics,
) -> Option<NewState> {
    let (prior, mut state) = (plan.prior_state, plan.planned_state);
    let id = prior.get("id").as_str().unwrap_or_default().to_owned();
    let identity = plan.planned_identity.or_else(|| identity::of(&prior));
    let wanted = request::update(&prior, &state);
    let operations = wanted
        .as_ref()
        .and_then(|wanted| wanted.scheduled_operations.as_ref())
        .map_or(0, Vec::len);
    let (before, after) = (tags(prior.get("tags")), tags(state.get("tags")));
    let limit = timeouts::limit(&state, "update");
    let deadline = Instant::now() + limit;
    let work = change(&service.client, &id, wanted.as_ref(), (&before, &after), deadline);
    let changed = until_stopped(&context.cancel, timeout_at(deadline, work)).await;
    let changed = match changed {
        Ok(Ok(Ok(changed))) => changed,
        failed => {
            match failed {
                Ok(Ok(Err(error))) => {
                    diags
                        .errors
                        .push(messages::refusal(UPDATE, &format!("Policy {id}"), &error, operations));
                }
                Ok(_) => diags.add_attribute_error(
                    UPDATE,
                    format!(
                        "Policy {id}: it was not done within {}. Raise timeouts.update.",
                        show(limit)
                    ),
                    AttributePath::new("timeouts").attribute("update"),
                ),
                Err(_) => messages::stopped(&id, "changed", diags),
            }
            return partly(service, context, prior, &id, plan.planned_private, identity).await;
        }
    };
    let seen = match changed {
        Some(policy) => {
            let policy = complete(service, context, policy).await;
            messages::dropped_operations(operations, &policy, diags);
            policy
        }
        None => unchanged(&prior),
    };
    model::settle(&mut state, &seen);
    Some(NewState {
        state,
        private: plan.planned_private,
        identity,
    })
}

/// What is known of a policy that was not sent to the service.
fn unchanged(prior: &RawValue) -> Policy {
    let text = |name: &str| prior.get(name).as_str();
    let policy = serde_json::json!({
        "id": text("id"), "status": text("status"), "created_at": text("created_at"), "project_id": text("project_id"),
    });
    serde_json::from_value(policy).unwrap_or_else(|_| Policy {
        id: text("id").unwrap_or_default().to_owned(),
        name: None,
        description: None,
        provider_id: None,
        parameters: None,
        resources: Vec::new(),
        scheduled_operations: Vec::new(),
        tags: None,
        status: None,
        created_at: None,
        project_id: None,
    })
}

/// Sends what is different: the policy first, then tags that go, then tags that come, so that ten can be exchanged for ten.
async fn change(
    client: &Client,
    id: &str,
    wanted: Option<&PolicyUpdate>,
    (before, after): (&Tags, &Tags),
    deadline: Instant,
) -> Result<Option<Policy>, ApiError> {
    let changed = match wanted {
        Some(wanted) => Some(retry_while_busy(deadline, || client.update_policy(id, wanted)).await?),
        None => None,
    };
    let gone: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
    let new: Tags = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    retry_while_busy(deadline, || client.remove_tags(TagKind::Policy, id, &gone)).await?;
    retry_while_busy(deadline, || client.add_tags(TagKind::Policy, id, &new)).await?;
    Ok(changed)
}

/// The state after a change that did not get to its end: the policy as it is, when that can be told.
async fn partly(
    service: &OperationContext,
    context: &Context,
    mut state: RawValue,
    id: &str,
    private: Vec<u8>,
    identity: Option<RawValue>,
) -> Option<NewState> {
    let (policy, tags) = until_stopped(&context.cancel, read::look(&service.client, id))
        .await
        .ok()?
        .ok()??;
    model::refresh(&mut state, &policy, tags.as_ref());
    Some(NewState {
        state,
        private,
        identity,
    })
}

/// Deletes the policy. The backups that it has made stay.
pub async fn delete(service: &OperationContext, context: &Context, state: &RawValue, diags: &mut Diagnostics) {
    const SUMMARY: &str = "Cannot delete the policy";
    let Some(id) = state.get("id").as_str() else { return };
    let limit = timeouts::limit(state, "delete");
    let deadline = Instant::now() + limit;
    let mut last = None;
    let work = timeout_at(
        deadline,
        policy::delete_until_gone(&service.client, id, deadline, &mut last),
    );
    let done = until_stopped(&context.cancel, work).await;
    match done {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(Some(error)))) => {
            diags
                .errors
                .push(messages::failure(SUMMARY, &format!("Policy {id}"), &error));
        }
        Ok(_) => diags.add_attribute_error(
            "The policy was not deleted in time",
            format!(
                "Policy {id} is not gone after {}.{} Destroy it again later, or raise timeouts.delete.",
                show(limit),
                last.map_or_else(String::new, |error| format!(" The last look failed: {}", facts(&error)))
            ),
            AttributePath::new("timeouts").attribute("delete"),
        ),
        Err(_) => messages::stopped(id, "deleted", diags),
    }
}
