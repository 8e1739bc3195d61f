//! `cargo xtask screenshot`: draws `docs/images/apply.svg` from the output of a real apply.

use std::fs;

use anyhow::{Context, Result};

use crate::{
    paths,
    sandbox::{self, Sandbox},
    setup::terraform,
    svg,
};

/// Applies the quickstart against the simulator with the newest Terraform and draws its output, unedited.
///
/// # Errors
/// Returns an error if a step fails or the image cannot be written.
pub fn run() -> Result<()> {
    let sandbox = Sandbox::quickstart(terraform::newest()?)?;
    sandbox::capture(&mut sandbox.command(&["init", "-input=false"]))?;
    let output = sandbox::capture(&mut sandbox.command(&["apply", "-input=false", "-auto-approve"]))?;
    sandbox::capture(&mut sandbox.command(&["destroy", "-input=false", "-auto-approve"]))?;
    let terminal = format!("\u{1b}[1m$ terraform apply -auto-approve\u{1b}[0m\n{output}");
    let file = paths::root().join("docs/images/apply.svg");
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&file, svg::draw("terraform apply makes a backup", &terminal))
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}
