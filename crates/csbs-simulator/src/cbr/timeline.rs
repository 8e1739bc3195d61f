//! Events that time causes: steps of backups, ends of changes of vaults, expired backups.

use jiff::Timestamp;

use super::{
    backups,
    config::FailedRestore,
    objects::{BackupStatus, Failure, Span, VaultStatus},
};
use crate::{clock::later, state::State};

/// Processes all events that are due, in order.
pub(crate) fn advance(state: &mut State, now: Timestamp) {
    while let Some((at, event)) = next_event(state).filter(|(at, _)| *at <= now) {
        match event {
            Event::Step(index) => take_step(state, index, at),
            Event::Expire(index) => expire(state, index, at),
            Event::Vault(index) => finish_vault(state, index, at),
            Event::Removal { vault, resource } => finish_removal(state, vault, resource, at),
        }
    }
}

/// Events, in the order in which those of the same time are processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Step(usize),
    Expire(usize),
    Removal { vault: usize, resource: usize },
    Vault(usize),
}

fn next_event(state: &State) -> Option<(Timestamp, Event)> {
    let backups = state.cbr.backups.iter().enumerate();
    let steps = backups
        .clone()
        .filter_map(|(index, backup)| Some((backup.step?.until, Event::Step(index))));
    let expiries = backups
        .filter(|(_, backup)| matches!(backup.status, BackupStatus::Available | BackupStatus::Error))
        .filter_map(|(index, backup)| Some((backup.expired_at?, Event::Expire(index))));
    let vaults = state.cbr.vaults.iter().enumerate();
    let changes = vaults
        .clone()
        .filter_map(|(index, vault)| Some((vault.status_until?, Event::Vault(index))));
    let removals = vaults.flat_map(|(vault, found)| {
        let resources = found.resources.iter().enumerate();
        resources.filter_map(move |(resource, found)| {
            Some((found.removal.as_ref()?.until, Event::Removal { vault, resource }))
        })
    });
    steps.chain(expiries).chain(changes).chain(removals).min()
}

/// Processes the next step of a backup.
fn take_step(state: &mut State, index: usize, at: Timestamp) {
    let restore_time = state.clock.scale(state.config.timing.restore);
    let random = &mut state.cbr.random;
    let Some(backup) = state.cbr.backups.get_mut(index) else {
        return;
    };
    backup.updated_at = at;
    backup.step = None;
    match backup.status {
        BackupStatus::WaitingProtect => {
            backup.status = BackupStatus::Protecting;
            backup.add_children(random, at);
            let work_time = backup.work_time;
            start_work(
                state,
                index,
                Span {
                    from: at,
                    until: later(at, work_time),
                },
            );
        }
        BackupStatus::Protecting => finish_backup(state, index, at),
        BackupStatus::WaitingRestore => {
            backup.status = BackupStatus::Restoring;
            start_work(
                state,
                index,
                Span {
                    from: at,
                    until: later(at, restore_time),
                },
            );
        }
        BackupStatus::Restoring => finish_restore(state, index, at),
        BackupStatus::Deleting => finish_deletion(state, index, at),
        BackupStatus::Available | BackupStatus::Error | BackupStatus::WaitingDelete => {}
    }
}

fn start_work(state: &mut State, index: usize, span: Span) {
    let Some(backup) = state.cbr.backups.get_mut(index) else {
        return;
    };
    backup.step = Some(span);
    if let Some(task) = state.cbr.tasks.iter_mut().rfind(|task| task.id == backup.task_id) {
        task.start(span);
    }
}

fn finish_backup(state: &mut State, index: usize, at: Timestamp) {
    let Some(backup) = state.cbr.backups.get_mut(index) else {
        return;
    };
    let failure = backup.planned_failure.take();
    if failure.is_some() {
        backup.status = BackupStatus::Error;
    } else {
        backup.status = BackupStatus::Available;
        backup.protected_at = Some(at);
        backup.used = backup.final_size();
    }
    let (task, vault) = (backup.task_id.clone(), backup.vault_id.clone());
    finish_task(state, &task, at, failure);
    expand(state, &vault);
}

/// Lets a full vault grow, if it may.
fn expand(state: &mut State, id: &str) {
    let used = state.cbr.used(id, None);
    if let Some(vault) = state.cbr.vault_mut(id)
        && vault.auto_expand
    {
        while vault.is_full(used) {
            vault.size = (vault.size * 5).div_ceil(4).max(vault.size + 1);
        }
    }
}

fn finish_restore(state: &mut State, index: usize, at: Timestamp) {
    let failed_restore = state.config.cbr.failed_restore;
    let Some(backup) = state.cbr.backups.get_mut(index) else {
        return;
    };
    let failure = backup.planned_failure.take();
    backup.status = match (&failure, failed_restore) {
        (Some(_), FailedRestore::Error) => BackupStatus::Error,
        _ => BackupStatus::Available,
    };
    backup.restore_target = None;
    let task = backup.task_id.clone();
    finish_task(state, &task, at, failure);
}

fn finish_deletion(state: &mut State, index: usize, at: Timestamp) {
    let Some(backup) = state.cbr.backups.get_mut(index) else {
        return;
    };
    let failure = backup.planned_failure.take();
    let task = backup.task_id.clone();
    if failure.is_some() {
        backup.status = BackupStatus::Error;
    } else {
        state.cbr.backups.remove(index);
    }
    finish_task(state, &task, at, failure);
}

fn finish_task(state: &mut State, id: &str, at: Timestamp, failure: Option<Failure>) {
    if let Some(task) = state.cbr.tasks.iter_mut().rfind(|task| task.id == id) {
        task.finish(at, failure);
    }
}

fn expire(state: &mut State, index: usize, at: Timestamp) {
    let Some(backup) = state.cbr.backups.get_mut(index) else {
        return;
    };
    let id = backup.id.clone();
    backups::start_deletion(state, &id, at);
}

/// Ends the resize or the deletion of a vault.
fn finish_vault(state: &mut State, index: usize, at: Timestamp) {
    let Some(vault) = state.cbr.vaults.get_mut(index) else {
        return;
    };
    vault.status_until = None;
    if vault.status == VaultStatus::Deleting {
        let vault = state.cbr.vaults.remove(index);
        state.cbr.backups.retain(|backup| backup.vault_id != vault.id);
        if let Some(task) = vault.deletion_task {
            finish_task(state, &task, at, None);
        }
    } else {
        vault.status = VaultStatus::Available;
    }
}

/// Ends the removal of a server from a vault: its backups are gone.
fn finish_removal(state: &mut State, vault: usize, resource: usize, at: Timestamp) {
    let Some(vault) = state.cbr.vaults.get_mut(vault) else {
        return;
    };
    let association = vault.resources.remove(resource);
    let vault_id = vault.id.clone();
    state
        .cbr
        .backups
        .retain(|backup| backup.vault_id != vault_id || backup.server.id != association.id);
    if let Some(removal) = association.removal {
        finish_task(state, &removal.task_id, at, None);
    }
}
