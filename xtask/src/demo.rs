//! `cargo xtask demo`.

use anyhow::{Result, bail};

/// Runs the demo.
///
/// # Errors
/// When a step of it fails.
pub fn run() -> Result<()> {
    bail!("not there yet")
}
