//! The same plan, import and create with every provider, on the same simulator.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::{
    Report, Subject, Timed,
    configuration::{self, Form},
    median_run, megabytes,
    plan::{LATENCY, PLAN, RUNS, delay_answers},
    timed,
};
use crate::simulator::Simulator;

/// Backups in the state of the plan.
const PLANNED: usize = 1000;
/// Backups that are imported and created.
const MADE: usize = 100;

/// Compares this provider with the others; nothing where there are none.
///
/// # Errors
/// Returns an error if Terraform fails.
pub fn measure(subjects: &[Subject], report: &mut Report) -> Result<()> {
    if subjects.len() < 2 {
        return Ok(());
    }
    let text = &mut report.text;
    writeln!(text, "\n## Beside other providers\n")?;
    writeln!(
        text,
        "The same on the same simulator. Every answer of the service takes {LATENCY} s, Terraform's parallelism is the default; \
         the service finishes a backup by the next request. Medians of {RUNS} for plans, one run of the rest.\n"
    )?;
    writeln!(
        text,
        "| | wall time | requests | sign-ins | processor time of the plugin | its peak memory |\n\
         | --- | --- | --- | --- | --- | --- |"
    )?;
    for (what, measure) in [
        (
            format!("plan of {PLANNED} backups"),
            plan as fn(&Subject) -> Result<Timed>,
        ),
        (format!("import of {MADE} backups by blocks"), import),
        (format!("create of {MADE} backups"), create),
    ] {
        for subject in subjects {
            let timed = measure(subject)?;
            writeln!(
                text,
                "| {what}, {} | {:.2} s | {} | {} | {:.2} s | {:.1} MB |",
                subject.name,
                timed.wall.as_secs_f64(),
                timed.requests,
                timed.sign_ins,
                timed.usage.cpu.as_secs_f64(),
                megabytes(timed.usage.peak * 1024)
            )?;
            println!("{what}, {}: {:.2} s", subject.name, timed.wall.as_secs_f64());
        }
    }
    Ok(())
}

fn plan(subject: &Subject) -> Result<Timed> {
    let sandbox = subject.fast_sandbox(PLANNED)?;
    subject.fill(&sandbox, Form::Blocks, PLANNED)?;
    delay_answers(&sandbox.simulator)?;
    median_run(RUNS, || timed(&sandbox, &PLAN))
}

fn create(subject: &Subject) -> Result<Timed> {
    let sandbox = subject.fast_sandbox(MADE)?;
    configuration::configure(&sandbox, &subject.kind.configuration(Form::Blocks, 0..MADE))?;
    delay_answers(&sandbox.simulator)?;
    timed(&sandbox, &["apply", "-auto-approve"])
}

/// Imports the backups that a create made.
fn import(subject: &Subject) -> Result<Timed> {
    let sandbox = subject.fast_sandbox(MADE)?;
    subject.fill(&sandbox, Form::Blocks, MADE)?;
    let name = subject.kind.type_name();
    let mut configuration = subject.kind.configuration(Form::Blocks, 0..MADE);
    for (number, id) in items(&sandbox.simulator)? {
        write!(
            configuration,
            "import {{\n  to = {name}.b{number}\n  id = \"{id}\"\n}}\n"
        )?;
    }
    configuration::configure(&sandbox, &configuration)?;
    delay_answers(&sandbox.simulator)?;
    timed(&sandbox, &["apply", "-auto-approve"])
}

/// The number in the name of each backup, and its ID.
fn items(simulator: &Simulator) -> Result<Vec<(usize, String)>> {
    let state = simulator.request("GET", "/_admin/state", "")?;
    let checkpoints = state["checkpoints"].as_array().context("no checkpoints")?;
    checkpoints
        .iter()
        .filter_map(|checkpoint| checkpoint["items"].as_array())
        .flatten()
        .map(|item| {
            let name = item["name"].as_str().and_then(|name| name.strip_prefix("bench-"));
            let number = name.and_then(|number| number.parse().ok());
            let id = item["id"].as_str().map(str::to_owned);
            number.zip(id).context("a backup that the bench did not make")
        })
        .collect()
}
