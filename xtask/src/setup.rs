//! Brings what is missing: protoc, Terraform, Python environments. Everything lands in `.tools/`, once.

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

/// Brings everything that `cargo xtask test` needs.
///
/// # Errors
/// The first tool that cannot be had.
pub fn everything() -> Result<()> {
    protoc::install()?;
    for found in terraform::matrix(true)? {
        println!("{found}");
    }
    openstacksdk::install()?;
    Ok(())
}

/// Holds a lock on a tool while it is installed or used, so that two work trees that share `.tools/` do not meet.
///
/// # Errors
/// When the lock file cannot be made.
pub fn lock(name: &str) -> Result<File> {
    let folder = paths::tools().join("lock");
    std::fs::create_dir_all(&folder)?;
    let file = File::create(folder.join(name))?;
    file.lock().with_context(|| format!("cannot lock the tool {name}"))?;
    Ok(file)
}
