//! The protect action.

use serde_json::json;

use super::{
    checkpoint::{self, NewItem},
    context::Context,
};
use crate::{
    Quirks, Server,
    check::{self, Checked},
    objects::Checkpoint,
    random::pick,
    reply::{Answer, Reply},
    state::State,
};

/// `POST /providers/{provider_id}/resources/{resource_id}/action`
pub(super) fn protect(state: &mut State, context: &Context<'_>) -> Answer {
    let ["providers", _, "resources", server_id, "action"] = context.rest else {
        return Err(Reply::csbs("CSBS.9998", "Not supported."));
    };
    let body = context.call.json()?;
    let Some(protect) = check::object(&body, "protect")? else {
        return Err(Reply::parameter("protect is required"));
    };
    let protect = json!(protect);
    let name = check::text(&protect, "backup_name")?;
    if let Some(name) = name {
        check::name(name, "backup_name")?;
    }
    let description = check::text(&protect, "description")?;
    if let Some(description) = description {
        check::description(description)?;
    }
    let incremental = check::boolean(&protect, "incremental")?;
    let kind = check::text(&protect, "resource_type")?.unwrap_or("OS::Nova::Server");
    let tags = match check::list(&protect, "tags")? {
        Some(list) => check::tags(list)?,
        None => Vec::new(),
    };
    let extra_info = check::object(&protect, "extra_info")?.cloned().unwrap_or_default();
    if kind != "OS::Nova::Server" {
        return Err(Reply::csbs(
            "CSBS.6003",
            format!("Resource type {kind} cannot be backed up."),
        ));
    }
    let server = backable(state, context.project, server_id)?;
    idle(state, server_id)?;
    room(state, context.project, 1)?;

    let checkpoint = Checkpoint {
        id: state.random.uuid(),
        project_id: context.project.to_owned(),
        created_at: context.now,
        request: Some(context.number),
        policy_id: None,
        plan: json!({
            "id": format!("fake_{}", state.random.uuid()),
            "name": format!("server protect plan for {server_id}"),
            "resources": [{
                "id": server_id,
                "type": "OS::Nova::Server",
                "name": format!("resource_{server_id}"),
                "extra_info": extra_info,
            }],
        }),
    };
    let wanted = NewItem {
        project: context.project.to_owned(),
        region: context.call.region.clone().unwrap_or_default(),
        name: name.map(str::to_owned),
        description: description.filter(|text| !text.is_empty()).map(str::to_owned),
        incremental,
        tags,
        policy_id: None,
        auto_trigger: false,
    };
    checkpoint::start_item(state, &checkpoint.id, server, wanted, context.now);
    let answer = checkpoint::shown(state, &checkpoint);
    state.objects.checkpoints.push(checkpoint);
    Ok(Reply::ok(answer))
}

/// Returns a server if it can be backed up.
pub(super) fn backable(state: &State, project: &str, id: &str) -> Checked<Server> {
    let Some(server) = state.objects.server(project, id) else {
        return Err(Reply::csbs("CSBS.6000", format!("Server {id} does not exist.")));
    };
    match server.status.as_str() {
        "DELETED" | "SOFT_DELETED" => {
            return Err(Reply::csbs(
                "CSBS.6001",
                format!("Server {id} has been stopped or terminated."),
            ));
        }
        "ACTIVE" | "SHUTOFF" => {}
        status => {
            return Err(Reply::csbs(
                "CSBS.6006",
                format!("Server {id} cannot be backed up in the status {status}."),
            ));
        }
    }
    if let Some(code) = &server.refusal {
        return Err(Reply::csbs(code, format!("Server {id} cannot be backed up.")));
    }
    if server.disks.is_empty() {
        return Err(Reply::csbs("CSBS.6007", format!("Server {id} has no disk.")));
    }
    Ok(server.clone())
}

/// Refuses a server with a running operation.
pub(super) fn idle(state: &State, id: &str) -> Checked<()> {
    if let Some(item) = state.objects.running(id) {
        // The error page marks 1002 as currently unused.
        let code = if item.policy_id.is_some() && unused_codes(state, id) {
            "CSBS.1002"
        } else {
            "CSBS.1001"
        };
        return Err(Reply::csbs(code, format!("Server {id} is being backed up.")));
    }
    if state.objects.restoring(id) {
        return Err(Reply::csbs("CSBS.6005", format!("Server {id} is being restored.")));
    }
    Ok(())
}

/// Returns `true` if errors for this ID have a code that the error page marks as currently unused. Some IDs do in the mix.
pub(super) fn unused_codes(state: &State, id: &str) -> bool {
    state.config.quirks != Quirks::Tidy && pick(id, "unused_codes", 2) == 1
}

/// Refuses backups beyond the quotas.
pub(super) fn room(state: &State, project: &str, more: usize) -> Checked<()> {
    let quotas = state.config.quotas;
    let items = state.objects.items.iter().filter(|item| item.project_id == project);
    let (count, megabytes) = items.fold((0, 0), |(count, size), item| (count + 1, size + item.size()));
    let full = quotas.backups >= 0 && count + more as i64 > quotas.backups;
    let fat = quotas.capacity >= 0 && megabytes / 1024 >= quotas.capacity.unsigned_abs();
    if full || fat {
        return Err(Reply::csbs("CSBS.9006", "The quota of backups is exceeded."));
    }
    Ok(())
}
