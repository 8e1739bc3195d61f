//! Starts the backups of a run.

use jiff::Timestamp;

use super::{
    objects::{Backup, BackupStatus, Checkpoint, Failure, Span, Task, TaskKind, TaskStatus, Vault},
    servers::{Chosen, Selection, Skipped},
};
use crate::{clock::later, state::State};

/// Properties of a run.
pub(super) struct NewRun {
    pub project: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub incremental: Option<bool>,
    pub auto_trigger: bool,
    /// Log number of the request.
    pub request: Option<u64>,
}

/// Creates a checkpoint, and a waiting backup and a task of every server.
pub(super) fn start(
    state: &mut State,
    vault: &Vault,
    selection: Selection,
    run: &NewRun,
    now: Timestamp,
) -> Checkpoint {
    let checkpoint = Checkpoint {
        id: state.cbr.random.uuid(),
        project_id: run.project.clone(),
        created_at: now,
        request: run.request,
        vault_id: vault.id.clone(),
        vault_name: vault.name.clone(),
        servers: selection
            .chosen
            .iter()
            .map(|chosen| chosen.association.clone())
            .collect(),
    };
    let several = selection.chosen.len() > 1;
    for (chosen, number) in selection.chosen.into_iter().zip(1..) {
        let number = (several && state.config.cbr.numbered_names).then_some(number);
        start_backup(state, &checkpoint, chosen, run, number);
    }
    for skipped in &selection.skipped {
        add_skipped_task(state, &checkpoint, skipped);
    }
    state.cbr.checkpoints.push(checkpoint.clone());
    checkpoint
}

fn start_backup(state: &mut State, checkpoint: &Checkpoint, chosen: Chosen, run: &NewRun, number: Option<u32>) {
    let now = checkpoint.created_at;
    let server = chosen.server;
    let has_full = state
        .cbr
        .backups
        .iter()
        .any(|backup| backup.server.id == server.id && !backup.incremental && backup.is_usable());
    let incremental = has_full && run.incremental.unwrap_or(true);
    let timing = &state.config.timing;
    let per_gb = if incremental {
        timing.incremental_per_gb
    } else {
        timing.full_per_gb
    };
    let gigabytes: u64 = chosen.disks.iter().map(|disk| disk.size).sum();
    let gigabytes = u32::try_from(gigabytes).unwrap_or(u32::MAX);
    let work_time = timing.backup.unwrap_or_else(|| per_gb.saturating_mul(gigabytes));
    let (waiting, visible_after) = (timing.waiting, timing.visible_after);
    let days = state.config.cbr.automatic_backup_days.filter(|_| run.auto_trigger);
    // A failure is planned for a request, not for a backup that a test creates.
    let planned_failure = match run.request {
        Some(_) => state.cbr.take_failure(TaskKind::Backup, &server.id),
        None => None,
    };
    let id = state.cbr.random.uuid();
    let task_id = state.cbr.random.uuid();
    let name = backup_name(run, &id, number);
    state.cbr.tasks.push(Task {
        checkpoint_id: Some(checkpoint.id.clone()),
        resource: Some((server.id.clone(), "OS::Nova::Server".to_owned(), server.name.clone())),
        backup: Some((id.clone(), name.clone())),
        incremental: Some(incremental),
        ..waiting_task(&task_id, TaskKind::Backup, checkpoint)
    });
    state.cbr.backups.push(Backup {
        id,
        checkpoint_id: checkpoint.id.clone(),
        vault_id: checkpoint.vault_id.clone(),
        project_id: checkpoint.project_id.clone(),
        name,
        description: run.description.clone(),
        server,
        disks: chosen.disks,
        status: BackupStatus::WaitingProtect,
        created_at: now,
        updated_at: now,
        protected_at: None,
        expired_at: days.map(|days| later(now, std::time::Duration::from_hours(24 * u64::from(days)))),
        visible_at: later(now, state.clock.scale(visible_after)),
        auto_trigger: run.auto_trigger,
        incremental,
        images: Vec::new(),
        used: 0,
        children: Vec::new(),
        step: Some(Span {
            from: now,
            until: later(now, state.clock.scale(waiting)),
        }),
        work_time: state.clock.scale(work_time),
        planned_failure,
        restore_target: None,
        task_id,
    });
}

/// Returns the name of a backup; the service chooses one if the request has none.
fn backup_name(run: &NewRun, id: &str, number: Option<u32>) -> String {
    let kind = if run.auto_trigger { "autobk" } else { "manualbk" };
    let name = match &run.name {
        Some(name) => name.clone(),
        None => format!("{kind}_{}", id.get(..4).unwrap_or_default()),
    };
    match number {
        Some(number) => format!("{name}-{number:04}"),
        None => name,
    }
}

fn add_skipped_task(state: &mut State, checkpoint: &Checkpoint, skipped: &Skipped) {
    let id = state.cbr.random.uuid();
    state.cbr.tasks.push(Task {
        status: TaskStatus::Skipped,
        checkpoint_id: Some(checkpoint.id.clone()),
        resource: Some((skipped.id.clone(), "OS::Nova::Server".to_owned(), skipped.name.clone())),
        ended_at: Some(checkpoint.created_at),
        failure: Some(Failure {
            code: skipped.code.clone(),
            message: skipped.reason.clone(),
        }),
        ..waiting_task(&id, TaskKind::Backup, checkpoint)
    });
}

fn waiting_task(id: &str, kind: TaskKind, checkpoint: &Checkpoint) -> Task {
    Task {
        vault_id: checkpoint.vault_id.clone(),
        vault_name: checkpoint.vault_name.clone(),
        ..Task::waiting(
            id.to_owned(),
            kind,
            checkpoint.project_id.clone(),
            checkpoint.created_at,
        )
    }
}
