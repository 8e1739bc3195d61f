//! Restores a backup of a server.

use serde::Deserialize;
use serde_json::json;

use super::{
    backups, body,
    objects::{Backup, BackupStatus, Span, Task, TaskKind, VaultStatus},
    query,
    refusal::{parameter, refusal},
};
use crate::{
    Server,
    api::Context,
    check::Checked,
    clock::later,
    reply::{Answer, Payload, Reply},
    state::State,
};

#[derive(Deserialize)]
struct Body {
    restore: Restore,
}

#[derive(Deserialize)]
struct Restore {
    server_id: Option<String>,
    /// Only for the backup of a disk.
    volume_id: Option<String>,
    /// The simulated server starts in any case.
    #[serde(rename = "power_on")]
    _power_on: Option<bool>,
    mappings: Option<Vec<Mapping>>,
}

#[derive(Deserialize)]
struct Mapping {
    backup_id: String,
    volume_id: String,
}

/// `POST /backups/{id}/restore`
pub(super) fn restore(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let Body { restore } = body::read(state, context.call)?;
    let row = backups::find(state, context)?;
    if row.child.is_some() {
        return Err(refusal(
            "2005",
            "The backup of a disk of a server is restored with the server.",
        ));
    }
    let backup = row.backup;
    if restore.volume_id.is_some() {
        return Err(parameter("volume_id is only for backups of disks"));
    }
    let server_id = restore.server_id.ok_or_else(|| parameter("server_id is required"))?;
    body::check_id(&server_id, "server_id")?;
    let mappings = restore
        .mappings
        .filter(|mappings| !mappings.is_empty())
        .ok_or_else(|| parameter("mappings is required"))?;
    check_backup(state, backup)?;
    let target = check_target(state, context.project, &server_id)?.clone();
    check_mappings(backup, &target, &mappings)?;
    let id = backup.id.clone();
    let task = start(state, &id, &target, context);
    let body = if state.config.cbr.restore_with_job_id {
        Payload::Json(json!({"job_id": task}))
    } else {
        Payload::None
    };
    Ok(Reply::new(202, body))
}

fn check_backup(state: &State, backup: &Backup) -> Checked<()> {
    let id = &backup.id;
    if backup.status.is_being_made() {
        return Err(refusal("2002", format!("The backup {id} is being created.")));
    }
    if backup.status.is_being_restored() {
        return Err(refusal("2010", format!("The backup {id} is being restored.")));
    }
    if backup.status != BackupStatus::Available {
        let status = backup.status.name();
        return Err(refusal(
            "2005",
            format!("The backup {id} cannot be restored in the status {status}."),
        ));
    }
    let vault = state.cbr.vaults.iter().find(|vault| vault.id == backup.vault_id);
    let usable = vault.is_some_and(|vault| matches!(vault.status, VaultStatus::Available | VaultStatus::Lock));
    if usable {
        Ok(())
    } else {
        Err(refusal("6202", "The status of the vault does not allow a restore."))
    }
}

fn check_target<'a>(state: &'a State, project: &str, id: &str) -> Checked<&'a Server> {
    let server = state
        .objects
        .server(project, id)
        .ok_or_else(|| refusal("7100", format!("The server {id} does not exist.")))?;
    if !matches!(server.status.as_str(), "ACTIVE" | "SHUTOFF") {
        let status = &server.status;
        return Err(refusal(
            "2007",
            format!("The server {id} cannot be restored in the status {status}."),
        ));
    }
    if state.cbr.running_backup(id).is_some() {
        return Err(refusal("2002", format!("The server {id} is being backed up.")));
    }
    if state.cbr.is_being_restored(id) {
        return Err(refusal("2010", format!("The server {id} is being restored.")));
    }
    Ok(server)
}

fn check_mappings(backup: &Backup, target: &Server, mappings: &[Mapping]) -> Checked<()> {
    for (index, Mapping { backup_id, volume_id }) in mappings.iter().enumerate() {
        let child = backup
            .children
            .iter()
            .find(|child| child.id == *backup_id)
            .ok_or_else(|| {
                refusal(
                    "2011",
                    format!("{backup_id} is not the backup of a disk of this backup."),
                )
            })?;
        let disk = target
            .disks
            .iter()
            .find(|disk| disk.id == *volume_id)
            .ok_or_else(|| refusal("2011", format!("{volume_id} is not a disk of the server.")))?;
        let earlier = mappings.iter().take(index);
        if earlier
            .into_iter()
            .any(|other| other.backup_id == *backup_id || other.volume_id == *volume_id)
        {
            return Err(refusal("2011", format!("{backup_id} or {volume_id} occurs twice.")));
        }
        if disk.size < child.disk.size {
            return Err(refusal("2001", format!("The disk {volume_id} is too small.")));
        }
        if disk.bootable && !child.disk.bootable {
            return Err(refusal(
                "2013",
                format!("{volume_id} is a system disk, and {backup_id} of a data disk."),
            ));
        }
    }
    Ok(())
}

/// Starts the restore, and returns the ID of its task.
fn start(state: &mut State, id: &str, target: &Server, context: &Context<'_>) -> String {
    let waiting = state.clock.scale(state.config.timing.restore_waiting);
    let task_id = state.cbr.random.uuid();
    let planned_failure = state.cbr.take_failure(TaskKind::Restore, &target.id);
    let vaults = state.cbr.vaults.clone();
    let Some(backup) = state.cbr.backup_mut(id) else {
        return task_id;
    };
    backup.status = BackupStatus::WaitingRestore;
    backup.updated_at = context.now;
    backup.step = Some(Span {
        from: context.now,
        until: later(context.now, waiting),
    });
    backup.planned_failure = planned_failure;
    backup.restore_target = Some(target.id.clone());
    backup.task_id.clone_from(&task_id);
    let vault = vaults.into_iter().find(|vault| vault.id == backup.vault_id);
    let task = Task {
        vault_id: backup.vault_id.clone(),
        vault_name: vault.map(|vault| vault.name).unwrap_or_default(),
        checkpoint_id: Some(backup.checkpoint_id.clone()),
        resource: Some((
            backup.server.id.clone(),
            "OS::Nova::Server".to_owned(),
            backup.server.name.clone(),
        )),
        backup: Some((backup.id.clone(), backup.name.clone())),
        target: Some((target.id.clone(), target.name.clone())),
        ..Task::waiting(
            task_id.clone(),
            TaskKind::Restore,
            backup.project_id.clone(),
            context.now,
        )
    };
    state.cbr.tasks.push(task);
    task_id
}
