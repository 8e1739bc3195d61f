//! Runs every test with every program, several at a time.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process::ExitCode,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

use super::{Binary, Workspace};

/// Serves the simulators and watches the processes.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
});

/// Terraform spends much of its time waiting, so more tests than cores run at once.
const AT_ONCE: usize = 4;

/// Number of tests in the list of the slowest.
const SLOWEST: usize = 10;

/// Name and duration of every test that has run.
static DURATIONS: Mutex<Vec<(String, Duration)>> = Mutex::new(Vec::new());

/// The programs that a test runs with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Programs {
    All,
    /// For tests that wait long in real time and in which the program makes no difference.
    Newest,
}

/// One acceptance test.
#[derive(Clone, Copy)]
pub struct Test {
    /// Its name; starts with `acc_`.
    pub name: &'static str,
    /// Its steps.
    pub run: fn(&mut Workspace),
    /// The programs that it runs with.
    pub programs: Programs,
}

/// Runs the tests as the standard test harness would.
pub fn main(groups: &[&[Test]]) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let binaries = if arguments.list {
        vec![None]
    } else {
        Binary::all().into_iter().map(Some).collect()
    };
    let newest = binaries.iter().max_by_key(|binary| {
        let program = |binary: &Binary| (binary.tool == "terraform", binary.version);
        binary.as_ref().map(program)
    });
    let mut tests: Vec<Test> = groups.concat();
    // Those that wait long come first, so that others run meanwhile.
    tests.sort_by_key(|test| test.programs == Programs::All);
    let trials = tests.into_iter().flat_map(|test| {
        let runs_with = |binary: &&Option<Binary>| test.programs == Programs::All || Some(*binary) == newest;
        let with_binary = move |binary: &Option<Binary>| trial(test, binary.clone());
        binaries.iter().filter(runs_with).map(with_binary).collect::<Vec<_>>()
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    print_slowest();
    conclusion.exit_code()
}

/// A run of a test with a program; `None` to list the test.
fn trial(test: Test, binary: Option<Binary>) -> Trial {
    let label = binary.as_ref().map_or_else(|| "any".to_owned(), Binary::label);
    let name = format!("{label}::{}", test.name);
    Trial::test(name.clone(), move || {
        let begin = Instant::now();
        run(test, &binary.ok_or("no program")?);
        let mut durations = DURATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        durations.push((name, begin.elapsed()));
        Ok(())
    })
}

fn print_slowest() {
    let mut durations = DURATIONS.lock().unwrap_or_else(PoisonError::into_inner);
    durations.sort_unstable_by_key(|(_, duration)| std::cmp::Reverse(*duration));
    if durations.len() > SLOWEST {
        println!("slowest:");
        for (name, duration) in durations.iter().take(SLOWEST) {
            println!("  {:>5.1} s  {name}", duration.as_secs_f64());
        }
    }
}

fn run(test: Test, binary: &Binary) {
    let mut workspace = Workspace::new(test.name, binary);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        (test.run)(&mut workspace);
        workspace.compare_with_the_service();
    }));
    if let Err(panic) = outcome {
        eprintln!("---- {} with {}\n{}", test.name, binary.label(), workspace.transcript());
        resume_unwind(panic);
    }
}
