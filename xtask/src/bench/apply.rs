//! An apply of many backups: requests, and how long after the service each is done.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Report, Subject, Target, Timed,
    configuration::{self, Form},
    log, median, megabytes, number, timed,
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
    /// For each backup, in seconds: its duration in the service, and the time from its end until Terraform knew it.
    lateness: Vec<(f64, f64)>,
}

/// Applies in real time.
///
/// # Errors
/// When Terraform fails.
pub fn measure(own: &Subject, report: &mut Report) -> Result<()> {
    let text = &mut report.text;
    writeln!(text, "\n## An apply at -parallelism=100\n")?;
    writeln!(
        text,
        "In real time. A backup is late by the time from its end in the service until Terraform reported it.\n"
    )?;
    writeln!(
        text,
        "| backups | each takes | wall time | late, median | late, at most | late at most, of its duration | requests per \
         backup | sign-ins | processor time of the plugin | its peak memory |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    for job in &JOBS {
        let outcome = apply(own, job)?;
        let requests = number(outcome.run.requests) / number(job.backups as u64);
        let most = |of: fn(&(f64, f64)) -> f64| outcome.lateness.iter().map(of).fold(0.0, f64::max);
        let duration = most(|(took, _)| *took);
        let late = most(|(_, late)| *late);
        let share = most(|(took, late)| late / took) * 100.0;
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of minutes")]
        let middle = median(
            outcome
                .lateness
                .iter()
                .map(|(_, late)| (late * 1000.0) as i64)
                .collect(),
        );
        writeln!(
            text,
            "| {} | {duration:.0} s | {:.1} s | {:.2} s | {late:.2} s | {share:.1} % | {:.2} | {} | {:.2} s | {:.1} MB |",
            job.backups,
            outcome.run.wall.as_secs_f64(),
            middle as f64 / 1000.0,
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
            format!("{backups}: sign-ins"),
            1.0,
            number(outcome.run.sign_ins),
        ));
    }
    Ok(())
}

fn apply(own: &Subject, job: &Job) -> Result<Outcome> {
    let servers = job.backups.to_string();
    let sandbox = own.sandbox(&["--speed", "1", "--backup-time", job.backup_time, "--servers", &servers])?;
    configuration::configure(&sandbox, &own.kind.configuration(Form::Blocks, 0..job.backups))?;
    let run = timed(&sandbox, &["apply", "-auto-approve", "-parallelism=100", "-json"])?;
    let lateness = lateness(&sandbox.simulator, &fs::read_to_string(log())?)?;
    ensure!(
        lateness.len() == job.backups,
        "{} of {} are known",
        lateness.len(),
        job.backups
    );
    println!("{} backups: {:?}", job.backups, run.wall);
    Ok(Outcome { run, lateness })
}

/// Compares the end of each backup in the service with the time in Terraform's machine-readable log.
fn lateness(simulator: &Simulator, output: &str) -> Result<Vec<(f64, f64)>> {
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
            Ok((
                finished.duration_since(started).as_secs_f64(),
                known.duration_since(finished).as_secs_f64(),
            ))
        })
        .collect()
}
