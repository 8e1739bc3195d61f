//! Lines that a user reads, and bytes of the state.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{
    Report, Subject, Target,
    configuration::{Form, STATE},
    log, number, run_terraform,
};

/// Backups in the state.
const COUNT: usize = 20;
/// Lines of `plan -destroy` for as many backups, at most.
const MOST_LINES: f64 = 700.0;

/// Bytes of the attributes of a backup, at most: half of what they were at b218932, when the details were in the state.
const MOST_BYTES: f64 = 1036.0;

/// Counts the lines of `plan -destroy` and the bytes of the state for [`COUNT`] backups.
///
/// # Errors
/// Returns an error if Terraform fails.
pub fn measure(subjects: &[Subject], report: &mut Report) -> Result<()> {
    let text = &mut report.text;
    writeln!(text, "\n## {COUNT} backups in a state\n")?;
    writeln!(
        text,
        "| | lines of `plan -destroy` | state file, bytes per backup | of them its attributes, without white space |\n\
         | --- | --- | --- | --- |"
    )?;
    for subject in subjects {
        let sandbox = subject.fast_sandbox(COUNT)?;
        subject.fill(&sandbox, Form::Blocks, COUNT)?;
        run_terraform(&sandbox, &["plan", "-destroy", "-no-color", "-input=false"])?;
        let lines = fs::read_to_string(log())?.lines().count();
        let file = fs::read(sandbox.work().join(STATE))?;
        let state: Value = serde_json::from_slice(&file)?;
        let resources = state["resources"].as_array().context("no resources")?;
        let attributes = resources
            .iter()
            .map(|resource| resource["instances"][0]["attributes"].to_string().len());
        let attributes = attributes.sum::<usize>() / COUNT;
        writeln!(
            text,
            "| {} | {lines} | {} | {attributes} |",
            subject.name,
            file.len() / COUNT
        )?;
        if subject.binary == subjects[0].binary {
            report.targets.push(Target::new(
                format!("lines of `plan -destroy` of {COUNT} backups"),
                MOST_LINES,
                number(lines as u64),
            ));
            report.targets.push(Target::new(
                "bytes of the attributes of a backup in the state",
                MOST_BYTES,
                number(attributes as u64),
            ));
        }
    }
    Ok(())
}
