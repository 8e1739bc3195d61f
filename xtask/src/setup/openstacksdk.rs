//! The Python OpenStack SDK, an independent client that the simulator is tested with.

use std::path::PathBuf;

use anyhow::Result;

use super::python;
use crate::paths;

/// Installs the SDK and returns its Python; `None` while the simulator has no such test.
///
/// # Errors
/// Returns an error if Python or a package is missing.
pub fn install() -> Result<Option<PathBuf>> {
    let requirements = paths::root().join("crates/csbs-simulator/tests/foreign/requirements.txt");
    if !requirements.exists() {
        return Ok(None);
    }
    python::environment("openstacksdk", &requirements).map(Some)
}
