//! `cargo xtask soak`: many applies of real Terraform over connections that fail.
//!
//! Each worker has a simulator, a proxy before it, and a folder with two backups. An apply changes one of them while some
//! connections fail. Every tenth apply has no faults: it must succeed, a second plan must be empty, and every backup of the service
//! must be in the state, or have been named by the output of an earlier apply.

mod proxy;
mod worker;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{build, setup::terraform};
use worker::{Outcome, Worker};

/// Options of the command.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// Number of applies of all workers together.
    pub applies: u64,
    /// Determines the changes and the faults. The time at which a fault meets a request is not determined.
    pub seed: u64,
    /// Number of workers. Most of them wait for a backoff or a delay at any moment.
    pub workers: u64,
}

impl Options {
    /// Parses the arguments after `soak`.
    ///
    /// # Errors
    /// Returns an error if an option does not exist or a value is not a positive number.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let processors = thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let mut options = Self {
            applies: 100,
            seed: 1,
            workers: 2 * processors as u64,
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else {
                bail!("{} needs a number", pair[0])
            };
            let number = value
                .parse()
                .with_context(|| format!("{name}: '{value}' is no number"))?;
            ensure!(number > 0, "{name} must be at least 1");
            match name.as_str() {
                "--applies" => options.applies = number,
                "--seed" => options.seed = number,
                "--workers" => options.workers = number,
                other => bail!("'soak' has no option '{other}'"),
            }
        }
        Ok(options)
    }
}

/// Runs the applies and prints what happened.
///
/// # Errors
/// Returns an error if a build fails, or the states and the service do not agree; the message has the output of the apply.
pub fn run(options: &Options) -> Result<()> {
    let terraform = terraform::preferred()?;
    let plugin = build::release()?;
    build::simulator()?;
    let begin = Instant::now();
    let started = AtomicU64::new(0);
    let outcomes: Vec<Result<Outcome>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..options.workers)
            .map(|number| {
                let (plugin, terraform, started) = (&plugin, terraform.clone(), &started);
                scope.spawn(move || {
                    let seed = options.seed.wrapping_mul(1000).wrapping_add(number);
                    let mut worker = Worker::start(terraform, plugin, seed)?;
                    while started.fetch_add(1, Ordering::Relaxed) < options.applies {
                        if let Err(error) = worker.apply() {
                            // The other workers need not go on.
                            started.store(options.applies, Ordering::Relaxed);
                            return Err(error.context(format!("worker {number} of seed {}", options.seed)));
                        }
                    }
                    worker.finish()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
            .collect()
    });
    let mut sum = Outcome::default();
    for outcome in outcomes {
        sum.add(&outcome?);
    }
    print(&sum, begin.elapsed().as_secs());
    Ok(())
}

fn print(outcome: &Outcome, seconds: u64) {
    println!(
        "{} applies in {seconds} s: {} failed under faults, {} without faults succeeded with an empty second plan.",
        outcome.applies, outcome.failed, outcome.checked
    );
    let faults: BTreeMap<_, _> = outcome.faults.iter().collect();
    println!("Faults: {faults:?}.");
    println!(
        "{} backups were left in the service and are in no state; the output named each of them.",
        outcome.named
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_numbers() {
        let parse = |line: &str| Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let options = parse("--applies 10 --seed 7 --workers 3").unwrap();
        assert_eq!((options.applies, options.seed, options.workers), (10, 7, 3));
        for wrong in ["--applies", "--applies x", "--applies 0", "--more 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
