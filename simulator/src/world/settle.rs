//! What happens by itself as time goes.

use jiff::Timestamp;

use super::{Item, Status, Step};
use crate::{api::run, clock::later, core::Core};

/// Lets everything happen that is due at the service's present time, in its order.
pub(crate) fn settle(core: &mut Core) -> Timestamp {
    let now = core.clock.now();
    start_deletions(core, now);
    loop {
        let item = next_item(core, now);
        let policy = next_run(core, now);
        match (item, policy) {
            (None, None) => return now,
            (Some((at, index)), policy) if policy.is_none_or(|(run_at, ..)| at <= run_at) => {
                let ended = take_step(core, index, at);
                if let Some((policy, server)) = ended {
                    run::retire(core, &policy, &server, at);
                }
                start_deletions(core, at);
            }
            (_, Some((at, policy, operation))) => {
                run::scheduled(core, policy, operation, at);
            }
            (Some(_), None) => return now,
        }
    }
}

fn next_item(core: &Core, now: Timestamp) -> Option<(Timestamp, usize)> {
    core.world
        .items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((item.step?.at, index)))
        .filter(|(at, _)| *at <= now)
        .min()
}

fn next_run(core: &Core, now: Timestamp) -> Option<(Timestamp, usize, usize)> {
    if !core.config.schedules {
        return None;
    }
    let policies = core.world.policies.iter().enumerate();
    policies
        .flat_map(|(p, policy)| {
            policy
                .operations
                .iter()
                .enumerate()
                .map(move |(o, operation)| (p, o, operation))
        })
        .filter(|(.., operation)| operation.enabled)
        .filter_map(|(p, o, operation)| Some((operation.next_run?, p, o)))
        .filter(|(at, ..)| *at <= now)
        .min()
}

/// Takes an item's next step. Policy and server, where that ended an automatic backup.
fn take_step(core: &mut Core, index: usize, at: Timestamp) -> Option<(String, String)> {
    let deleted_shown = core.clock.scale(core.config.timing.deleted_shown);
    let restore_time = core.clock.scale(core.config.timing.restore);
    let random = &mut core.random;
    let item = core.world.items.get_mut(index)?;
    item.updated_at = at;
    match item.status {
        Status::WaitingProtect => {
            item.status = Status::Protecting;
            item.step = Some(Step {
                from: at,
                at: later(at, item.work_time),
            });
        }
        Status::Protecting => {
            end(item);
            item.finished_at = Some(at);
            if item.status == Status::Available {
                item.fill(random);
                let policy = item.policy_id.clone().filter(|_| item.auto_trigger);
                return policy.map(|policy| (policy, item.server.id.clone()));
            }
            item.progress = 34;
        }
        Status::WaitingRestore => {
            item.status = Status::Restoring;
            item.step = Some(Step {
                from: at,
                at: later(at, restore_time),
            });
        }
        Status::Restoring => {
            end(item);
            item.restore_target = None;
        }
        Status::Deleting => match item.planned_failure.take() {
            Some(failure) => {
                item.status = Status::Error;
                item.failure = Some(failure);
                item.step = None;
                item.delete_turn = None;
            }
            None => {
                item.status = Status::Deleted;
                item.step = Some(Step {
                    from: at,
                    at: later(at, deleted_shown),
                });
                if deleted_shown.is_zero() {
                    remove(core, index);
                }
            }
        },
        Status::Deleted => remove(core, index),
        Status::Available | Status::Error | Status::WaitingDelete => item.step = None,
    }
    None
}

/// The end of a backup or a restore.
fn end(item: &mut Item) {
    item.step = None;
    item.failure = item.planned_failure.take();
    item.progress = 100;
    item.status = if item.failure.is_some() {
        Status::Error
    } else {
        Status::Available
    };
}

fn remove(core: &mut Core, index: usize) {
    let item = core.world.items.remove(index);
    let left = core
        .world
        .items
        .iter()
        .any(|other| other.checkpoint_id == item.checkpoint_id);
    if !left {
        core.world
            .checkpoints
            .retain(|checkpoint| checkpoint.id != item.checkpoint_id);
    }
}

/// Lets waiting deletions begin, as many as may run at one time.
fn start_deletions(core: &mut Core, at: Timestamp) {
    let time = core.clock.scale(core.config.timing.delete);
    let most = core.config.timing.deletions_at_once;
    let count = |core: &Core| {
        core.world
            .items
            .iter()
            .filter(|item| item.status == Status::Deleting)
            .count()
    };
    let mut running = count(core);
    while running < most {
        let next = core
            .world
            .items
            .iter_mut()
            .filter(|item| item.status == Status::WaitingDelete)
            .min_by_key(|item| item.delete_turn);
        let Some(item) = next else {
            return;
        };
        item.status = Status::Deleting;
        item.updated_at = at;
        item.step = Some(Step {
            from: at,
            at: later(at, time),
        });
        running += 1;
    }
}
