//! The program in a root file system that holds nothing else, as in a container image made `FROM scratch`: a program that needs
//! a C library, a shell or a writable folder does not run there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{TEST_LIMIT, json, tests, tool};
use crate::{interrupt::Folder, paths, process};

/// What makes the container; no container engine has to run.
pub const SANDBOX: &str = "bwrap";
/// Size of `/tmp`, in bytes: sixteen pages.
const TMP_SIZE: &str = "65536";
/// The user and the group that own nothing.
const NOBODY: &str = "65534";
/// Where the program is inside.
const PROGRAM: &str = "/terraform-provider-csbs";

/// Runs the tests, which are linked statically as the program is, inside the container with the simulator.
///
/// # Errors
/// When the container cannot be made, or a test fails.
pub fn run(binary: &Path, target: &str) -> Result<()> {
    let root = Folder::new("csbs-container-")?;
    let built = absolute(&paths::target())?;
    for folder in ["/proc", "/dev", "/tmp"].map(Path::new).into_iter().chain([&*built]) {
        fs::create_dir_all(root.path().join(folder.strip_prefix("/").unwrap_or(folder)))?;
    }
    fs::copy(binary, root.path().join(PROGRAM.trim_start_matches('/')))?;
    let program = json(&[Path::new(PROGRAM)]);
    let sandbox = tool(&[SANDBOX])?;
    let (sandbox, root, built) = (text(&sandbox)?, text(root.path())?.to_owned(), text(&built)?);
    #[rustfmt::skip]
    let runner = [
        sandbox,
        // Nobody's rights, no process and no network but its own.
        "--unshare-user", "--uid", NOBODY, "--gid", NOBODY,
        "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--cap-drop", "ALL",
        "--ro-bind", &root, "/",
        // The tests' own program.
        "--ro-bind", built, built,
        "--proc", "/proc", "--dev", "/dev", "--size", TMP_SIZE, "--tmpfs", "/tmp", "--chdir", "/",
        "--clearenv", "--setenv", "CSBS_TEST_PROGRAM", &program, "--setenv", "CSBS_TEST_CONTAINER", "1",
    ];
    let runner = format!("target.{target}.runner={}", serde_json::json!(runner[..]));
    process::run(tests().args(["--target", target, "--config", &runner]), TEST_LIMIT)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    fs::create_dir_all(path)?;
    Ok(fs::canonicalize(path)?)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
