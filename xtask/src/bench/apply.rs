//! An apply of many backups: requests, and how long after the service each is done.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Report, Target, counts,
    fill::{self, Form, Kind},
    lift_quotas, log, median, megabytes, number, process, timed,
};
use crate::{sandbox::Stage, simulator::Simulator};

/// What is applied.
struct Job {
    backups: usize,
    /// As the simulator takes it; each waits 20 s for its turn before.
    backup_time: &'static str,
}

/// Many short ones, and some that take so long that looking rarely would pay.
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

/// What came of a job.
struct Outcome {
    wall: f64,
    /// Of each backup: how long it took in the service, and how long after that Terraform knew. Seconds.
    lateness: Vec<(f64, f64)>,
    requests: f64,
    sign_ins: u64,
    taken: process::Taken,
}

/// Applies in real time.
///
/// # Errors
/// When Terraform fails.
pub fn measure(report: &mut Report) -> Result<()> {
    let text = &mut report.text;
    writeln!(text, "\n## An apply at -parallelism=100\n")?;
    writeln!(
        text,
        "In real time. Late is the time from the moment at which the service had the backup done to the one at which Terraform said so, \
         of each backup.\n"
    )?;
    writeln!(
        text,
        "| backups | each takes | wall time | late, median | late, at most | late at most, of its duration | requests per \
         backup | sign-ins | the plugin's processor time | its peak memory |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    for job in &JOBS {
        let outcome = apply(job)?;
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
            outcome.wall,
            middle as f64 / 1000.0,
            outcome.requests,
            outcome.sign_ins,
            outcome.taken.cpu.as_secs_f64(),
            megabytes(outcome.taken.peak * 1024)
        )?;
        let backups = format!("apply of {} backups of {duration:.0} s", job.backups);
        report.targets.push(Target::new(
            format!("{backups}: requests per backup"),
            3.0,
            outcome.requests,
        ));
        report.targets.push(if duration < 120.0 {
            Target::new(format!("{backups}: late, seconds"), 2.0, late)
        } else {
            Target::new(format!("{backups}: late, % of the duration"), 5.0, share)
        });
        report.targets.push(Target::new(
            format!("{backups}: sign-ins"),
            1.0,
            number(outcome.sign_ins),
        ));
    }
    Ok(())
}

fn apply(job: &Job) -> Result<Outcome> {
    let servers = job.backups.to_string();
    let stage = Stage::with(
        &["--speed", "1", "--backup-time", job.backup_time, "--servers", &servers],
        "",
    )?;
    lift_quotas(&stage.simulator)?;
    fill::configure(&stage, Kind::Backup, Form::Blocks, 0..job.backups)?;
    stage.simulator.ask("POST", "/_admin/requests/clear", "")?;
    let (wall, taken) = timed(&stage, &["apply", "-auto-approve", "-parallelism=100", "-json"])?;
    let (requests, sign_ins) = counts(&stage.simulator)?;
    let lateness = lateness(&stage.simulator, &fs::read_to_string(log())?)?;
    ensure!(
        lateness.len() == job.backups,
        "{} of {} are known",
        lateness.len(),
        job.backups
    );
    println!("{} backups: {wall:?}", job.backups);
    Ok(Outcome {
        wall: wall.as_secs_f64(),
        lateness,
        requests: number(requests) / number(job.backups as u64),
        sign_ins,
        taken,
    })
}

/// Compares what the service knows with what Terraform said, in its machine-readable log, and when.
fn lateness(simulator: &Simulator, said: &str) -> Result<Vec<(f64, f64)>> {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let mut done = BTreeMap::new();
    for line in said.lines() {
        let line: Value = serde_json::from_str(line)?;
        if line["type"] == "apply_complete" {
            let id = line["hook"]["id_value"]
                .as_str()
                .context("something without an ID is done")?;
            done.insert(id.to_owned(), time(&line["@timestamp"]).context("done, but not when")?);
        }
    }
    let state = simulator.ask("GET", "/_admin/state", "")?;
    let checkpoints = state["checkpoints"].as_array().context("no checkpoints")?;
    let items = checkpoints
        .iter()
        .filter_map(|checkpoint| checkpoint["items"].as_array());
    items
        .flatten()
        .map(|item| {
            let id = item["id"].as_str().unwrap_or_default();
            let begun = time(&item["created_at"]).context("no begin")?;
            let finished = time(&item["finished_at"]).context("a backup is not done")?;
            let known = done
                .get(id)
                .with_context(|| format!("Terraform did not say that {id} is done"))?;
            Ok((
                finished.duration_since(begun).as_secs_f64(),
                known.duration_since(finished).as_secs_f64(),
            ))
        })
        .collect()
}
