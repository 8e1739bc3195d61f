//! Go, which builds tools that are Go modules.

use std::{env, path::PathBuf};

use crate::requirements;

/// Its path, if it is on PATH.
pub fn find() -> Option<PathBuf> {
    requirements::find("go", &env::var_os("PATH")?)
}
