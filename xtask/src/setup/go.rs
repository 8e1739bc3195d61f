//! Go, which builds tools that come as Go modules.

use std::{env, path::PathBuf};

/// Where it is, if it is on PATH.
pub fn find() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join("go"))
        .find(|path| path.is_file())
}
