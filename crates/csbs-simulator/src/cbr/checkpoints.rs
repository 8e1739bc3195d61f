//! Creates checkpoints ("restore points"), and shows them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body,
    config::{AllServersSkipped, EmptyCheckpoint, PartialFailure},
    objects::{Association, BackupStatus, Checkpoint, Vault, VaultStatus},
    query,
    refusal::{forbidden, parameter, refusal},
    rough,
    run::{self, NewRun},
    servers::{self, Named, Request, Skipped},
    times::written,
    vaults,
};
use crate::{
    api::Context,
    check::Checked,
    reply::{Answer, Reply},
    state::State,
};

#[derive(Deserialize)]
struct Body {
    checkpoint: NewCheckpoint,
}

#[derive(Deserialize)]
struct NewCheckpoint {
    vault_id: String,
    parameters: Option<Parameters>,
}

#[derive(Default, Deserialize)]
struct Parameters {
    name: Option<String>,
    description: Option<String>,
    incremental: Option<bool>,
    auto_trigger: Option<bool>,
    resources: Option<Vec<String>>,
    resource_details: Option<Vec<Detail>>,
}

#[derive(Deserialize)]
struct Detail {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    extra_info: Option<ExtraInfo>,
}

#[derive(Deserialize)]
struct ExtraInfo {
    exclude_volumes: Option<Vec<String>>,
}

/// `POST /checkpoints`
pub(super) fn create(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let Body { checkpoint: wanted } = body::read(state, context.call)?;
    body::check_id(&wanted.vault_id, "vault_id")?;
    let vault = state
        .cbr
        .vault(context.project, &wanted.vault_id)
        .ok_or_else(|| vaults::missing(&wanted.vault_id))?
        .clone();
    let parameters = wanted.parameters.unwrap_or_default();
    if let Some(name) = &parameters.name {
        body::check_name(name)?;
    }
    let description = parameters.description.clone();
    if let Some(description) = &description {
        check_description(state, description)?;
    }
    let run = NewRun {
        project: context.project.to_owned(),
        name: parameters.name.clone(),
        description: description.clone().filter(|text| !text.is_empty()),
        incremental: parameters.incremental,
        auto_trigger: parameters.auto_trigger.unwrap_or(false),
        request: Some(context.number),
    };
    let request = Request::of(state, listed(state, &vault, parameters)?)?;
    check_vault(state, &vault)?;
    let selection = servers::choose(state, context.project, &vault, &request)?;
    let nothing = state.config.cbr.all_servers_skipped == AllServersSkipped::NothingToBackUp;
    if selection.chosen.is_empty() && (nothing || selection.skipped.is_empty()) {
        return Err(refusal("0001", "No resource can be backed up."));
    }
    let skipped: Vec<_> = selection.skipped.iter().map(skipped_view).collect();
    let checkpoint = run::start(state, &vault, selection, &run, context.now);
    let mut view = common_view(state, &checkpoint, "protecting", true);
    view["vault"]["skipped_resources"] = json!(skipped);
    view["extra_info"] = json!({
        "name": run.name.unwrap_or_default(),
        "description": description.unwrap_or_default(),
        "retention_duration": -1,
    });
    Ok(Reply::ok(json!({"checkpoint": finish_view(state, &checkpoint, view)})))
}

/// Returns the list of servers with excluded disks; `None` if the request has no list.
fn listed(state: &State, vault: &Vault, parameters: Parameters) -> Checked<Option<Vec<Named>>> {
    let list = match (parameters.resources, parameters.resource_details) {
        (Some(_), Some(_)) if state.config.strict => {
            return Err(parameter("only one of resources and resource_details may be sent"));
        }
        (_, Some(details)) => details_of(vault, details)?,
        (Some(ids), None) => ids.into_iter().map(Named::with_all_disks).collect(),
        (None, None) => return Ok(None),
    };
    for (index, Named { id, .. }) in list.iter().enumerate() {
        body::check_id(id, "the ID of a resource")?;
        if list.iter().take(index).any(|other| other.id == *id) {
            return Err(refusal("6104", format!("The resource {id} occurs twice.")));
        }
    }
    Ok(Some(list))
}

fn details_of(vault: &Vault, details: Vec<Detail>) -> Checked<Vec<Named>> {
    if details.len() > 256 {
        return Err(parameter("resource_details must have at most 256 elements"));
    }
    let kind = match vault.object_type.as_str() {
        "disk" => "OS::Cinder::Volume",
        "turbo" => "OS::Sfs::Turbo",
        _ => "OS::Nova::Server",
    };
    let mut list = Vec::with_capacity(details.len());
    for detail in details {
        if !["OS::Nova::Server", "OS::Cinder::Volume", "OS::Sfs::Turbo"].contains(&detail.kind.as_str()) {
            return Err(parameter(format!("unknown resource type {}", detail.kind)));
        }
        if detail.kind != kind {
            return Err(refusal(
                "6102",
                format!("The vault does not hold resources of the type {}.", detail.kind),
            ));
        }
        if detail.name.is_some_and(|name| name.chars().count() > 255) {
            return Err(parameter("the name of a resource must have at most 255 characters"));
        }
        let excluded = detail
            .extra_info
            .and_then(|info| info.exclude_volumes)
            .unwrap_or_default();
        for disk in &excluded {
            body::check_id(disk, "exclude_volumes")?;
        }
        list.push(Named {
            id: detail.id,
            excluded,
        });
    }
    Ok(list)
}

fn check_description(state: &State, text: &str) -> Checked<()> {
    if text.chars().count() > 255 {
        return Err(parameter("description must have at most 255 characters"));
    }
    // Known from the sister service only.
    if state.config.strict && text.contains(['<', '>']) {
        return Err(parameter("description must not contain '<' or '>'"));
    }
    Ok(())
}

/// Refuses a vault that takes no backups now.
fn check_vault(state: &State, vault: &Vault) -> Checked<()> {
    if vault.protect_type != "backup" {
        return Err(refusal("6124", format!("The vault {} holds replicas only.", vault.id)));
    }
    match vault.status {
        VaultStatus::Available | VaultStatus::Lock => {}
        VaultStatus::Frozen => return Err(refusal("6112", format!("The vault {} is frozen.", vault.id))),
        VaultStatus::Deleting | VaultStatus::Error => {
            let status = vault.status.name();
            return Err(refusal(
                "6113",
                format!("The vault {} cannot be used in the status {status}.", vault.id),
            ));
        }
    }
    if vault.is_full(state.cbr.used(&vault.id, None)) {
        return Err(refusal(
            "6114",
            format!("The capacity of the vault {} is exceeded.", vault.id),
        ));
    }
    Ok(())
}

/// `GET /checkpoints/{id}`
pub(super) fn get(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    if state.config.cbr.checkpoint_forbidden {
        return Err(forbidden("cbr:vaults:get"));
    }
    let id = vaults::path_id(state, context)?;
    let missing = || refusal("6217", format!("The checkpoint {id} does not exist."));
    let checkpoint = state
        .cbr
        .checkpoints
        .iter()
        .find(|checkpoint| checkpoint.id == id && checkpoint.project_id == context.project)
        .ok_or_else(missing)?;
    let status = status(state, checkpoint).ok_or_else(missing)?;
    let view = common_view(state, checkpoint, status, false);
    Ok(Reply::ok(json!({"checkpoint": finish_view(state, checkpoint, view)})))
}

/// Returns the status of a checkpoint, which follows from its backups; `None` if it is gone.
fn status(state: &State, checkpoint: &Checkpoint) -> Option<&'static str> {
    let config = &state.config.cbr;
    let statuses: Vec<_> = state
        .cbr
        .backups
        .iter()
        .filter(|backup| backup.checkpoint_id == checkpoint.id)
        .map(|backup| backup.status)
        .collect();
    let failed = statuses.iter().filter(|status| **status == BackupStatus::Error).count();
    Some(if statuses.is_empty() && checkpoint.servers.is_empty() {
        // A run that skipped all its servers.
        "error"
    } else if statuses.is_empty() {
        match config.empty_checkpoint {
            EmptyCheckpoint::Gone => return None,
            EmptyCheckpoint::Kept => "deleted",
        }
    } else if statuses.iter().any(|status| status.is_being_made()) {
        "protecting"
    } else if statuses.iter().all(|status| status.is_being_deleted()) {
        "deleting"
    } else if failed == statuses.len() || (failed > 0 && config.partial_failure == PartialFailure::Error) {
        "error"
    } else {
        "available"
    })
}

/// Returns the members that both calls show. In the response to the run, the servers are not protected yet.
fn common_view(state: &State, checkpoint: &Checkpoint, status: &str, new: bool) -> Value {
    let rough = state.config.cbr.rough.checkpoints;
    let resources: Vec<_> = checkpoint
        .servers
        .iter()
        .map(|server| resource_view(state, checkpoint, server, new))
        .collect();
    json!({
        "id": checkpoint.id,
        "project_id": checkpoint.project_id,
        "status": status,
        "created_at": written(checkpoint.created_at, rough, &checkpoint.id, "created_at"),
        "vault": {
            "id": checkpoint.vault_id,
            "name": checkpoint.vault_name,
            "resources": resources,
        },
    })
}

fn finish_view(state: &State, checkpoint: &Checkpoint, mut view: Value) -> Value {
    if state.config.cbr.rough.checkpoints {
        rough::roughen(&mut view, &checkpoint.id);
    }
    view
}

/// Returns a server of a checkpoint. Its sizes are strings, unlike those of the vault.
fn resource_view(state: &State, checkpoint: &Checkpoint, server: &Association, new: bool) -> Value {
    let running = !new && state.cbr.running_backup(&server.id).is_some();
    let finished = state.cbr.backups.iter().filter(|backup| {
        backup.vault_id == checkpoint.vault_id && backup.server.id == server.id && !backup.status.is_being_made()
    });
    json!({
        "id": server.id,
        "type": server.kind,
        "name": server.name,
        "protect_status": if running { "protecting" } else { "available" },
        "resource_size": server.size.to_string(),
        "backup_size": state.cbr.used(&checkpoint.vault_id, Some(&server.id)).to_string(),
        "backup_count": finished.count().to_string(),
        "extra_info": {},
    })
}

fn skipped_view(skipped: &Skipped) -> Value {
    json!({
        "id": skipped.id,
        "type": "OS::Nova::Server",
        "name": skipped.name,
        "code": skipped.code,
        "reason": skipped.reason,
    })
}
