//! Creates, reads, updates and deletes policies.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    context::Context,
    list::{self as lists, ListResult},
    policy_body, policy_view, protect,
};
use crate::{
    PROVIDER_ID, Role, Status,
    check::{self, Checked},
    clock::stamp,
    objects::{Policy, PolicyResource},
    reply::{Answer, Reply},
    state::State,
};

const KEYS: [&str; 4] = ["created_at", "name", "status", "id"];

impl ListResult for Policy {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, name: &str) -> Option<String> {
        Some(match name {
            "created_at" => stamp(self.created_at),
            "name" => self.name.clone(),
            "status" => self.status().to_owned(),
            "id" => self.id.clone(),
            _ => return None,
        })
    }
}

/// `POST /policies`
pub(super) fn create(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let sent = sent(&body)?;
    let place = (context.project, context.call.region.as_deref().unwrap_or_default());
    let policy = make(state, place, context.now, &sent, Some(context.number))?;
    let answer = policy_view::made(&policy, &state.config);
    Ok(Reply::ok(json!({"policy": answer})))
}

/// Creates a policy from the body of a create call. `request` is the log number of the request, if there is one.
pub(crate) fn make(
    state: &mut State,
    (project, region): (&str, &str),
    now: Timestamp,
    sent: &Value,
    request: Option<u64>,
) -> Checked<Policy> {
    let name = check::required_text(sent, "name")?;
    check::name(name, "name")?;
    let description = described(sent)?;
    let provider = check::required_text(sent, "provider_id")?;
    if provider != PROVIDER_ID {
        return Err(Reply::parameter(format!("provider_id {provider} is not known")));
    }
    let parameters = match check::object(sent, "parameters")? {
        Some(parameters) => json!(parameters),
        None => return Err(Reply::parameter("parameters is required")),
    };
    check::object(&parameters, "common")?;
    let Some(resources) = check::list(sent, "resources")? else {
        return Err(Reply::parameter("resources is required"));
    };
    let Some(operations) = check::list(sent, "scheduled_operations")?.filter(|list| !list.is_empty()) else {
        return Err(Reply::parameter("scheduled_operations is required"));
    };
    let tags = match check::list(sent, "tags")? {
        Some(list) => check::tags(list)?,
        None => Vec::new(),
    };
    unique(state, project, name, None)?;
    let count = state
        .objects
        .policies
        .iter()
        .filter(|policy| policy.project_id == project)
        .count();
    let most = state.config.quotas.policies;
    if usize::try_from(most).is_ok_and(|most| count >= most) {
        return Err(Reply::csbs("CSBS.0001", "The number of policies reaches the limit."));
    }
    let resources = policy_body::resources(state, project, resources, None)?;
    let operations = policy_body::operations(state, now, operations, None)?;
    let policy = Policy {
        id: state.random.uuid(),
        project_id: project.to_owned(),
        region: region.to_owned(),
        name: name.to_owned(),
        description: description.flatten(),
        parameters,
        resources,
        operations,
        tags,
        created_at: now,
        request,
    };
    take_from_others(state, &policy.resources, &policy.id);
    state.objects.policies.push(policy.clone());
    Ok(policy)
}

/// Removes servers from their other policies, if the rules allow moving them: a server belongs to one policy only.
fn take_from_others(state: &mut State, resources: &[PolicyResource], own: &str) {
    for policy in state.objects.policies.iter_mut().filter(|policy| policy.id != own) {
        policy
            .resources
            .retain(|known| !resources.iter().any(|resource| resource.id == known.id));
    }
}

/// `GET /policies/{id}`
pub(super) fn get(state: &mut State, context: &Context<'_>) -> Answer {
    let index = index(state, context)?;
    Ok(shown(state, index))
}

/// `GET /policies`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    let all = matches!(context.call.query("all_tenants"), Some("1" | "true" | "True"));
    if all && context.caller.role != Role::Admin {
        return Err(Reply::nested("forbidden", 403, "Only administrators see all tenants."));
    }
    let name = context.call.query("name");
    let found = state
        .objects
        .policies
        .iter()
        .filter(|policy| all || policy.project_id == context.project)
        .filter(|policy| name.is_none_or(|name| policy.name == name))
        .collect();
    let page = lists::page(context.call, found, &KEYS, state.config.quirks)?;
    let policies: Vec<_> = page
        .elements
        .into_iter()
        .map(|policy| policy_view::policy(policy, &state.config))
        .collect();
    let mut body = Map::new();
    body.insert("policies".to_owned(), Value::Array(policies));
    if let Some(links) = page.next {
        body.insert("policies_links".to_owned(), links);
    }
    Ok(Reply::ok(Value::Object(body)))
}

/// `PUT /policies/{id}`
pub(super) fn update(state: &mut State, context: &Context<'_>) -> Answer {
    let index = index(state, context)?;
    let body = context.call.json()?;
    let sent = sent(&body)?;
    let id = state.objects.policies[index].id.clone();
    let name = check::text(&sent, "name")?;
    if let Some(name) = name {
        check::name(name, "name")?;
        unique(state, context.project, name, Some(&id))?;
    }
    let description = described(&sent)?;
    let resources = match check::list(&sent, "resources")? {
        Some(list) => Some(policy_body::resources(state, context.project, list, Some(&id))?),
        None => None,
    };
    let operations = match check::list(&sent, "scheduled_operations")? {
        Some(list) if list.is_empty() => return Err(Reply::parameter("scheduled_operations must not be empty")),
        Some(list) => {
            let known = state.objects.policies[index].operations.clone();
            Some(policy_body::operations(state, context.now, list, Some(&known))?)
        }
        None => None,
    };
    idle(state, &id)?;
    if let Some(resources) = &resources {
        take_from_others(state, resources, &id);
    }
    let policy = &mut state.objects.policies[index];
    if let Some(name) = name {
        policy.name = name.to_owned();
    }
    if let Some(description) = description {
        policy.description = description;
    }
    if let Some(resources) = resources {
        policy.resources = resources;
    }
    if let Some(operations) = operations {
        policy.operations = operations;
    }
    Ok(shown(state, index))
}

/// `DELETE /policies/{id}`. The backups of the policy stay.
pub(super) fn delete(state: &mut State, context: &Context<'_>) -> Answer {
    let index = index(state, context)?;
    idle(state, &state.objects.policies[index].id)?;
    state.objects.policies.remove(index);
    Ok(Reply::ok(json!({})))
}

/// Refuses a policy that is running.
pub(super) fn idle(state: &State, id: &str) -> Checked<()> {
    let running = state.objects.items.iter().find(|item| {
        item.policy_id.as_deref() == Some(id) && matches!(item.status, Status::WaitingProtect | Status::Protecting)
    });
    let Some(item) = running else {
        return Ok(());
    };
    // The error page marks 2001 as currently unused.
    let code = if protect::unused_codes(state, id) {
        "CSBS.2001"
    } else if item.auto_trigger {
        "CSBS.6030"
    } else {
        "CSBS.1001"
    };
    Err(Reply::csbs(code, "The policy is being executed."))
}

fn shown(state: &State, index: usize) -> Reply {
    let policy = &state.objects.policies[index];
    Reply::ok(json!({"policy": policy_view::policy(policy, &state.config)}))
}

fn index(state: &State, context: &Context<'_>) -> Checked<usize> {
    let id = context.rest.get(1).copied().unwrap_or_default();
    state
        .objects
        .policies
        .iter()
        .position(|policy| policy.id == id && policy.project_id == context.project)
        .ok_or_else(|| Reply::csbs("CSBS.3000", format!("Policy {id} does not exist.")))
}

fn sent(body: &Value) -> Checked<Value> {
    check::object(body, "policy")?
        .map(|policy| json!(policy))
        .ok_or_else(|| Reply::parameter("policy is required"))
}

/// Outer `None`: the member is absent. Inner `None`: the value is to be removed.
fn described(sent: &Value) -> Checked<Option<Option<String>>> {
    let Some(text) = check::text(sent, "description")? else {
        return Ok(None);
    };
    check::description(text)?;
    Ok(Some(Some(text.to_owned()).filter(|text| !text.is_empty())))
}

fn unique(state: &State, project: &str, name: &str, own: Option<&str>) -> Checked<()> {
    let taken = state
        .objects
        .policies
        .iter()
        .any(|policy| policy.project_id == project && policy.name == name && Some(policy.id.as_str()) != own);
    if taken {
        return Err(Reply::csbs("CSBS.9007", format!("The policy name {name} is taken.")));
    }
    Ok(())
}
