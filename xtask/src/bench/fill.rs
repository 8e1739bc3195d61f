//! Configurations and states of any size.

use std::{fmt::Write as _, fs, ops::Range};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{lift_quotas, quiet};
use crate::sandbox::Stage;

/// So many resources are made by one apply. Terraform writes the whole state for each resource that it makes, so that the time of
/// an apply goes by the square of their number.
const BATCH: usize = 250;

/// How resources are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A block for each, as people write them.
    Blocks,
    /// One block with `count`.
    Count,
}

/// What is in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `csbs_backup`.
    Backup,
    /// `terraform_data`, which Terraform itself has.
    Data,
}

/// A configuration with the resources of these numbers; one block with `count` has all from 0.
fn configuration(kind: Kind, form: Form, numbers: Range<usize>) -> String {
    let mut text = String::new();
    if kind == Kind::Backup {
        text.push_str(
            "terraform {\n  required_providers {\n    csbs = {\n      source = \"tcloudpublic/csbs\"\n    }\n  }\n}\n",
        );
    }
    let body = |server: &str, number: &str| match kind {
        Kind::Backup => {
            format!("  resource_id = {server}\n  backup_name = \"bench-{number}\"\n  tags = {{ run = \"bench\" }}\n")
        }
        Kind::Data => format!("  input = \"bench-{number}\"\n"),
    };
    let name = match kind {
        Kind::Backup => "csbs_backup",
        Kind::Data => "terraform_data",
    };
    match form {
        Form::Count => {
            let server = "format(\"00000000-0000-0000-0000-%012x\", count.index)";
            let body = body(server, "${count.index}");
            let _ = write!(
                text,
                "resource \"{name}\" \"b\" {{\n  count = {}\n{body}}}\n",
                numbers.end
            );
        }
        Form::Blocks => {
            for number in numbers {
                let server = format!("\"00000000-0000-0000-0000-{number:012x}\"");
                let body = body(&server, &number.to_string());
                let _ = write!(text, "resource \"{name}\" \"b{number}\" {{\n{body}}}\n");
            }
        }
    }
    text
}

/// A service with as many servers, where time is of no consequence: what is asked for is done by the next request but one.
///
/// # Errors
/// When it does not come up.
pub fn stage(count: usize) -> Result<Stage> {
    let stage = Stage::with(&["--step-per-request", "2h", "--servers", &count.to_string()], "")?;
    lift_quotas(&stage.simulator)?;
    Ok(stage)
}

/// Makes the configuration and its state.
///
/// # Errors
/// When Terraform fails.
pub fn fill(stage: &Stage, kind: Kind, form: Form, count: usize) -> Result<()> {
    if form == Form::Count {
        configure(stage, kind, form, 0..count)?;
        return make(stage).map(drop);
    }
    let mut resources = Vec::new();
    let mut state = Value::Null;
    for first in (0..count).step_by(BATCH) {
        configure(stage, kind, form, first..count.min(first + BATCH))?;
        state = make(stage)?;
        resources.append(state["resources"].as_array_mut().context("no resources")?);
    }
    state["resources"] = resources.into();
    configure(stage, kind, form, 0..count)?;
    fs::write(stage.work().join(STATE), state.to_string())?;
    Ok(())
}

const STATE: &str = "terraform.tfstate";

fn make(stage: &Stage) -> Result<Value> {
    quiet(stage, &["apply", "-auto-approve", "-parallelism=100"])?;
    Ok(serde_json::from_slice(&fs::read(stage.work().join(STATE))?)?)
}

/// Writes the configuration and makes the folder ready, with nothing in its state.
///
/// # Errors
/// When Terraform fails.
pub fn configure(stage: &Stage, kind: Kind, form: Form, numbers: Range<usize>) -> Result<()> {
    // What was there stays in the service and is of no concern any more.
    let state = stage.work().join(STATE);
    if state.exists() {
        fs::remove_file(state)?;
    }
    fs::write(stage.work().join("main.tf"), configuration(kind, form, numbers))?;
    quiet(stage, &["init", "-input=false"])
}
