//! Random runs: several resources of both services, actions, faults, interrupts and killed processes.
//!
//! A run is determined by its seed. A seed that fails is printed with the command that runs it again. `CSBS_SEED=7` runs one seed
//! and prints each of its requests with the virtual time, `CSBS_SEEDS=5000` runs many, `CSBS_FIRST_SEED=5001` begins at another
//! seed than 1.

mod action;
mod address;
mod association;
mod check;
mod command;
mod finish;
mod generator;
mod run;
mod seeds;
mod service_backup;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{panic_message, virtual_time, wire::Trace};
use run::{Counts, run};

#[test]
fn random_runs_lose_nothing() {
    let seeds = seeds::chosen();
    let counts = Counts::default();
    // A single seed is traced completely.
    let trace = (seeds.end - seeds.start == 1).then(Trace::default);
    let started = std::time::Instant::now();
    let failed = seeds::run_all(seeds.clone(), |seed| virtual_time(run(seed, &counts, trace.clone())));
    if let Some(trace) = trace {
        println!("{}", trace.lock().unwrap().join("\n"));
    }
    println!(
        "{} seeds in {:?}: {counts:?}",
        seeds.end - seeds.start,
        started.elapsed()
    );
    assert!(
        failed.is_empty(),
        "{} seeds failed:\n{}",
        failed.len(),
        failed[..failed.len().min(20)].join("\n")
    );
}

/// Seeds whose traces are compared: the first ones, and some later ones.
fn compared_seeds() -> impl Iterator<Item = u64> {
    (1..=12).chain([1930, 2295, 4794, 10256])
}

#[test]
fn a_run_is_determined_by_its_seed() {
    let trace_of = |seed| {
        let trace = Trace::default();
        let counts = Counts::default();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            virtual_time(run(seed, &counts, Some(trace.clone())));
        }));
        let lines = std::mem::take(&mut *trace.lock().unwrap());
        (lines, outcome.err().map(|panic| panic_message(&*panic)))
    };
    for seed in compared_seeds() {
        let (first, first_end) = trace_of(seed);
        let (second, second_end) = trace_of(seed);
        assert!(first.len() > 20, "seed {seed}: {} lines", first.len());
        if let Some((line, (one, other))) = first
            .iter()
            .zip(&second)
            .enumerate()
            .find(|(_, (one, other))| one != other)
        {
            panic!("seed {seed} differs in line {line}:\n  {one}\n  {other}");
        }
        assert_eq!(first.len(), second.len(), "seed {seed}");
        assert_eq!(first_end, second_end, "seed {seed}");
    }
}
