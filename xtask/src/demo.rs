//! `cargo xtask demo`: the quickstart from `init` to `destroy`, as a user would run it, against the simulator.

use std::{io::IsTerminal, process::Command};

use anyhow::{Result, bail};

use crate::{
    sandbox::{self, Sandbox},
    setup::terraform,
};

/// Runs the demo and removes everything that it made.
///
/// # Errors
/// Returns an error if a step fails, or a backup is left in the simulator.
pub fn run() -> Result<()> {
    println!("Building the provider and the simulator. The first time takes some minutes.");
    // Chosen before the build, which takes minutes: a download may fail.
    let terraform = terraform::preferred()?;
    let sandbox = Sandbox::quickstart(terraform)?;
    println!(
        "The simulator listens on {}; this is {}.",
        sandbox.simulator.address, sandbox.terraform
    );

    step(&sandbox, &["init", "-input=false"])?;
    step(&sandbox, &["plan", "-input=false", "-out=quickstart.plan"])?;
    step(&sandbox, &["apply", "-input=false", "quickstart.plan"])?;
    step(&sandbox, &["state", "show", "csbs_backup.server"])?;
    println!("\nThe same as outputs: checkpoint ID, status and protection plan.");
    step(&sandbox, &["output"])?;
    println!("\nA second plan has no changes.");
    step(&sandbox, &["plan", "-input=false", "-detailed-exitcode"])?;
    step(&sandbox, &["destroy", "-input=false", "-auto-approve"])?;

    let left = sandbox.simulator.checkpoints()?;
    if left != 0 {
        bail!("{left} backups are left in the simulator");
    }
    println!("\nNothing is left in the simulator. Done.");
    Ok(())
}

fn step(sandbox: &Sandbox, arguments: &[&str]) -> Result<()> {
    println!("\n$ {} {}", sandbox.terraform.name, arguments.join(" "));
    let mut command: Command = sandbox.command(arguments);
    if !std::io::stdout().is_terminal() {
        command.env("TF_CLI_ARGS", "-no-color");
    }
    let code = sandbox::show(&mut command)?;
    if code != 0 {
        bail!(
            "'{} {}' ended with exit code {code}",
            sandbox.terraform.name,
            arguments.join(" ")
        );
    }
    Ok(())
}
