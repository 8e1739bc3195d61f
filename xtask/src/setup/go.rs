//! Go, which builds tools that come as Go modules.

use std::{env, path::PathBuf};

use crate::requirements;

/// Where it is, if it is on PATH.
pub fn find() -> Option<PathBuf> {
    requirements::find("go", &env::var_os("PATH")?)
}
