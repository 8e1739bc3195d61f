//! Events that time causes: steps of operations, scheduled runs, clean-ups.

use jiff::Timestamp;

mod retention;

use crate::{
    Status,
    api::run,
    cbr,
    clock::later,
    objects::{Item, Step},
    state::State,
};
use retention::clean_up;

/// Processes all events that are due, in order, and returns the current time of the service.
pub(crate) fn advance_to_now(state: &mut State) -> Timestamp {
    let now = state.clock.now();
    start_deletions(state, now);
    while let Some((at, event)) = next_event(state, now) {
        match event {
            Event::Step(item) => take_step(state, item, at),
            Event::CleanUp => {
                clean_up(state, at);
                state.objects.next_cleanup = Some(later(at, state.config.timing.cleanup_every));
            }
            Event::Run { policy, operation } => run::scheduled(state, policy, operation, at),
        }
        start_deletions(state, at);
    }
    cbr::advance(state, now);
    now
}

/// Events, in the order in which those of the same time are processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Step(usize),
    CleanUp,
    Run { policy: usize, operation: usize },
}

fn next_event(state: &State, now: Timestamp) -> Option<(Timestamp, Event)> {
    let step = next_item(state, now).map(|(at, index)| (at, Event::Step(index)));
    let run = next_run(state, now).map(|(at, policy, operation)| (at, Event::Run { policy, operation }));
    let cleanup = state
        .objects
        .next_cleanup
        .filter(|at| state.config.schedules && *at <= now && !state.config.timing.cleanup_every.is_zero())
        .map(|at| (at, Event::CleanUp));
    [step, run, cleanup].into_iter().flatten().min()
}

fn next_item(state: &State, now: Timestamp) -> Option<(Timestamp, usize)> {
    state
        .objects
        .items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((item.step?.at, index)))
        .filter(|(at, _)| *at <= now)
        .min()
}

fn next_run(state: &State, now: Timestamp) -> Option<(Timestamp, usize, usize)> {
    if !state.config.schedules {
        return None;
    }
    let policies = state.objects.policies.iter().enumerate();
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

/// Processes the next step of an item.
fn take_step(state: &mut State, index: usize, at: Timestamp) {
    let deleted_shown = state.clock.scale(state.config.timing.deleted_shown);
    let restore_time = state.clock.scale(state.config.timing.restore);
    let random = &mut state.random;
    let Some(item) = state.objects.items.get_mut(index) else {
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
            finish(item);
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
            finish(item);
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
                    remove(state, index);
                }
            }
        },
        Status::Deleted => remove(state, index),
        Status::Available | Status::Error | Status::WaitingDelete => item.step = None,
    }
}

/// Ends a backup or a restore.
fn finish(item: &mut Item) {
    item.step = None;
    item.failure = item.planned_failure.take();
    item.progress = 100;
    item.status = if item.failure.is_some() {
        Status::Error
    } else {
        Status::Available
    };
}

fn remove(state: &mut State, index: usize) {
    let item = state.objects.items.remove(index);
    let left = state
        .objects
        .items
        .iter()
        .any(|other| other.checkpoint_id == item.checkpoint_id);
    if !left {
        state
            .objects
            .checkpoints
            .retain(|checkpoint| checkpoint.id != item.checkpoint_id);
    }
}

/// Starts waiting deletions, up to the maximum number of concurrent ones.
fn start_deletions(state: &mut State, at: Timestamp) {
    let time = state.clock.scale(state.config.timing.delete);
    let max_running = state.config.timing.deletions_at_once;
    let count = |state: &State| {
        state
            .objects
            .items
            .iter()
            .filter(|item| item.status == Status::Deleting)
            .count()
    };
    let mut running = count(state);
    while running < max_running {
        let next = state
            .objects
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
