//! `cargo xtask build`: the release binary.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;

use crate::{paths, process, setup};

/// A release build takes minutes on two cores.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// `CSBS_PLUGIN` names a binary, so that none is built.
pub fn is_given() -> bool {
    std::env::var_os("CSBS_PLUGIN").is_some()
}

/// Builds the release binary and returns its path. `CSBS_PLUGIN` names an existing one instead, such as a release's.
///
/// # Errors
/// Returns an error if protoc cannot be installed or the build fails.
pub fn release() -> Result<PathBuf> {
    if let Some(binary) = std::env::var_os("CSBS_PLUGIN") {
        return Ok(paths::root().join(binary));
    }
    setup::protoc::install()?;
    process::run(
        process::cargo().args(["build", "--release", "--locked", "--package", "terraform-provider-csbs"]),
        LIMIT,
    )?;
    Ok(paths::target().join("release").join("terraform-provider-csbs"))
}

/// Builds the simulator and returns its path.
///
/// # Errors
/// Returns an error if the build fails.
pub fn simulator() -> Result<PathBuf> {
    process::run(
        process::cargo().args(["build", "--locked", "--package", "csbs-simulator"]),
        LIMIT,
    )?;
    Ok(paths::target().join("debug").join("csbs-simulator"))
}
