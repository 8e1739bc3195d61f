//! Adds servers to vaults, removes them with their backups, and moves them to other vaults.

use serde::Deserialize;
use serde_json::json;

use super::{
    body,
    objects::{Association, BackupStatus, MAX_RESOURCES, Removal, Span, Task, TaskKind, Vault, VaultStatus},
    query,
    refusal::{parameter, refusal},
    vaults,
};
use crate::{
    api::Context,
    check::Checked,
    clock::later,
    reply::{Answer, Reply},
    state::State,
};

/// Resource in a request.
#[derive(Deserialize)]
pub(super) struct NewResource {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// The name follows from the server.
    #[serde(rename = "name")]
    _name: Option<String>,
    extra_info: Option<ExtraInfo>,
}

#[derive(Deserialize)]
struct ExtraInfo {
    exclude_volumes: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Added {
    resources: Vec<NewResource>,
}

#[derive(Deserialize)]
struct Removed {
    resource_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Moved {
    destination_vault_id: String,
    resource_ids: Vec<String>,
}

/// `POST /vaults/{id}/addresources`
pub(super) fn add(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let Added { resources } = body::read(state, context.call)?;
    check_count(resources.len())?;
    let vault = vaults::find(state, context)?.clone();
    check_usable(&vault)?;
    let added = associations(state, context.project, &vault, resources)?;
    let ids: Vec<_> = added.iter().map(|resource| resource.id.clone()).collect();
    if let Some(vault) = state.cbr.vault_mut(&vault.id) {
        vault.resources.extend(added);
    }
    Ok(Reply::ok(json!({"add_resource_ids": ids})))
}

fn check_count(count: usize) -> Checked<()> {
    if (1..=MAX_RESOURCES).contains(&count) {
        Ok(())
    } else {
        Err(parameter(format!("1 to {MAX_RESOURCES} resources are possible")))
    }
}

/// Refuses a vault whose resources cannot change now.
fn check_usable(vault: &Vault) -> Checked<()> {
    match vault.status {
        VaultStatus::Available | VaultStatus::Lock => Ok(()),
        VaultStatus::Frozen => Err(refusal("6112", format!("The vault {} is frozen.", vault.id))),
        VaultStatus::Deleting | VaultStatus::Error => Err(refusal(
            "6113",
            format!(
                "The vault {} cannot be changed in the status {}.",
                vault.id,
                vault.status.name()
            ),
        )),
    }
}

/// Returns new associations of a vault.
///
/// # Errors
/// If one of them is not possible; then none is added.
pub(super) fn associations(
    state: &State,
    project: &str,
    vault: &Vault,
    resources: Vec<NewResource>,
) -> Checked<Vec<Association>> {
    if vault.resources.len() + resources.len() > MAX_RESOURCES {
        return Err(refusal("6100", "The vault has too many resources."));
    }
    let mut added: Vec<Association> = Vec::with_capacity(resources.len());
    for resource in resources {
        let association = association(state, project, vault, resource)?;
        if added.iter().any(|other| other.id == association.id) {
            return Err(refusal(
                "6104",
                format!("The resource {} occurs twice.", association.id),
            ));
        }
        added.push(association);
    }
    let size: u64 = added.iter().map(|resource| resource.size).sum();
    if vault.allocated() + size > vault.size {
        return Err(refusal("6108", "The resources are larger than the vault."));
    }
    Ok(added)
}

fn association(state: &State, project: &str, vault: &Vault, resource: NewResource) -> Checked<Association> {
    let id = &resource.id;
    body::check_id(id, "the ID of a resource")?;
    if resource.kind != "OS::Nova::Server" || vault.object_type != "server" {
        return Err(refusal(
            "6102",
            format!("The vault does not hold resources of the type {}.", resource.kind),
        ));
    }
    let server = state
        .objects
        .server(project, id)
        .ok_or_else(|| refusal("7100", format!("The server {id} does not exist.")))?;
    if vault.association(id).is_some() {
        return Err(refusal("6103", format!("The resource {id} is in the vault already.")));
    }
    let mut others = state.cbr.vaults.iter().filter(|other| other.is_in(project));
    if let Some(other) = others.find(|other| other.association(id).is_some()) {
        return Err(refusal(
            "7116",
            format!("The server {id} is in the vault {}.", other.id),
        ));
    }
    if state.config.cbr.refuse_servers_of_csbs && state.objects.policy_of(id).is_some() {
        return Err(refusal("7112", format!("The server {id} is bound to CSBS.")));
    }
    if server.disks.is_empty() {
        return Err(refusal("7108", format!("The server {id} has no disk.")));
    }
    let exclude_volumes = resource
        .extra_info
        .and_then(|info| info.exclude_volumes)
        .unwrap_or_default();
    let unknown = exclude_volumes
        .iter()
        .find(|volume| !server.disks.iter().any(|disk| disk.id == **volume));
    if let Some(volume) = unknown {
        return Err(refusal("7000", format!("The disk {volume} does not exist.")));
    }
    Ok(Association {
        exclude_volumes,
        ..Association::of_server(server)
    })
}

/// `POST /vaults/{id}/removeresources`, which deletes the backups of the servers.
pub(super) fn remove(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let Removed { resource_ids } = body::read(state, context.call)?;
    let vault = vaults::find(state, context)?.clone();
    check_movable(state, &vault, &resource_ids)?;
    let span = Span {
        from: context.now,
        until: later(context.now, state.clock.scale(state.config.timing.delete)),
    };
    for id in &resource_ids {
        let task_id = state.cbr.random.uuid();
        let Some(resource) = state
            .cbr
            .vault_mut(&vault.id)
            .and_then(|vault| vault.resources.iter_mut().find(|resource| resource.id == *id))
        else {
            continue;
        };
        resource.removal = Some(Removal {
            until: span.until,
            task_id: task_id.clone(),
        });
        let mut task = Task {
            vault_id: vault.id.clone(),
            vault_name: vault.name.clone(),
            resource: Some((id.clone(), resource.kind.clone(), resource.name.clone())),
            total_count: 1,
            ..Task::waiting(
                task_id,
                TaskKind::RemoveResource,
                context.project.to_owned(),
                context.now,
            )
        };
        task.start(span);
        state.cbr.tasks.push(task);
        for backup in &mut state.cbr.backups {
            if backup.vault_id == vault.id && backup.server.id == *id {
                backup.status = BackupStatus::Deleting;
                backup.updated_at = context.now;
                backup.step = None;
            }
        }
    }
    Ok(Reply::ok(json!({"remove_resource_ids": resource_ids})))
}

/// Refuses resources that cannot leave a vault now.
fn check_movable(state: &State, vault: &Vault, ids: &[String]) -> Checked<()> {
    check_count(ids.len())?;
    check_usable(vault)?;
    if vault.locked {
        return Err(refusal("6113", format!("The vault {} is locked.", vault.id)));
    }
    for (index, id) in ids.iter().enumerate() {
        body::check_id(id, "the ID of a resource")?;
        if ids.iter().take(index).any(|other| other == id) {
            return Err(refusal("6104", format!("The resource {id} occurs twice.")));
        }
        let resource = vault
            .association(id)
            .ok_or_else(|| refusal("6135", format!("The resource {id} is not in the vault.")))?;
        if resource.removal.is_some() {
            return Err(refusal("6134", format!("The resource {id} is being removed.")));
        }
        if state.cbr.running_backup(id).is_some() {
            return Err(refusal(
                "6125",
                format!("A backup task of the resource {id} is running."),
            ));
        }
        if state.cbr.is_being_restored(id) {
            return Err(refusal("2010", format!("The resource {id} is being restored.")));
        }
    }
    Ok(())
}

/// `POST /vaults/{id}/migrateresources`, which moves servers and their backups.
pub(super) fn migrate(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let Moved {
        destination_vault_id,
        resource_ids,
    } = body::read(state, context.call)?;
    body::check_id(&destination_vault_id, "destination_vault_id")?;
    let source = vaults::find(state, context)?.clone();
    let destination = state
        .cbr
        .vault(context.project, &destination_vault_id)
        .ok_or_else(|| vaults::missing(&destination_vault_id))?
        .clone();
    check_movable(state, &source, &resource_ids)?;
    check_destination(state, &source, &destination, &resource_ids)?;
    let (moved, kept): (Vec<_>, Vec<_>) = source
        .resources
        .into_iter()
        .partition(|resource| resource_ids.contains(&resource.id));
    if let Some(vault) = state.cbr.vault_mut(&source.id) {
        vault.resources = kept;
    }
    if let Some(vault) = state.cbr.vault_mut(&destination.id) {
        vault.resources.extend(moved);
    }
    for backup in &mut state.cbr.backups {
        if backup.vault_id == source.id && resource_ids.contains(&backup.server.id) {
            backup.vault_id.clone_from(&destination.id);
        }
    }
    Ok(Reply::ok(json!({"migrated_resources": resource_ids})))
}

fn check_destination(state: &State, source: &Vault, destination: &Vault, ids: &[String]) -> Checked<()> {
    check_usable(destination)?;
    if destination.id == source.id {
        return Err(parameter("the vaults must be different"));
    }
    if destination.object_type != source.object_type || destination.protect_type != source.protect_type {
        return Err(refusal("6102", "The vaults are of different kinds."));
    }
    if destination.resources.len() + ids.len() > MAX_RESOURCES {
        return Err(refusal("6100", "The vault has too many resources."));
    }
    let moved = |id: &String| source.association(id).map_or(0, |resource| resource.size);
    if destination.allocated() + ids.iter().map(moved).sum::<u64>() > destination.size {
        return Err(refusal("6108", "The resources are larger than the vault."));
    }
    let used: u64 = ids.iter().map(|id| state.cbr.used(&source.id, Some(id))).sum();
    if destination.is_full(state.cbr.used(&destination.id, None) + used) {
        return Err(refusal(
            "6129",
            "The backups are larger than the free space of the vault.",
        ));
    }
    Ok(())
}
