//! The registry's documentation tool, through the Go module proxy.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result};

use super::go;
use crate::{paths, process};

const MODULE: &str = "github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs";
const VERSION: &str = "v0.25.0";
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Returns true if the tool is installed, or Go is available to build it.
pub fn is_available() -> bool {
    program().is_file() || go::find().is_some()
}

/// Installs the tool and returns its path.
///
/// # Errors
/// Returns an error if there is no Go, or it cannot build the tool.
pub fn install() -> Result<PathBuf> {
    let program = program();
    let _lock = super::lock("tfplugindocs")?;
    if program.is_file() {
        return Ok(program);
    }
    let go = go::find().context("the registry's documentation tool is built with Go, and 'go' is not on PATH")?;
    let home = program.parent().context("the tool has a folder")?;
    fs::create_dir_all(home)?;
    process::run_quietly(
        Command::new(go)
            .args(["install", &format!("{MODULE}@{VERSION}")])
            .env("GOBIN", home)
            .env_remove("GOFLAGS"),
        &paths::tools().join("log/tfplugindocs.log"),
        LIMIT,
    )
    .with_context(|| format!("Go cannot build {MODULE} {VERSION}"))?;
    Ok(program)
}

fn program() -> PathBuf {
    paths::tools().join("tfplugindocs").join(VERSION).join("tfplugindocs")
}
