//! `cargo xtask demo`: the quickstart from `init` to `destroy`, as a user would run it, against the simulator.

use std::{io::IsTerminal, process::Command};

use anyhow::{Result, bail};

use crate::sandbox::{self, Stage};

/// Runs the demo and cleans up after it.
///
/// # Errors
/// When a step of it fails, or a backup is left in the simulator.
pub fn run() -> Result<()> {
    println!("Building the provider and the simulator. The first time takes some minutes.");
    let stage = Stage::set()?;
    println!(
        "The simulator listens on {}; this is {}.",
        stage.simulator.address, stage.terraform
    );

    step(&stage, &["init", "-input=false"], 0)?;
    step(&stage, &["plan", "-input=false", "-out=quickstart.plan"], 0)?;
    step(&stage, &["apply", "-input=false", "quickstart.plan"], 0)?;
    step(&stage, &["state", "show", "csbs_backup.server"], 0)?;
    println!("\nThe same as outputs: checkpoint ID, status and protection plan.");
    step(&stage, &["output"], 0)?;
    println!("\nA second plan has nothing to do.");
    step(&stage, &["plan", "-input=false", "-detailed-exitcode"], 0)?;
    step(&stage, &["destroy", "-input=false", "-auto-approve"], 0)?;

    let left = stage.simulator.checkpoints()?;
    if left != 0 {
        bail!("{left} backups are left in the simulator");
    }
    println!("\nNothing is left in the simulator. Done.");
    Ok(())
}

fn step(stage: &Stage, arguments: &[&str], expected: i32) -> Result<()> {
    println!("\n$ {} {}", stage.terraform.name, arguments.join(" "));
    let mut command: Command = stage.command(arguments);
    if !std::io::stdout().is_terminal() {
        command.env("TF_CLI_ARGS", "-no-color");
    }
    let code = sandbox::show(&mut command)?;
    if code != expected {
        bail!(
            "'{} {}' ended with exit code {code}",
            stage.terraform.name,
            arguments.join(" ")
        );
    }
    Ok(())
}
