//! Configurations and states of any size.

use std::{fmt::Write as _, fs};

use anyhow::Result;

use super::{lift_quotas, quiet};
use crate::stage::Stage;

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

/// A configuration with `count` resources.
#[must_use]
pub fn configuration(kind: Kind, form: Form, count: usize) -> String {
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
            let _ = write!(text, "resource \"{name}\" \"b\" {{\n  count = {count}\n{body}}}\n");
        }
        Form::Blocks => {
            for number in 0..count {
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

/// Makes the state.
///
/// # Errors
/// When Terraform fails.
pub fn fill(stage: &Stage, kind: Kind, form: Form, count: usize) -> Result<()> {
    configure(stage, kind, form, count)?;
    quiet(stage, &["apply", "-auto-approve", "-parallelism=100"])
}

/// Writes the configuration and makes the folder ready, with nothing in its state.
///
/// # Errors
/// When Terraform fails.
pub fn configure(stage: &Stage, kind: Kind, form: Form, count: usize) -> Result<()> {
    // What was there stays in the service and is of no concern any more.
    for file in ["terraform.tfstate", "terraform.tfstate.backup"] {
        let file = stage.work().join(file);
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    fs::write(stage.work().join("main.tf"), configuration(kind, form, count))?;
    quiet(stage, &["init", "-input=false"])
}
