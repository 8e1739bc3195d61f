//! Every fault at every request of every operation, once and permanently.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use csbs_simulator::{Operation, Rule};
use tokio::time::Instant;

use crate::{
    cloud::Cloud,
    fault::{self, Fault},
    panic_message,
    scenario::{Scenario, ScenarioRun, TIMEOUT},
    virtual_time,
};

/// Longest time that an operation takes beyond its timeout: the last request may be in flight.
const MARGIN: Duration = Duration::from_secs(150);

/// Longest time of a refresh, which has no timeout of its own in Terraform: six attempts of a minute.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(420);

/// The duration of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Persistence {
    Once,
    /// Every request of this kind from then on.
    Always,
}

#[derive(Debug, Clone)]
struct Cell {
    scenario: Scenario,
    operation: Operation,
    skip: u64,
    fault: Fault,
    persistence: Persistence,
}

/// The requests of an undisturbed operation: of each kind the first, second, middle and last.
fn requests(scenario: Scenario) -> Vec<(Operation, u64)> {
    virtual_time(async {
        let mut run = ScenarioRun::new(scenario, Cloud::new(1)).await;
        let diags = run.execute().await;
        assert!(diags.errors.is_empty(), "{diags:?}");
        run.assert_nothing_is_lost(false);
        let mut counts = BTreeMap::<_, u64>::new();
        for request in run.cloud.simulator.requests() {
            *counts.entry(request.operation).or_default() += 1;
        }
        let mut found = Vec::new();
        for (operation, count) in counts {
            let mut positions = match scenario {
                Scenario::CreateMany | Scenario::RefreshMany | Scenario::Replace | Scenario::SignInAgain => {
                    vec![0, count - 1]
                }
                _ => vec![0, 1.min(count - 1), count / 2, count - 1],
            };
            positions.sort_unstable();
            positions.dedup();
            found.extend(positions.into_iter().map(|skip| (operation, skip)));
        }
        run.recover().await;
        found
    })
}

/// Runs a cell; returns true if the operation reported an error.
async fn run_cell(cell: &Cell) -> bool {
    let mut run = ScenarioRun::new(cell.scenario, Cloud::new(1)).await;
    let mut rule = Rule::on(cell.operation, cell.fault.effect.clone()).after(cell.skip);
    if cell.persistence == Persistence::Once {
        rule = rule.once();
    }
    run.cloud.fault(rule, cell.fault.broken);
    let started = Instant::now();
    let diags = run.execute().await;
    let most = match cell.scenario {
        // Resources that share a rate limit wait for each other.
        Scenario::CreateMany => TIMEOUT + 2 * MARGIN,
        Scenario::Create | Scenario::PolicyCreate | Scenario::Restore | Scenario::RunPolicy => TIMEOUT + MARGIN,
        Scenario::Refresh | Scenario::RefreshMany | Scenario::PolicyRefresh => REFRESH_TIMEOUT,
        Scenario::Replace => 2 * TIMEOUT + MARGIN + REFRESH_TIMEOUT,
        _ => TIMEOUT + MARGIN + REFRESH_TIMEOUT,
    };
    assert!(started.elapsed() <= most, "it took {:?}", started.elapsed());
    run.assert_nothing_is_lost(cell.persistence == Persistence::Always || cell.fault.late);
    run.assert_no_unsafe_repeat(cell.fault.outcome_known);
    for error in &diags.errors {
        assert!(
            names_cause(&error.detail) && names_next_step(&error.detail),
            "{error:?}"
        );
    }
    run.recover().await;
    !diags.errors.is_empty()
}

/// Returns true if the text names the response of the service or the failure of the connection.
fn names_cause(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "HTTP status",
        "CSBS.",
        "the connection failed",
        "could not be reached",
        "the identity service",
        "gave no reason",
        "status",
        "not listed",
        "is listed",
        " 3m",
    ];
    let rare = ["does not say which disks", "has nothing to back up"];
    WORDS.iter().chain(&rare).any(|word| text.contains(word))
}

/// Returns true if the text recommends a next step.
fn names_next_step(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "Name the disks",
        "Add a server",
        "again",
        "Check",
        "Raise",
        "raise",
        "terraform import",
        "next plan",
        "next apply",
        "Look",
        "look",
        "Ask",
        "Give it",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

fn matrix(scenarios: &[Scenario]) {
    let (mut cells, mut with_error, mut failed) = (0, BTreeMap::<_, u32>::new(), Vec::new());
    let started = std::time::Instant::now();
    let mut times = Vec::new();
    for scenario in scenarios {
        for (operation, skip) in requests(*scenario) {
            for fault in fault::all() {
                for persistence in [Persistence::Once, Persistence::Always] {
                    let cell = Cell {
                        scenario: *scenario,
                        operation,
                        skip,
                        fault: fault.clone(),
                        persistence,
                    };
                    let name = format!(
                        "{scenario:?} / {} {skip} / {} / {persistence:?}",
                        operation.name(),
                        fault.name
                    );
                    cells += 1;
                    let cell_started = std::time::Instant::now();
                    match catch_unwind(AssertUnwindSafe(|| virtual_time(run_cell(&cell)))) {
                        Ok(false) => {}
                        Ok(true) => {
                            *with_error
                                .entry((persistence as u8, *scenario as u8, operation, fault.name))
                                .or_default() += 1
                        }
                        Err(panic) => {
                            failed.push(format!("{name}: {}", panic_message(&*panic)));
                        }
                    }
                    times.push((cell_started.elapsed(), name));
                }
            }
        }
    }
    times.sort();
    if let Some((took, name)) = times.pop() {
        println!("  the slowest: {took:?} {name}");
    }
    println!(
        "{scenarios:?}: {cells} cells in {:?}, {} failed",
        started.elapsed(),
        failed.len()
    );
    for ((persistence, scenario, operation, fault), count) in &with_error {
        if *persistence == 0 {
            println!(
                "  error after one fault: scenario {scenario}, {}, {fault}: {count}",
                operation.name()
            );
        }
    }
    let shown: Vec<_> = failed
        .iter()
        .map(|text| text.chars().take(700).collect::<String>())
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {cells} cells failed:\n{}",
        failed.len(),
        shown.join("\n")
    );
}

macro_rules! scenarios {
    ($($name:ident: $($scenario:ident),+;)+) => {
        $(#[test]
        fn $name() {
            matrix(&[$(Scenario::$scenario),+]);
        })+
    };
}

scenarios! {
    create: Create;
    create_many: CreateMany;
    refresh: Refresh, RefreshMany;
    tags: Tags;
    delete: Delete;
    replace: Replace;
    sign_in_again: SignInAgain;
    policy: PolicyCreate, PolicyRefresh, PolicyUpdate, PolicyDelete;
    actions: Restore, RunPolicy;
}
