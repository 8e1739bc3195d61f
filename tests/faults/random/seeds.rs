//! The seeds of a test run: which ones run, on which threads, and their progress.

use std::{
    collections::BTreeSet,
    io::Write as _,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    time::Instant,
};

use crate::panic_message;

/// Default number of seeds: they take half a minute on two cores without optimization. It is a number and not a time, so that
/// it is certain which seeds run.
const SEEDS: u64 = 400;

/// Number of seeds between two lines of progress.
const PROGRESS_INTERVAL: u64 = 10_000;

/// The seeds that the environment chooses: `CSBS_SEED` alone, or `CSBS_SEEDS` of them from `CSBS_FIRST_SEED`.
pub fn chosen() -> Range<u64> {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(
            text.parse::<u64>()
                .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        )
    };
    if let Some(seed) = number("CSBS_SEED") {
        return seed..seed + 1;
    }
    let first = number("CSBS_FIRST_SEED").unwrap_or(1);
    first..first + number("CSBS_SEEDS").unwrap_or(SEEDS)
}

/// The seeds that have ended and those that are running.
struct Progress {
    next: u64,
    running: BTreeSet<u64>,
    ended: u64,
    failed: Vec<String>,
}

/// Runs each seed on one of several threads. Returns the failures, each with the command that repeats it.
pub fn run_all(seeds: Range<u64>, run: impl Fn(u64) + Sync) -> Vec<String> {
    let started = Instant::now();
    let progress = Mutex::new(Progress {
        next: seeds.start,
        running: BTreeSet::new(),
        ended: 0,
        failed: Vec::new(),
    });
    let next_seed = || {
        let mut progress = progress.lock().unwrap();
        let seed = progress.next;
        (seed < seeds.end).then(|| {
            progress.next += 1;
            progress.running.insert(seed);
            seed
        })
    };
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().min(8));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = next_seed() {
                    let outcome = catch_unwind(AssertUnwindSafe(|| run(seed)));
                    let mut progress = progress.lock().unwrap();
                    progress.running.remove(&seed);
                    progress.ended += 1;
                    if let Err(panic) = outcome {
                        let command = format!(
                            "CSBS_SEED={seed} cargo test --test faults random_runs_lose_nothing -- --nocapture"
                        );
                        show(&format!("seed {seed} failed: {command}"));
                        progress.failed.push(format!("{command}\n  {}", panic_message(&*panic)));
                    }
                    if progress.ended.is_multiple_of(PROGRESS_INTERVAL) {
                        let end = progress.running.first().copied().unwrap_or(progress.next);
                        show(&format!(
                            "all seeds from {} to {} have ended: {} failures in {:?}",
                            seeds.start,
                            end - 1,
                            progress.failed.len(),
                            started.elapsed()
                        ));
                    }
                }
            });
        }
    });
    progress.into_inner().unwrap().failed
}

/// Writes a line at once, also without `--nocapture`: a long run may be interrupted.
fn show(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
