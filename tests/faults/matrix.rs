//! Every request of every operation, times every fault, once and for ever.

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
    life::{LIMIT, Life, Stage},
    text_of, virtual_time,
};

/// How long an operation may take beyond its timeout: the last request may be under way.
const MARGIN: Duration = Duration::from_secs(150);

/// How long a refresh may take: six tries of a minute. It has no timeout of its own in Terraform.
const READ: Duration = Duration::from_secs(420);

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    Once,
    /// Every request of this kind from then on.
    Always,
}

#[derive(Debug, Clone)]
struct Cell {
    life: Life,
    operation: Operation,
    skip: u64,
    fault: Fault,
    lasting: Lasting,
}

/// The requests of an operation that nothing disturbs: of each kind the first, second, middle and last.
fn requests(life: Life) -> Vec<(Operation, u64)> {
    virtual_time(async {
        let mut stage = Stage::new(life, Cloud::new(1)).await;
        let diags = stage.act().await;
        assert!(diags.errors.is_empty(), "{diags:?}");
        stage.check(false);
        let mut counts = BTreeMap::<_, u64>::new();
        for request in stage.cloud.simulator.requests() {
            *counts.entry(request.operation).or_default() += 1;
        }
        let mut found = Vec::new();
        for (operation, count) in counts {
            let mut which = match life {
                Life::CreateMany | Life::RefreshMany | Life::Replace | Life::SignInAgain => vec![0, count - 1],
                _ => vec![0, 1.min(count - 1), count / 2, count - 1],
            };
            which.sort_unstable();
            which.dedup();
            found.extend(which.into_iter().map(|skip| (operation, skip)));
        }
        stage.recover().await;
        found
    })
}

/// Runs a cell; whether the operation reported an error.
async fn run(cell: &Cell) -> bool {
    let mut stage = Stage::new(cell.life, Cloud::new(1)).await;
    let mut rule = Rule::on(cell.operation, cell.fault.effect.clone()).after(cell.skip);
    if cell.lasting == Lasting::Once {
        rule = rule.once();
    }
    stage.cloud.fault(rule, cell.fault.broken);
    let began = Instant::now();
    let diags = stage.act().await;
    let most = match cell.life {
        // Those that share a rate limit wait for each other.
        Life::CreateMany => LIMIT + 2 * MARGIN,
        Life::Create | Life::PolicyCreate | Life::Restore | Life::RunPolicy => LIMIT + MARGIN,
        Life::Refresh | Life::RefreshMany | Life::PolicyRefresh => READ,
        Life::Replace => 2 * LIMIT + MARGIN + READ,
        _ => LIMIT + MARGIN + READ,
    };
    assert!(began.elapsed() <= most, "it took {:?}", began.elapsed());
    stage.check(cell.lasting == Lasting::Always || cell.fault.late);
    stage.check_sent(cell.fault.certain);
    for error in &diags.errors {
        assert!(says_what(&error.detail) && says_what_to_do(&error.detail), "{error:?}");
    }
    stage.recover().await;
    !diags.errors.is_empty()
}

/// Whether a text names what the service or the connection did.
fn says_what(text: &str) -> bool {
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
    let odd = ["does not say which disks", "has nothing to back up"];
    WORDS.iter().chain(&odd).any(|word| text.contains(word))
}

/// Whether a text tells the next step.
fn says_what_to_do(text: &str) -> bool {
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

fn matrix(lives: &[Life]) {
    let (mut cells, mut with_error, mut failed) = (0, BTreeMap::<_, u32>::new(), Vec::new());
    let began = std::time::Instant::now();
    let mut times = Vec::new();
    for life in lives {
        for (operation, skip) in requests(*life) {
            for fault in fault::all() {
                for lasting in [Lasting::Once, Lasting::Always] {
                    let cell = Cell {
                        life: *life,
                        operation,
                        skip,
                        fault: fault.clone(),
                        lasting,
                    };
                    let name = format!("{life:?} / {} {skip} / {} / {lasting:?}", operation.name(), fault.name);
                    cells += 1;
                    let cell_began = std::time::Instant::now();
                    match catch_unwind(AssertUnwindSafe(|| virtual_time(run(&cell)))) {
                        Ok(false) => {}
                        Ok(true) => {
                            *with_error
                                .entry((lasting as u8, *life as u8, operation, fault.name))
                                .or_default() += 1
                        }
                        Err(panic) => {
                            failed.push(format!("{name}: {}", text_of(&*panic)));
                        }
                    }
                    times.push((cell_began.elapsed(), name));
                }
            }
        }
    }
    times.sort();
    if let Some((took, name)) = times.pop() {
        println!("  the slowest: {took:?} {name}");
    }
    println!(
        "{lives:?}: {cells} cells in {:?}, {} failed",
        began.elapsed(),
        failed.len()
    );
    for ((lasting, life, operation, fault), count) in &with_error {
        if *lasting == 0 {
            println!(
                "  error after one fault: life {life}, {}, {fault}: {count}",
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

macro_rules! lives {
    ($($name:ident: $($life:ident),+;)+) => {
        $(#[test]
        fn $name() {
            matrix(&[$(Life::$life),+]);
        })+
    };
}

lives! {
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
