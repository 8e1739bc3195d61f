//! The Python OpenStack SDK, the foreign client that the simulator is checked against.

use std::path::PathBuf;

use anyhow::Result;

use super::python;
use crate::paths;

/// The Python that has the SDK; `None` while the simulator has no such test.
///
/// # Errors
/// When Python or a package is missing.
pub fn install() -> Result<Option<PathBuf>> {
    let requirements = paths::root().join("crates/csbs-simulator/tests/foreign/requirements.txt");
    if !requirements.exists() {
        return Ok(None);
    }
    python::environment("openstacksdk", &requirements).map(Some)
}
