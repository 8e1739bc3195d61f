//! Searches the states of one backup resource: the backups in the service, Terraform's state, and what messages have named.
//!
//! A step is one Terraform command, run by the provider's real code in a new process against the simulated service, while up to two
//! disturbances meet any of its requests. A state that was reached before is not searched again, so the search covers sequences of
//! commands of any length. After each step, [`Model`] asserts that no backup is lost, that no create makes two, and that nothing is
//! called gone that exists.
//!
//! The normal run searches all states after [`DISTURBED`] commands, and one undisturbed command after each. `CSBS_ALL_STATES=1 cargo
//! test --test faults states -- --nocapture` searches until no new state is found, which takes some minutes.

mod model;
mod state;
mod step;

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use csbs_simulator::RequestRecord;

use self::{
    model::Model,
    state::State,
    step::{Command, Step, disturbances},
};
use crate::{panic_message, virtual_time};

/// Number of commands that are disturbed in the normal run.
const DISTURBED: usize = 2;

/// Number of backups in the service up to which a state is searched further: a third one is lost in the same ways as the second.
const MAX_BACKUPS: usize = 2;

/// Runs steps one after the other. Returns the state that the last one reaches, and its requests.
fn reach(steps: &[Step]) -> (State, Vec<RequestRecord>) {
    virtual_time(async {
        let mut model = Model::new();
        let mut requests = Vec::new();
        for step in steps {
            requests = model.run(step).await;
        }
        (model.state(), requests)
    })
}

/// The histories that continue one by a step: by each command undisturbed and, if `disturbed`, with each disturbance.
fn next_histories(history: &[Step], state: &State, disturbed: bool) -> Vec<Vec<Step>> {
    let mut next = Vec::new();
    let commands: &[Command] = match &state.stored {
        None => &[Command::Apply],
        Some(_) => &[Command::Apply, Command::Replace, Command::Destroy],
    };
    for &command in commands {
        for after_all_work in [false, true] {
            if after_all_work && !state.changes_with_time() {
                continue;
            }
            let with = |disturbances| {
                let step = Step {
                    after_all_work,
                    command,
                    disturbances,
                };
                history.iter().cloned().chain([step]).collect::<Vec<_>>()
            };
            let undisturbed = with(Vec::new());
            if disturbed {
                let (_, requests) = reach(&undisturbed);
                // Pairs of disturbances of every command would take hours.
                let pairs = history.is_empty();
                next.extend(disturbances(&requests, pairs).into_iter().map(with));
            }
            next.push(undisturbed);
        }
    }
    next
}

/// Calls `work` with each of `inputs`, on all processors. Returns the results in the order of the inputs, with panics as errors.
fn in_parallel<I: Sync, O: Send>(inputs: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<Result<O, String>> {
    let (next, outputs) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().min(8));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(input) = inputs.get(index) else { break };
                    let output = catch_unwind(AssertUnwindSafe(|| work(input)));
                    let output = output.map_err(|panic| panic_message(&*panic));
                    outputs.lock().unwrap().push((index, output));
                }
            });
        }
    });
    let mut outputs = outputs.into_inner().unwrap();
    outputs.sort_by_key(|(index, _)| *index);
    outputs.into_iter().map(|(_, output)| output).collect()
}

#[test]
fn no_reachable_state_has_a_backup_that_nobody_knows() {
    let started = Instant::now();
    let everything = std::env::var_os("CSBS_ALL_STATES").is_some();
    let empty = reach(&[]).0;
    let mut reached = HashSet::from([empty.clone()]);
    let mut frontier = vec![(empty, Vec::new())];
    let (mut steps, mut failures) = (0, Vec::new());
    for depth in 0.. {
        if frontier.is_empty() || depth > DISTURBED && !everything {
            break;
        }
        let disturbed = everything || depth < DISTURBED;
        let histories: Result<Vec<_>, _> =
            in_parallel(&frontier, |(state, history)| next_histories(history, state, disturbed))
                .into_iter()
                .collect();
        let histories = histories.unwrap_or_else(|failure| panic!("{failure}")).concat();
        steps += histories.len();
        frontier.clear();
        for (history, state) in histories
            .iter()
            .zip(in_parallel(&histories, |history| reach(history).0))
        {
            match state {
                Ok(state) if state.backups.len() <= MAX_BACKUPS && reached.insert(state.clone()) => {
                    frontier.push((state, history.clone()));
                }
                Ok(_) => {}
                Err(failure) => failures.push(format!("{history:?}: {failure}")),
            }
        }
        println!(
            "{} states after {} commands, {steps} steps, {:?}",
            reached.len(),
            depth + 1,
            started.elapsed()
        );
    }
    let shown: Vec<String> = failures
        .iter()
        .take(10)
        .map(|text| text.chars().take(1500).collect())
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {steps} steps failed:\n{}",
        failures.len(),
        shown.join("\n")
    );
}
