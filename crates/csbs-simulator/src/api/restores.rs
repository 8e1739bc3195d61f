//! Restores servers from backups.

use serde_json::{Value, json};

use super::context::Context;
use crate::{
    PROVIDER_ID, Status,
    check::{self, Checked},
    clock::later,
    objects::Step,
    random::pick,
    reply::{Answer, Reply},
    state::State,
};

/// `POST /restores`
pub(super) fn restore(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let Some(restore) = check::member(&body, "restore").filter(|restore| restore.is_object()) else {
        return Err(Reply::parameter("restore is required"));
    };
    let provider = check::required_text(restore, "provider_id")?;
    if provider != PROVIDER_ID {
        return Err(Reply::parameter(format!("provider_id {provider} is not known")));
    }
    let checkpoint = check::required_text(restore, "checkpoint_id")?;
    let target = check::text(restore, "restore_target")?;
    let Some(parameters) = check::member(restore, "parameters").filter(|value| value.is_object()) else {
        return Err(Reply::parameter("parameters is required"));
    };
    let item_id = check::required_text(parameters, "checkpoint_item_id")?;
    if check::boolean(parameters, "power_on")?.is_none() && state.config.strict {
        return Err(Reply::parameter("power_on is required"));
    }
    let Some(targets) = check::member(parameters, "targets").filter(|value| value.is_object()) else {
        return Err(Reply::parameter("targets is required"));
    };
    let server = check::required_text(targets, "server_id")?;
    let Some(volumes) = check::list(targets, "volumes")? else {
        return Err(Reply::parameter("volumes is required"));
    };
    let belongs = state
        .objects
        .visible(context.project, context.now)
        .any(|item| item.id == item_id && item.checkpoint_id == checkpoint);
    if !belongs {
        return Err(super::items::missing(item_id));
    }
    check(state, context, item_id, server, "OS::Nova::Server", volumes)?;

    let waiting = state.clock.scale(state.config.timing.restore_waiting);
    let planned = state.objects.take_failure("restore", server);
    if let Some(item) = state.objects.item_mut(item_id) {
        item.status = Status::WaitingRestore;
        item.updated_at = context.now;
        item.restore_target = Some(server.to_owned());
        item.planned_failure = planned;
        item.failure = None;
        item.step = Some(Step {
            from: context.now,
            at: later(context.now, waiting),
        });
    }
    let id = state.random.uuid();
    let resource = format!("OS::Nova::Server#{server}");
    let status = match pick(&id, "resources_status", 2) {
        1 if state.config.quirks != crate::Quirks::Tidy => json!("RESTORING"),
        _ => json!({resource: "restoring"}),
    };
    Ok(Reply::ok(json!({"restore": {
        "id": id,
        "checkpoint_id": checkpoint,
        "project_id": context.project,
        "provider_id": provider,
        "parameters": parameters,
        "restore_target": target,
        "status": "in_progress",
        "resources_status": status,
        "resources_reason": {},
    }})))
}

/// Checks whether an item can be restored with this mapping.
pub(super) fn check(
    state: &State,
    context: &Context<'_>,
    item_id: &str,
    server_id: &str,
    kind: &str,
    mapping: &[Value],
) -> Checked<()> {
    let Some(item) = state
        .objects
        .visible(context.project, context.now)
        .find(|item| item.id == item_id)
    else {
        return Err(super::items::missing(item_id));
    };
    if item.status != Status::Available {
        return Err(Reply::csbs(
            "CSBS.4000",
            format!(
                "Backup {item_id} cannot be restored in the status {}.",
                item.status.name()
            ),
        ));
    }
    if kind != "OS::Nova::Server" {
        return Err(Reply::csbs("CSBS.6013", format!("{kind} cannot be restored.")));
    }
    let Some(server) = state.objects.server(context.project, server_id) else {
        return Err(Reply::csbs("CSBS.6000", format!("Server {server_id} does not exist.")));
    };
    if state.objects.restoring(server_id) || state.objects.running(server_id).is_some() {
        return Err(Reply::csbs(
            "CSBS.6015",
            format!("Server {server_id} is being restored or backed up."),
        ));
    }
    if server.disks.is_empty() {
        return Err(Reply::csbs("CSBS.6020", format!("Server {server_id} has no disk.")));
    }
    let mut mapped: Vec<(&str, &str)> = Vec::with_capacity(mapping.len());
    for pair in mapping {
        let backup = check::required_text(pair, "backup_id")?;
        let volume = check::required_text(pair, "volume_id")?;
        if mapped.iter().any(|(b, v)| *b == backup || *v == volume) {
            return Err(Reply::parameter("a backup or a disk is mapped twice"));
        }
        mapped.push((backup, volume));
        let Some(part) = item.volumes.iter().find(|part| part.id == backup) else {
            return Err(Reply::csbs(
                "CSBS.6017",
                format!("Disk backup {backup} is not in backup {item_id}."),
            ));
        };
        let Some(disk) = server.disks.iter().find(|disk| disk.id == volume) else {
            return Err(Reply::csbs(
                "CSBS.6014",
                format!("Disk {volume} is not attached to {server_id}."),
            ));
        };
        if disk.bootable && !part.bootable {
            return Err(Reply::csbs(
                "CSBS.6023",
                format!("The data disk backup {backup} cannot be restored onto the system disk {volume}."),
            ));
        }
        if disk.size < part.source_volume_size {
            return Err(Reply::csbs(
                "CSBS.6024",
                format!("Disk {volume} is smaller than backup {backup}."),
            ));
        }
    }
    if mapped.len() < item.volumes.len() {
        return Err(Reply::csbs("CSBS.6018", "All disk backups must be mapped."));
    }
    Ok(())
}
