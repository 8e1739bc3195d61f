//! An apply of many backups: requests, and how long after the service each is done.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Report, Subject, Target, Timed,
    configuration::{self, Form},
    log, median, megabytes, number, timed_command,
};
use crate::simulator::Simulator;

/// An apply.
struct Job {
    backups: usize,
    /// In the simulator's notation. Each backup waits 20 s before it begins.
    backup_time: &'static str,
}

/// Many short backups, and some that take so long that rare polling would be enough.
const JOBS: [Job; 2] = [
    Job {
        backups: 500,
        backup_time: "20s",
    },
    Job {
        backups: 100,
        backup_time: "300s",
    },
];

/// Result of a job.
struct Outcome {
    run: Timed,
    backups: Vec<Times>,
}

/// Times of one backup, in seconds.
struct Times {
    /// Its duration in the service.
    duration: f64,
    /// From its end in the service until the provider saw it.
    provider: f64,
    /// From its end in the service until Terraform reported it.
    late: f64,
}

/// Applies in real time.
///
/// # Errors
/// Returns an error if Terraform fails.
pub fn measure(own: &Subject, report: &mut Report) -> Result<()> {
    let text = &mut report.text;
    writeln!(text, "\n## An apply at -parallelism=100\n")?;
    writeln!(
        text,
        "In real time. A backup is late by the time from its end in the service until Terraform reported it. The provider's share \
         ends when it saw the end, by its log; the rest is Terraform's, which writes its whole state for each backup.\n"
    )?;
    writeln!(
        text,
        "| backups | each takes | wall time | late, median | late, at most | the provider's share, median | at most | \
         Terraform's share, median | at most | late at most, of its duration | requests per backup | sign-ins | processor time \
         of the plugin | its peak memory |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    for job in &JOBS {
        let outcome = apply(own, job)?;
        let requests = number(outcome.run.requests) / number(job.backups as u64);
        let most = |of: fn(&Times) -> f64| outcome.backups.iter().map(of).fold(0.0, f64::max);
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of minutes")]
        let middle = |of: fn(&Times) -> f64| {
            let milliseconds = outcome.backups.iter().map(|times| (of(times) * 1000.0) as i64);
            median(milliseconds.collect()) as f64 / 1000.0
        };
        let duration = most(|times| times.duration);
        let late = most(|times| times.late);
        let share = most(|times| times.late / times.duration) * 100.0;
        let provider = |times: &Times| times.provider;
        let terraform = |times: &Times| times.late - times.provider;
        writeln!(
            text,
            "| {} | {duration:.0} s | {:.1} s | {:.2} s | {late:.2} s | {:.2} s | {:.2} s | {:.2} s | {:.2} s | {share:.1} % | \
             {:.2} | {} | {:.2} s | {:.1} MB |",
            job.backups,
            outcome.run.wall.as_secs_f64(),
            middle(|times| times.late),
            middle(provider),
            most(provider),
            middle(terraform),
            most(terraform),
            requests,
            outcome.run.sign_ins,
            outcome.run.usage.cpu.as_secs_f64(),
            megabytes(outcome.run.usage.peak * 1024)
        )?;
        let backups = format!("apply of {} backups of {duration:.0} s", job.backups);
        report
            .targets
            .push(Target::new(format!("{backups}: requests per backup"), 3.0, requests));
        report.targets.push(if duration < 120.0 {
            Target::new(format!("{backups}: late, seconds"), 2.0, late)
        } else {
            Target::new(format!("{backups}: late, % of the duration"), 5.0, share)
        });
        report.targets.push(Target::new(
            format!("{backups}: sign-ins, in the two processes of an apply"),
            2.0,
            number(outcome.run.sign_ins),
        ));
    }
    Ok(())
}

fn apply(own: &Subject, job: &Job) -> Result<Outcome> {
    let servers = job.backups.to_string();
    let sandbox = own.sandbox(&["--speed", "1", "--backup-time", job.backup_time, "--servers", &servers])?;
    configuration::configure(&sandbox, &own.kind.configuration(Form::Blocks, 0..job.backups))?;
    let arguments = ["apply", "-auto-approve", "-parallelism=100", "-json"];
    let provider_log = sandbox.work().join("provider.log");
    let mut command = sandbox.command(&arguments);
    command.env("TF_LOG_PROVIDER", "INFO").env("TF_LOG_PATH", &provider_log);
    let run = timed_command(&sandbox, command, &arguments)?;
    let seen = seen(&fs::read_to_string(provider_log)?);
    let backups = times(&sandbox.simulator, &seen, &fs::read_to_string(log())?)?;
    ensure!(
        backups.len() == job.backups,
        "{} of {} are known",
        backups.len(),
        job.backups
    );
    println!("{} backups: {:?}", job.backups, run.wall);
    Ok(Outcome { run, backups })
}

/// For each backup, by its ID, when the provider saw that it was available, from the provider's log.
fn seen(log: &str) -> BTreeMap<String, Timestamp> {
    let lines = log.lines().filter(|line| line.contains("the backup is available"));
    lines
        .filter_map(|line| {
            let value = |name: &str| {
                let word = line.split_whitespace().find_map(|word| word.strip_prefix(name));
                word.map(|word| word.trim_matches('"').to_owned())
            };
            Some((value("item_id=")?, log_time(&value("timestamp=")?)?))
        })
        .collect()
}

/// A time in the log's form, such as `2026-11-25T09:12:47.123Z` or `2026-11-25T10:12:47.123+0100`.
fn log_time(text: &str) -> Option<Timestamp> {
    let zoned = || Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text);
    text.parse().or_else(|_| zoned()).ok()
}

/// Compares the end of each backup in the service with the time at which the provider saw it, and with the time in Terraform's
/// machine-readable log.
fn times(simulator: &Simulator, seen: &BTreeMap<String, Timestamp>, output: &str) -> Result<Vec<Times>> {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let mut done = BTreeMap::new();
    for line in output.lines() {
        let line: Value = serde_json::from_str(line)?;
        if line["type"] == "apply_complete" {
            let id = line["hook"]["id_value"]
                .as_str()
                .context("a resource without an ID is complete")?;
            done.insert(id.to_owned(), time(&line["@timestamp"]).context("no time")?);
        }
    }
    let state = simulator.request("GET", "/_admin/state", "")?;
    let checkpoints = state["checkpoints"].as_array().context("no checkpoints")?;
    let items = checkpoints
        .iter()
        .filter_map(|checkpoint| checkpoint["items"].as_array());
    items
        .flatten()
        .map(|item| {
            let id = item["id"].as_str().unwrap_or_default();
            let started = time(&item["created_at"]).context("no begin of a backup")?;
            let finished = time(&item["finished_at"]).context("a backup is not finished")?;
            let known = done.get(id).with_context(|| format!("Terraform did not report {id}"))?;
            let seen = seen.get(id).with_context(|| format!("the provider's log lacks {id}"))?;
            Ok(Times {
                duration: finished.duration_since(started).as_secs_f64(),
                provider: seen.duration_since(finished).as_secs_f64(),
                late: known.duration_since(finished).as_secs_f64(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_the_provider_says_when_it_saw_a_backup() {
        let log = "2026-11-25T09:12:48.001Z [INFO]  provider.terraform-provider-csbs: the backup is available: item_id=a \
                   took=20.5s timestamp=2026-11-25T09:12:47.123Z\n\
                   2026-11-25T09:12:48.001Z [INFO]  provider.terraform-provider-csbs: backup progress: item_id=b \
                   timestamp=2026-11-25T09:12:47.123Z\n\
                   2026-11-25T09:12:48.001Z [INFO]  provider.terraform-provider-csbs: the backup is available: \
                   timestamp=\"2026-11-25T10:12:47.123+0100\" item_id=c\n";
        let expected: Timestamp = "2026-11-25T09:12:47.123Z".parse().unwrap();
        let expected = ["a", "c"].map(|id| (id.to_owned(), expected));
        assert_eq!(seen(log), BTreeMap::from(expected));
    }
}
