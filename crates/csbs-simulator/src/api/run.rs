//! Runs policies, on request and by schedule.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    checkpoint::{self, NewItem},
    context::Context,
    policies, protect,
};
use crate::{
    Server,
    check::{self, Checked},
    objects::{Checkpoint, Policy},
    reply::{Answer, Reply},
    state::State,
};

/// `POST /providers/{provider_id}/checkpoints`
pub(super) fn run(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let Some(sent) = check::member(&body, "checkpoint").filter(|value| value.is_object()) else {
        return Err(Reply::parameter("checkpoint is required"));
    };
    let plan = check::required_text(sent, "plan_id")?;
    let parameters = check::object(sent, "parameters")?.map_or_else(|| json!({}), |parameters| json!(parameters));
    check::boolean(&parameters, "auto_trigger")?;
    let wanted = match check::list(&parameters, "resources")? {
        None => None,
        Some(list) => Some(ids(list)?),
    };
    let policy = state
        .objects
        .policies
        .iter()
        .find(|policy| policy.id == plan && policy.project_id == context.project)
        .cloned()
        .ok_or_else(|| Reply::csbs("CSBS.3000", format!("Policy {plan} does not exist.")))?;
    policies::idle(state, &policy.id)?;
    if let Some(stranger) = wanted
        .iter()
        .flatten()
        .find(|id| !policy.resources.iter().any(|resource| resource.id == **id))
    {
        return Err(Reply::parameter(format!("server {stranger} is not in the policy")));
    }
    let meant = |id: &str| wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == id));
    let chosen: Vec<String> = policy
        .resources
        .iter()
        .filter(|resource| meant(&resource.id))
        .map(|resource| resource.id.clone())
        .collect();
    if chosen.is_empty() {
        return Err(Reply::csbs("CSBS.6032", "The policy has nothing to back up."));
    }
    let mut servers = Vec::with_capacity(chosen.len());
    for id in &chosen {
        servers.push(protect::backable(state, context.project, id)?);
        protect::idle(state, id)?;
    }
    protect::room(state, context.project, servers.len())?;
    let checkpoint = start(state, &policy, servers, context.now, Some(context.number));
    let answer = checkpoint::shown(state, &checkpoint);
    Ok(Reply::ok(answer))
}

/// Runs a policy by schedule, without the servers that cannot be backed up.
pub(crate) fn scheduled(state: &mut State, policy: usize, operation: usize, at: Timestamp) {
    let Some(one) = state
        .objects
        .policies
        .get_mut(policy)
        .and_then(|policy| policy.operations.get_mut(operation))
    else {
        return;
    };
    one.next_run = one.schedule.next(at, one.start_time);
    let Some(policy) = state.objects.policies.get(policy).cloned() else {
        return;
    };
    let servers: Vec<_> = policy
        .resources
        .iter()
        .filter_map(|resource| protect::backable(state, &policy.project_id, &resource.id).ok())
        .filter(|server| protect::idle(state, &server.id).is_ok())
        .collect();
    if !servers.is_empty() && protect::room(state, &policy.project_id, servers.len()).is_ok() {
        start(state, &policy, servers, at, None);
    }
}

fn start(state: &mut State, policy: &Policy, servers: Vec<Server>, now: Timestamp, request: Option<u64>) -> Checkpoint {
    let resources: Vec<Value> = policy
        .resources
        .iter()
        .filter(|resource| servers.iter().any(|server| server.id == resource.id))
        .map(|resource| {
            json!({
                "id": resource.id,
                "type": resource.kind,
                "name": resource.name,
                "extra_info": resource.extra_info.to_string(),
            })
        })
        .collect();
    let checkpoint = Checkpoint {
        id: state.random.uuid(),
        project_id: policy.project_id.clone(),
        created_at: now,
        request,
        policy_id: Some(policy.id.clone()),
        plan: json!({"id": policy.id, "name": policy.name, "resources": resources}),
    };
    for server in servers {
        let prefix = if request.is_some() { "manualbk" } else { "autobk" };
        let name = format!("{prefix}_{}", state.random.hex().get(..8).unwrap_or_default());
        let wanted = NewItem {
            project: policy.project_id.clone(),
            region: policy.region.clone(),
            name: Some(name),
            description: None,
            incremental: None,
            tags: policy.tags.clone(),
            policy_id: Some(policy.id.clone()),
            auto_trigger: request.is_none(),
        };
        checkpoint::start_item(state, &checkpoint.id, server, wanted, now);
    }
    state.objects.checkpoints.push(checkpoint.clone());
    checkpoint
}

fn ids(list: &[Value]) -> Checked<Vec<String>> {
    list.iter()
        .map(|id| match id {
            Value::String(id) => Ok(id.clone()),
            _ => Err(Reply::parameter("resources must be a list of server ids")),
        })
        .collect()
}
