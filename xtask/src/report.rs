//! The closing summary: steps, times and results.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use anyhow::Result;

/// Counts of tests, as the test runners printed them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Ignored.
    pub ignored: u64,
}

impl Counts {
    /// Adds the counts of a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`. Other lines add nothing.
    pub fn add_line(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        let words: Vec<&str> = counts.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else { continue };
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

struct Step {
    name: String,
    took: Duration,
    failure: Option<String>,
    skipped: bool,
}

/// Collects steps from several threads.
pub struct Report {
    began: Instant,
    steps: Mutex<Vec<Step>>,
}

impl Report {
    /// An empty report; starts the clock.
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            steps: Mutex::new(Vec::new()),
        }
    }

    /// Runs one step and records its result. `None` when it failed.
    pub fn step<T>(&self, name: &str, action: impl FnOnce() -> Result<T>) -> Option<T> {
        eprintln!("== {name}");
        let began = Instant::now();
        let result = action();
        let failure = result.as_ref().err().map(|error| format!("{error:#}"));
        if let Some(text) = &failure {
            eprintln!("== {name} FAILED: {text}");
        }
        if let Ok(mut steps) = self.steps.lock() {
            steps.push(Step {
                name: name.to_owned(),
                took: began.elapsed(),
                failure,
                skipped: false,
            });
        }
        result.ok()
    }

    /// Records that a step was skipped, and why.
    pub fn skip(&self, name: &str, why: &str) {
        eprintln!("== {name} skipped: {why}");
        if let Ok(mut steps) = self.steps.lock() {
            steps.push(Step {
                name: format!("{name} ({why})"),
                took: Duration::ZERO,
                failure: None,
                skipped: true,
            });
        }
    }

    /// Prints the summary; true when every step succeeded. Programs read the last line.
    pub fn finish(self, counts: Counts) -> bool {
        let steps = self.steps.into_inner().unwrap_or_default();
        println!();
        for step in &steps {
            let outcome = match step {
                Step { failure: Some(_), .. } => "FAILED",
                Step { skipped: true, .. } => "skipped",
                _ => "ok",
            };
            println!("{outcome:>7}  {:>6.1} s  {}", step.took.as_secs_f64(), step.name);
        }
        let failed_steps = steps.iter().filter(|step| step.failure.is_some());
        for step in failed_steps.clone() {
            println!("\n{}: {}", step.name, step.failure.as_deref().unwrap_or_default());
        }
        let failed_steps = u64::try_from(failed_steps.count()).unwrap_or(u64::MAX);
        println!("\n{:.0} s in all", self.began.elapsed().as_secs_f64());
        println!(
            "{} passed, {} failed, {} skipped",
            counts.passed,
            counts.failed.max(failed_steps),
            counts.ignored
        );
        failed_steps == 0 && counts.failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_over_test_binaries() {
        let mut counts = Counts::default();
        counts.add_line("running 4 tests");
        counts
            .add_line("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s");
        counts.add_line("\u{1b}[31mtest result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(
            counts,
            Counts {
                passed: 13,
                failed: 2,
                ignored: 1
            }
        );
    }

    #[test]
    fn a_failed_step_fails_the_run() {
        let report = Report::new();
        assert_eq!(report.step("good", || Ok(1)), Some(1));
        assert_eq!(report.step("bad", || anyhow::bail!("no") as Result<()>), None);
        assert!(!report.finish(Counts::default()));
    }
}
