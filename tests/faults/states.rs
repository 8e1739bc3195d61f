//! Searches the states of one backup resource: the backups in the service, Terraform's state, and what messages have named.
//!
//! A step is one Terraform command, run by the provider's real code in a new process against the simulated service, while up to two
//! disturbances meet its requests. A state that was reached before is not searched again, so the search covers sequences of commands
//! of any length. After each step, and when the service has finished all its work, [`Model`] asserts that no backup is lost.
//!
//! The normal run searches the states after one or two disturbed commands, and one undisturbed command after each.
//! `CSBS_ALL_STATES=1 cargo test --test faults states -- --nocapture` searches until no new state is found, which takes
//! more than a quarter of an hour on two cores. Each violation is printed when it is found.

mod model;

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use csbs_simulator::{Effect, Operation, RequestRecord, Rule};

use self::model::{
    Command,
    Disturbance::{self, Fault, Interrupt, Kill, WorkFails},
    Model, PlanFailure, Rules, State, Step,
};
use crate::{panic_message, virtual_time, wire::Moment};

/// Number of backups in the service up to which a state is searched further: a third one is lost in the same ways as the second.
const MAX_BACKUPS: usize = 2;

/// Number of requests after a disturbed one at which a second disturbance is tried.
const SECOND_WITHIN: u64 = 3;

/// Runs steps one after the other. Returns the state that the last one reaches and its requests, or what it violates.
fn reach(rules: &Rules, steps: &[Step]) -> Result<(State, Vec<RequestRecord>), String> {
    let run = async {
        let mut model = Model::new(rules);
        let mut requests = Vec::new();
        for step in steps {
            requests = model.run(step).await;
        }
        let state = model.state();
        model.finish_all_work().await;
        (state, requests)
    };
    catch_unwind(AssertUnwindSafe(|| virtual_time(run)))
        .map_err(|panic| format!("{steps:?}: {:.1500}", panic_message(&*panic)))
        .inspect_err(|violation| println!("{violation}"))
}

/// The requests that change something, and how the service's work on them fails.
const WRITES: [(Operation, PlanFailure); 4] = [
    (Operation::Protect, |service| {
        service.fail_next_backup(None, "CSBS.9999", "injected")
    }),
    (Operation::DeleteCheckpoint, |service| {
        service.fail_next_delete(None, "CSBS.9999", "injected")
    }),
    (Operation::CbrCreateCheckpoint, |service| {
        service.cbr().fail_next_backup(None, "6215", "injected")
    }),
    (Operation::CbrDeleteBackup, |service| {
        service.cbr().fail_next_delete(None, "6215", "injected")
    }),
];

/// The disturbances of a command that sends these requests when it is undisturbed: each alone, and each at a write with another one
/// after it if `pairs`.
fn disturbances(requests: &[RequestRecord], pairs: bool) -> Vec<Vec<(u64, Disturbance)>> {
    let of_any = || [Fault(Effect::DropBefore), Interrupt, Kill(Moment::Before)];
    let mut all = vec![vec![(requests.len() as u64 - 1, Kill(Moment::After))]];
    // The matrix disturbs sign-ins.
    for (at, request) in (0..)
        .zip(requests)
        .filter(|(_, request)| !request.path.contains("/auth/"))
    {
        all.extend(of_any().map(|disturbance| vec![(at, disturbance)]));
        let Some((_, fails)) = WRITES.iter().find(|(write, _)| *write == request.operation) else {
            continue;
        };
        let killed_after = (at, Kill(Moment::After));
        all.extend([vec![killed_after.clone()], vec![(at, WorkFails(*fails)), killed_after]]);
        for first in [
            Fault(Effect::DropBefore),
            Fault(Effect::DropAfter),
            // Carried out when the client has given up.
            Fault(Effect::Late { seconds: 300.0 }),
            // Busy.
            Fault(Effect::refuse(500, "CSBS.1001")),
            WorkFails(*fails),
        ] {
            all.push(vec![(at, first.clone())]);
            for later in at + 1..=at + if pairs { SECOND_WITHIN } else { 0 } {
                all.extend(of_any().map(|second| vec![(at, first.clone()), (later, second)]));
            }
        }
    }
    all
}

/// The histories that continue one by a step: by each command undisturbed and, if `disturbed`, with each disturbance.
fn next_histories(rules: &Rules, history: &[Step], state: &State, disturbed: bool) -> Result<Vec<Vec<Step>>, String> {
    let mut next = Vec::new();
    for command in [Command::Apply, Command::Replace, Command::Destroy] {
        for after_all_work in [false, true] {
            if state.stored.is_none() && command != Command::Apply || after_all_work && !state.changes_with_time() {
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
                let (_, requests) = reach(rules, &undisturbed)?;
                // Pairs of disturbances of every command would take hours.
                next.extend(disturbances(&requests, history.is_empty()).into_iter().map(with));
            }
            next.push(undisturbed);
        }
    }
    Ok(next)
}

/// Calls `work` with each of `inputs`, on all processors. Returns the results in the order of the inputs.
fn in_parallel<I: Sync, O: Send>(inputs: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let work = &work;
        let part = |part| scope.spawn(move || <[I]>::iter(part).map(work).collect::<Vec<_>>());
        let parts: Vec<_> = inputs.chunks(inputs.len().div_ceil(threads).max(1)).map(part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

/// Searches with `disturbed` disturbed commands and an undisturbed one, or until no new state is found. Returns the violations.
fn search(rules: &Rules, disturbed: Option<usize>) -> Vec<String> {
    let (started, mut steps, mut failures) = (Instant::now(), 0, Vec::new());
    let empty = reach(rules, &[]).unwrap().0;
    let mut reached = HashSet::from([empty.clone()]);
    let mut frontier = vec![(empty, Vec::new())];
    for depth in 0..disturbed.map_or(usize::MAX, |count| count + 1) {
        let is_disturbed = disturbed.is_none_or(|count| depth < count);
        let next = |(state, history): &(State, Vec<Step>)| next_histories(rules, history, state, is_disturbed);
        let mut histories = Vec::new();
        for next in in_parallel(&frontier, next) {
            next.map_or_else(|failure| failures.push(failure), |next| histories.extend(next));
        }
        steps += histories.len();
        frontier.clear();
        for (history, end) in histories
            .iter()
            .zip(in_parallel(&histories, |history| reach(rules, history)))
        {
            match end {
                Ok((state, _)) if state.backups.len() <= MAX_BACKUPS && reached.insert(state.clone()) => {
                    frontier.push((state, history.clone()));
                }
                Ok(_) => {}
                Err(failure) => failures.push(failure),
            }
        }
        println!(
            "{rules:?}: {} states, {steps} steps, {:?}",
            reached.len(),
            started.elapsed()
        );
        if frontier.is_empty() {
            break;
        }
    }
    failures
}

#[track_caller]
fn assert_nothing_is_lost(rules: &Rules, disturbed: usize) {
    let disturbed = std::env::var_os("CSBS_ALL_STATES").is_none().then_some(disturbed);
    let failures = search(rules, disturbed);
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures[..failures.len().min(10)].join("\n")
    );
}

#[test]
fn no_backup_is_lost() {
    assert_nothing_is_lost(&Rules::default(), 2);
}

#[test]
fn no_backup_is_lost_if_lists_show_new_backups_late_and_those_being_deleted() {
    let rules = Rules {
        listed_after: Duration::from_secs(30),
        shows_deleting: true,
        ..Rules::default()
    };
    assert_nothing_is_lost(&rules, 1);
}

#[test]
fn no_backup_in_a_vault_is_lost() {
    assert_nothing_is_lost(
        &Rules {
            is_vault: true,
            ..Rules::default()
        },
        1,
    );
}

/// A service that gives false answers makes even undisturbed commands lose backups. The search must notice it.
#[test]
fn the_search_notices_false_answers() {
    let refused_but_done = || Effect::AnswerAfter {
        status: 400,
        headers: Vec::new(),
        body: r#"{"error_code":"CSBS.9001"}"#.into(),
    };
    let false_answers: [(bool, Operation, Effect); 4] = [
        (false, Operation::Protect, refused_but_done()),
        (true, Operation::CbrCreateCheckpoint, refused_but_done()),
        (false, Operation::GetItem, Effect::refuse(404, "CSBS.3001")),
        (true, Operation::CbrGetBackup, Effect::refuse(404, "BackupService.6200")),
    ];
    for (is_vault, operation, effect) in false_answers {
        let false_answer = Some(Rule::on(operation, effect));
        let failures = search(
            &Rules {
                is_vault,
                false_answer,
                ..Rules::default()
            },
            Some(0),
        );
        assert!(!failures.is_empty(), "{operation:?}");
    }
}
