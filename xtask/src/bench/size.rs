//! Lines that a user reads, and bytes of the state.

use std::{fmt::Write as _, fs};

use anyhow::Result;

use super::{
    Report, Subject, Target,
    configuration::{Form, STATE},
    log, number, run_terraform,
};

/// Backups in the state.
const COUNT: usize = 20;
/// Lines of `plan -destroy` for as many backups, at most.
const MOST_LINES: f64 = 700.0;

/// Counts the lines of `plan -destroy` and the bytes of the state for [`COUNT`] backups.
///
/// # Errors
/// When Terraform fails.
pub fn measure(subjects: &[Subject], report: &mut Report) -> Result<()> {
    let text = &mut report.text;
    writeln!(text, "\n## {COUNT} backups in a state\n")?;
    writeln!(
        text,
        "| | lines of `plan -destroy` | state, bytes per backup |\n| --- | --- | --- |"
    )?;
    for subject in subjects {
        let sandbox = subject.fast_sandbox(COUNT)?;
        subject.fill(&sandbox, Form::Blocks, COUNT)?;
        run_terraform(&sandbox, &["plan", "-destroy", "-no-color", "-input=false"])?;
        let lines = fs::read_to_string(log())?.lines().count();
        let state: serde_json::Value = serde_json::from_slice(&fs::read(sandbox.work().join(STATE))?)?;
        let bytes = state["resources"].to_string().len() / COUNT;
        writeln!(text, "| {} | {lines} | {bytes} |", subject.name)?;
        if subject.binary == subjects[0].binary {
            report.targets.push(Target::new(
                format!("lines of `plan -destroy` of {COUNT} backups"),
                MOST_LINES,
                number(lines as u64),
            ));
        }
    }
    Ok(())
}
