//! Every fault at every request of every operation, once and permanently.
//!
//! Nothing may be lost in any cell. In addition, [`Cell::expected`] derives from rules how each cell ends: above all, one transient
//! fault never makes an operation fail.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use csbs_simulator::{Operation, Rule};
use terraform_plugin::Diagnostic;
use tokio::time::Instant;

use crate::{
    cloud::Cloud,
    fault::{self, Fault, Nature},
    panic_message,
    scenario::{Scenario, ScenarioRun, TIMEOUT},
    virtual_time,
};

/// Longest time that an operation takes beyond its timeout: the last request may be in flight.
const MARGIN: Duration = Duration::from_secs(150);

/// Longest time of a refresh, which has no timeout of its own in Terraform: six attempts of a minute.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(420);

/// Longest delay by one transient fault: the request times out after a minute, and the next lookup or attempt follows within
/// another half.
const ONE_FAILURE: Duration = Duration::from_secs(90);

/// Largest number of additional requests after one fault: a second attempt or a second sign-in, and the lookups until the effect
/// of a request without a response is found.
const EXTRA_REQUESTS: usize = 30;

/// Largest number of lookups after a request that had no effect and no response: for two minutes, every 1.5 seconds.
const UNKNOWN_OUTCOME_LOOKUPS: usize = 80;

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

/// An undisturbed run of a scenario.
struct Baseline {
    requests: usize,
    time: Duration,
    /// Of each kind of request the first, second, middle and last.
    positions: Vec<(Operation, u64)>,
}

/// The end of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Succeeds,
    /// It fails with the message that the outcome of a request is unknown, because a second request could create a second object.
    ReportsUnknown,
    /// It succeeds with a second request, after lists and tasks have shown for a minute that the first one was not carried out. A
    /// warning says so.
    SendsAgain,
    /// It fails, and each error names the fault, the timeout that the fault used up, or that the outcome is unknown.
    Fails,
    /// It succeeds, or fails as in [`Outcome::Fails`].
    MayFail,
}

/// The expected course of a cell.
#[derive(Debug)]
struct Expected {
    outcome: Outcome,
    max_requests: usize,
    max_time: Duration,
}

impl Cell {
    /// Derives the expectation from the rules of the provider.
    fn expected(&self, baseline: &Baseline) -> Expected {
        let outcome = self.outcome();
        let max_time = match (self.persistence, outcome) {
            (Persistence::Once, Outcome::Succeeds) => baseline.time + ONE_FAILURE,
            _ => self.longest(),
        };
        // During a restore from a vault, the tasks are read as well: every ten seconds, which is at most every sixth lookup.
        let with_tasks = |lookups: usize| match self.scenario {
            Scenario::VaultRestore => lookups + lookups / 6 + 1,
            _ => lookups,
        };
        let max_requests = match (self.persistence, outcome) {
            (Persistence::Once, Outcome::ReportsUnknown | Outcome::SendsAgain) => {
                baseline.requests + with_tasks(UNKNOWN_OUTCOME_LOOKUPS)
            }
            (Persistence::Once, _) => baseline.requests + with_tasks(EXTRA_REQUESTS),
            // Each request is attempted at most six times. Waits look at most every three seconds, and read three times if they
            // cannot read the response.
            (Persistence::Always, _) => {
                let lookups = usize::try_from(max_time.as_secs()).unwrap() * self.scenario.resources();
                baseline.requests * 6 + with_tasks(lookups)
            }
        };
        Expected {
            outcome,
            max_requests,
            max_time,
        }
    }

    fn outcome(&self) -> Outcome {
        // Two requests could create two objects, and these have no unique name.
        let must_not_repeat = matches!(
            self.operation,
            Operation::Protect
                | Operation::Restore
                | Operation::RunPolicy
                | Operation::CbrCreateCheckpoint
                | Operation::CbrRestoreBackup
        );
        match self.fault.nature {
            Nature::Harmless => Outcome::Succeeds,
            Nature::Misleading if self.persistence == Persistence::Always => Outcome::MayFail,
            _ if self.persistence == Persistence::Always && self.is_essential() && !self.fault.executed => {
                Outcome::Fails
            }
            _ if self.persistence == Persistence::Always => Outcome::MayFail,
            Nature::Transient if must_not_repeat && !self.fault.outcome_known && !self.fault.executed => {
                if self.operation == Operation::CbrCreateCheckpoint {
                    Outcome::SendsAgain
                } else {
                    Outcome::ReportsUnknown
                }
            }
            Nature::Transient => Outcome::Succeeds,
            // An action reads the state of its object once before it starts.
            Nature::Misleading
                if matches!(
                    self.scenario,
                    Scenario::Restore | Scenario::RunPolicy | Scenario::VaultRestore
                ) =>
            {
                Outcome::MayFail
            }
            Nature::Misleading => Outcome::Succeeds,
            Nature::Rejected => Outcome::MayFail,
        }
    }

    /// Returns true if the scenario cannot succeed without this request.
    fn is_essential(&self) -> bool {
        use Operation::{
            CbrCreateCheckpoint, CbrDeleteBackup, CbrRestoreBackup, CreatePolicy, CreateToken, DeleteCheckpoint,
            DeletePolicy, Protect, Restore, RunPolicy, UpdatePolicy,
        };
        match self.scenario {
            _ if self.skip > 0 => false,
            _ if self.operation == CreateToken => true,
            Scenario::Create | Scenario::CreateMany | Scenario::SignInAgain | Scenario::CreateBackupAction => {
                self.operation == Protect
            }
            Scenario::Replace => matches!(self.operation, Protect | DeleteCheckpoint),
            Scenario::Delete | Scenario::PruneBackups => self.operation == DeleteCheckpoint,
            Scenario::PolicyCreate => self.operation == CreatePolicy,
            Scenario::PolicyUpdate | Scenario::AssociationCreate | Scenario::AssociationDelete => {
                self.operation == UpdatePolicy
            }
            Scenario::PolicyDelete => self.operation == DeletePolicy,
            Scenario::Restore => self.operation == Restore,
            Scenario::RunPolicy => self.operation == RunPolicy,
            Scenario::VaultCreate => self.operation == CbrCreateCheckpoint,
            Scenario::VaultDelete => self.operation == CbrDeleteBackup,
            Scenario::VaultRestore => self.operation == CbrRestoreBackup,
            Scenario::Refresh
            | Scenario::RefreshMany
            | Scenario::PolicyRefresh
            | Scenario::Tags
            | Scenario::VaultRefresh => false,
        }
    }

    /// Returns true if an error tells the user about this cell's fault.
    fn names_fault(&self, error: &Diagnostic) -> bool {
        let detail = &error.detail;
        self.fault.symptoms.is_empty()
            || self.fault.symptoms.iter().any(|symptom| detail.contains(symptom))
            // Tasks are only read for details.
            || self.operation == Operation::CbrListTasks
            || detail.contains(" 3m")
            || detail.contains("within the timeout")
            || reports_unknown(error)
    }

    /// The longest time of an operation that is disturbed permanently.
    fn longest(&self) -> Duration {
        match self.scenario {
            // Resources that share a rate limit wait for each other.
            Scenario::CreateMany => TIMEOUT + 2 * MARGIN,
            Scenario::Create
            | Scenario::PolicyCreate
            | Scenario::AssociationCreate
            | Scenario::Restore
            | Scenario::RunPolicy
            | Scenario::CreateBackupAction
            | Scenario::VaultCreate
            | Scenario::VaultRestore => TIMEOUT + MARGIN,
            Scenario::Refresh | Scenario::RefreshMany | Scenario::PolicyRefresh | Scenario::VaultRefresh => {
                REFRESH_TIMEOUT
            }
            Scenario::Replace => 2 * TIMEOUT + MARGIN + REFRESH_TIMEOUT,
            _ => TIMEOUT + MARGIN + REFRESH_TIMEOUT,
        }
    }
}

fn baseline(scenario: Scenario) -> Baseline {
    virtual_time(async {
        let mut run = ScenarioRun::new(scenario, Cloud::new(1)).await;
        let started = Instant::now();
        let diags = run.execute().await;
        let time = started.elapsed();
        assert!(diags.errors.is_empty(), "{diags:?}");
        run.assert_nothing_is_lost(false);
        let requests = run.cloud.simulator.requests();
        let mut counts = BTreeMap::<_, u64>::new();
        for request in &requests {
            *counts.entry(request.operation).or_default() += 1;
        }
        let mut positions = Vec::new();
        for (operation, count) in counts {
            let mut skips = match scenario {
                Scenario::CreateMany
                | Scenario::RefreshMany
                | Scenario::Replace
                | Scenario::SignInAgain
                | Scenario::CreateBackupAction
                | Scenario::PruneBackups
                | Scenario::AssociationCreate
                | Scenario::AssociationDelete
                | Scenario::VaultCreate
                | Scenario::VaultRefresh
                | Scenario::VaultDelete
                | Scenario::VaultRestore => vec![0, count - 1],
                _ => vec![0, 1.min(count - 1), count / 2, count - 1],
            };
            skips.sort_unstable();
            skips.dedup();
            positions.extend(skips.into_iter().map(|skip| (operation, skip)));
        }
        run.recover().await;
        Baseline {
            requests: requests.len(),
            time,
            positions,
        }
    })
}

/// Runs a cell and compares it with its expectation.
async fn run_cell(cell: &Cell, expected: &Expected) -> Course {
    let mut run = ScenarioRun::new(cell.scenario, Cloud::new(1)).await;
    let mut rule = Rule::on(cell.operation, cell.fault.effect.clone()).after(cell.skip);
    if cell.persistence == Persistence::Once {
        rule = rule.once();
    }
    run.cloud.fault(rule, cell.fault.broken);
    let started = Instant::now();
    let diags = run.execute().await;
    let course = Course {
        requests: run.cloud.simulator.requests().len(),
        time: started.elapsed(),
    };
    assert!(
        course.time <= expected.max_time && course.requests <= expected.max_requests,
        "{course:?}, {expected:?}"
    );
    let failed = !diags.errors.is_empty();
    match expected.outcome {
        Outcome::Succeeds => assert!(!failed, "it must succeed: {:?}", diags.errors),
        Outcome::ReportsUnknown => assert!(
            diags.errors.iter().any(reports_unknown),
            "it must report an unknown outcome: {:?}",
            diags.errors
        ),
        Outcome::SendsAgain => assert!(
            !failed
                && diags
                    .warnings
                    .iter()
                    .any(|warning| warning.detail.contains("it was sent once more")),
            "it must send the request again: {diags:?}"
        ),
        Outcome::Fails => assert!(failed, "it must fail"),
        Outcome::MayFail => {}
    }
    for error in &diags.errors {
        assert!(cell.names_fault(error), "it must name the fault: {error:?}");
    }
    run.assert_nothing_is_lost(cell.persistence == Persistence::Always || cell.fault.late);
    run.assert_no_unsafe_repeat(cell.fault.outcome_known);
    for error in &diags.errors {
        assert!(
            names_cause(&error.detail) && names_next_step(&error.detail),
            "{error:?}"
        );
    }
    run.recover().await;
    course
}

/// Returns true if the error says that the outcome of a request is unknown.
fn reports_unknown(error: &Diagnostic) -> bool {
    error.summary.contains("not known whether") || error.detail.contains("not known whether")
}

/// The measured course of a cell.
#[derive(Debug, Default, Clone, Copy)]
struct Course {
    requests: usize,
    time: Duration,
}

/// Returns true if the text names the response of the service or the failure of the connection.
fn names_cause(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "HTTP status",
        "CSBS.",
        "BackupService.",
        "the connection failed",
        "could not be reached",
        "the identity service",
        "gave no reason",
        "status",
        "not listed",
        "is listed",
        " 3m",
    ];
    let rare = [
        "does not say which disks",
        "has nothing to back up",
        "was undone 5 times",
        "is not associated",
    ];
    WORDS.iter().chain(&rare).any(|word| text.contains(word))
}

/// Returns true if the text recommends a next step.
fn names_next_step(text: &str) -> bool {
    const WORDS: [&str; 15] = [
        "Add `lifecycle",
        "Associate the server",
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
    let (mut cells, mut failed) = (0, Vec::new());
    let started = std::time::Instant::now();
    for scenario in scenarios {
        let baseline = baseline(*scenario);
        let mut most = [Course::default(); 2];
        for &(operation, skip) in &baseline.positions {
            for fault in fault::all() {
                for persistence in [Persistence::Once, Persistence::Always] {
                    let cell = Cell {
                        scenario: *scenario,
                        operation,
                        skip,
                        fault: fault.clone(),
                        persistence,
                    };
                    let expected = cell.expected(&baseline);
                    cells += 1;
                    match catch_unwind(AssertUnwindSafe(|| virtual_time(run_cell(&cell, &expected)))) {
                        Ok(course) => {
                            let most = &mut most[persistence as usize];
                            most.requests = most.requests.max(course.requests);
                            most.time = most.time.max(course.time);
                        }
                        Err(panic) => failed.push(format!(
                            "{scenario:?} / {} {skip} / {} / {persistence:?}: {}",
                            operation.name(),
                            fault.name,
                            panic_message(&*panic)
                        )),
                    }
                }
            }
        }
        println!(
            "  {scenario:?}: {} requests in {:?} undisturbed; at most {:?} with one fault, {:?} with a lasting fault",
            baseline.requests, baseline.time, most[0], most[1]
        );
    }
    println!(
        "{scenarios:?}: {cells} cells in {:?}, {} failed",
        started.elapsed(),
        failed.len()
    );
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
    create_backup_action: CreateBackupAction;
    prune_backups: PruneBackups;
    association: AssociationCreate, AssociationDelete;
    vault_create: VaultCreate;
    vault_refresh_and_delete: VaultRefresh, VaultDelete;
    vault_restore: VaultRestore;
}
