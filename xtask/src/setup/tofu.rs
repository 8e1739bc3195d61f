//! OpenTofu, built from its Go module.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};

use super::go;
use crate::{paths, process};

const MODULE: &str = "github.com/opentofu/opentofu";
const VERSION: &str = "1.12.6";
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// OpenTofu replaces this module. A build from outside its work tree has to repeat that.
const REPLACED: &str =
    "github.com/hashicorp/hcl/v2 v2.20.1 => github.com/opentofu/hcl/v2 v2.20.2-0.20251021132045-587d123c2828";

/// Path of the program where it is installed.
pub fn installed() -> Option<PathBuf> {
    Some(program()).filter(|program| program.is_file())
}

/// Builds the program, which takes minutes, where it is not installed; returns its path.
///
/// # Errors
/// Returns an error if there is no Go, or it cannot build it.
pub fn install() -> Result<PathBuf> {
    let _lock = super::lock("tofu")?;
    if let Some(program) = installed() {
        return Ok(program);
    }
    let go = go::find().context("OpenTofu is built with Go, and 'go' is not on PATH")?;
    let program = program();
    let home = program.parent().context("the program has a folder")?;
    fs::create_dir_all(home)?;
    let module = tempfile::tempdir()?;
    build(&go, module.path(), &program).with_context(|| format!("Go cannot build OpenTofu {VERSION}"))?;
    Ok(program)
}

fn build(go: &Path, module: &Path, program: &Path) -> Result<()> {
    let package = format!("{MODULE}/cmd/tofu");
    fs::write(
        module.join("go.mod"),
        format!("module tofu\n\ngo 1.26\n\nrequire {MODULE} v{VERSION}\n\ntool {package}\n\nreplace {REPLACED}\n"),
    )?;
    let fresh = program.with_extension("new");
    process::run_quietly(
        Command::new(go)
            .args(["build", "-mod=mod", "-buildvcs=false", "-trimpath", "-ldflags"])
            .arg(format!("-s -w -X {MODULE}/version.dev=no"))
            .arg("-o")
            .arg(&fresh)
            .arg(&package)
            .current_dir(module)
            .env("CGO_ENABLED", "0")
            .env_remove("GOFLAGS"),
        &paths::tools().join("log/tofu.log"),
        LIMIT,
    )?;
    fs::rename(&fresh, program)?;
    Ok(())
}

fn program() -> PathBuf {
    paths::tools().join("tofu").join(VERSION).join("tofu")
}
