//! Lists, reads, renames and deletes backups.

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    backup_filter::{self, Filter, PARAMETERS},
    backup_view::{self, Row},
    body,
    config::ChangeOfBackup,
    objects::{Backup, BackupStatus, Span, Task, TaskKind, VaultStatus},
    query::{self, Page},
    refusal::{no_such_api, parameter, refusal},
    vaults::path_id,
};
use crate::{
    api::Context,
    check::Checked,
    clock::later,
    reply::{Answer, Reply},
    state::State,
};

/// `GET /backups`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, PARAMETERS)?;
    let filter = Filter::read(context.call)?;
    let page = Page::read(context.call, 0)?;
    let config = &state.config.cbr;
    let with_children = config.children_in_lists || (filter.parent_id().is_some() && !config.ignore_filters);
    let mut rows: Vec<_> = visible(state, context)
        .flat_map(|backup| {
            let children = with_children.then(|| Row::children(backup));
            std::iter::once(Row::of(backup)).chain(children.into_iter().flatten())
        })
        .filter(|row| config.ignore_filters || filter.matches(state, *row))
        .collect();
    backup_filter::sort(context.call, &mut rows)?;
    let count = rows.len();
    if let Some(marker) = context.call.query("marker") {
        let index = rows
            .iter()
            .position(|row| row.id() == marker)
            .ok_or_else(|| parameter(format!("marker {marker} is not in the list")))?;
        rows.drain(..=index);
    }
    let rows = page.cut(rows).into_iter();
    let rows = rows.map(|row| backup_view::listed(state, row)).collect();
    Ok(Reply::ok(page.response("backups", rows, count)))
}

/// Returns the backups that the caller can see.
fn visible<'a>(state: &'a State, context: &Context<'a>) -> impl Iterator<Item = &'a Backup> {
    let (project, now) = (context.project, context.now);
    let backups = state.cbr.backups.iter();
    backups.filter(move |backup| backup.project_id == project && backup.visible_at <= now)
}

/// `GET /backups/{id}`
pub(super) fn get(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let row = find(state, context)?;
    Ok(Reply::member("backup", backup_view::complete(state, row)))
}

/// Returns the backup in the path: of a server or of a disk.
pub(super) fn find<'a>(state: &'a State, context: &Context<'a>) -> Checked<Row<'a>> {
    let id = path_id(state, context)?;
    let by_id = state.config.cbr.children_by_id;
    visible(state, context)
        .flat_map(|backup| {
            let children = by_id.then(|| Row::children(backup));
            std::iter::once(Row::of(backup)).chain(children.into_iter().flatten())
        })
        .find(|row| row.id() == id)
        .ok_or_else(|| refusal("6200", format!("The backup {id} does not exist.")))
}

#[derive(Deserialize)]
struct Body {
    backup: Changes,
}

#[derive(Deserialize)]
struct Changes {
    name: String,
}

/// `PUT /backups/{id}`, which only the sister service has.
pub(super) fn update(state: &mut State, context: &Context<'_>) -> Answer {
    match state.config.cbr.change_of_backup {
        ChangeOfBackup::NotFound => return Err(no_such_api()),
        ChangeOfBackup::MethodNotAllowed => {
            return Err(
                Reply::nested("badMethod", 405, "The method is not allowed for this resource.")
                    .with_header("allow", "GET, DELETE"),
            );
        }
        ChangeOfBackup::Renamed => {}
    }
    let Body { backup: changes } = body::read(state, context.call)?;
    body::check_name(&changes.name)?;
    let id = find(state, context)?.backup.id.clone();
    if let Some(backup) = state.cbr.backup_mut(&id) {
        backup.name = changes.name;
        backup.updated_at = context.now;
    }
    get(state, context)
}

/// `DELETE /backups/{id}`
pub(super) fn delete(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let row = find(state, context)?;
    if row.child.is_some() {
        return Err(refusal(
            "6201",
            "The backup of a disk is deleted with the backup of its server.",
        ));
    }
    let backup = row.backup;
    if backup.status.is_being_deleted() {
        return Ok(Reply::no_content());
    }
    check_deletion(state, backup)?;
    let id = backup.id.clone();
    start_deletion(state, &id, context.now);
    Ok(Reply::no_content())
}

fn check_deletion(state: &State, backup: &Backup) -> Checked<()> {
    let id = &backup.id;
    if backup.status.is_being_made() {
        return Err(refusal("6203", format!("The backup {id} is being created.")));
    }
    if backup.status.is_being_restored() {
        return Err(refusal("6216", format!("The backup {id} is being used.")));
    }
    if !backup.images.is_empty() {
        return Err(refusal(
            "6204",
            format!("The backup {id} has images: {}.", backup.images.join(", ")),
        ));
    }
    let vault = state.cbr.vaults.iter().find(|vault| vault.id == backup.vault_id);
    if vault.is_some_and(|vault| vault.status == VaultStatus::Deleting) {
        return Err(refusal(
            "6201",
            format!("The vault of the backup {id} is being deleted."),
        ));
    }
    if backup.auto_trigger && vault.is_some_and(|vault| vault.locked) {
        return Err(refusal(
            "6220",
            format!("The backup {id} was created automatically, and its vault is locked."),
        ));
    }
    let newest = state
        .cbr
        .backups
        .iter()
        .rfind(|other| other.server.id == backup.server.id && !other.status.is_being_made());
    if newest.is_some_and(|newest| newest.id == *id) && state.cbr.running_backup(&backup.server.id).is_some() {
        return Err(refusal(
            "6203",
            format!("The next backup of the server of {id} is being created."),
        ));
    }
    Ok(())
}

/// Starts the deletion of a backup, with a task.
pub(super) fn start_deletion(state: &mut State, id: &str, now: Timestamp) {
    let span = Span {
        from: now,
        until: later(now, state.clock.scale(state.config.timing.delete)),
    };
    let task_id = state.cbr.random.uuid();
    let Some(backup) = state.cbr.backups.iter().find(|backup| backup.id == id) else {
        return;
    };
    let vault = state.cbr.vaults.iter().find(|vault| vault.id == backup.vault_id);
    let server = &backup.server;
    let mut task = Task {
        vault_id: backup.vault_id.clone(),
        vault_name: vault.map(|vault| vault.name.clone()).unwrap_or_default(),
        checkpoint_id: Some(backup.checkpoint_id.clone()),
        resource: Some((server.id.clone(), "OS::Nova::Server".to_owned(), server.name.clone())),
        backup: Some((backup.id.clone(), backup.name.clone())),
        ..Task::waiting(task_id.clone(), TaskKind::Delete, backup.project_id.clone(), now)
    };
    task.start(span);
    let server = server.id.clone();
    state.cbr.tasks.push(task);
    let planned_failure = state.cbr.take_failure(TaskKind::Delete, &server);
    if let Some(backup) = state.cbr.backup_mut(id) {
        backup.status = BackupStatus::Deleting;
        backup.updated_at = now;
        backup.step = Some(span);
        backup.planned_failure = planned_failure;
        backup.task_id = task_id;
    }
}
