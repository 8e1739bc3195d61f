//! Installs missing tools into `.tools/`, once: protoc, Terraform, Python environments.

pub mod go;
pub mod keystone;
pub mod openstacksdk;
pub mod protoc;
pub mod python;
pub mod terraform;
pub mod tfplugindocs;
pub mod tofu;

use std::fs::File;

use anyhow::{Context, Result};

use crate::paths;

/// Installs everything that `cargo xtask test` needs.
///
/// # Errors
/// Returns an error about the first tool that cannot be installed.
pub fn everything() -> Result<()> {
    protoc::install()?;
    for found in terraform::matrix(true)? {
        println!("{found}");
    }
    openstacksdk::install()?;
    Ok(())
}

/// Locks a tool while it is installed or used, because work trees may share `.tools/`.
///
/// # Errors
/// Returns an error if the lock file cannot be made.
pub fn lock(name: &str) -> Result<File> {
    let folder = paths::tools().join("lock");
    std::fs::create_dir_all(&folder)?;
    let file = File::create(folder.join(name))?;
    file.lock().with_context(|| format!("cannot lock the tool {name}"))?;
    Ok(file)
}
