//! What happens by itself as time goes.

use jiff::Timestamp;

use super::{Item, Status, Step, retention::clean_up};
use crate::{api::run, clock::later, core::Core};

/// Lets everything happen that is due at the service's present time, in its order.
pub(crate) fn settle(core: &mut Core) -> Timestamp {
    let now = core.clock.now();
    start_deletions(core, now);
    while let Some((at, event)) = next_event(core, now) {
        match event {
            Event::Step(item) => take_step(core, item, at),
            Event::CleanUp => {
                clean_up(core, at);
                core.world.next_cleanup = Some(later(at, core.config.timing.cleanup_every));
            }
            Event::Run { policy, operation } => run::scheduled(core, policy, operation, at),
        }
        start_deletions(core, at);
    }
    now
}

/// What happens by itself; of those due at the same moment the first of these comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Step(usize),
    CleanUp,
    Run { policy: usize, operation: usize },
}

fn next_event(core: &Core, now: Timestamp) -> Option<(Timestamp, Event)> {
    let step = next_item(core, now).map(|(at, index)| (at, Event::Step(index)));
    let run = next_run(core, now).map(|(at, policy, operation)| (at, Event::Run { policy, operation }));
    let cleanup = core
        .world
        .next_cleanup
        .filter(|at| core.config.schedules && *at <= now && !core.config.timing.cleanup_every.is_zero())
        .map(|at| (at, Event::CleanUp));
    [step, run, cleanup].into_iter().flatten().min()
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

/// Takes an item's next step.
fn take_step(core: &mut Core, index: usize, at: Timestamp) {
    let deleted_shown = core.clock.scale(core.config.timing.deleted_shown);
    let restore_time = core.clock.scale(core.config.timing.restore);
    let random = &mut core.random;
    let Some(item) = core.world.items.get_mut(index) else {
        return;
    };
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
            } else {
                item.progress = 34;
            }
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
