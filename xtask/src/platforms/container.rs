//! The program in a root file system that holds nothing else, as in a container image made `FROM scratch`: a program that needs
//! a C library, a shell or a writable folder does not run there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{TEST_LIMIT, json, tests, tool};
use crate::{interrupt::Folder, paths, process};

/// The program that makes the container (bubblewrap); no container engine is needed.
pub const SANDBOX: &str = "bwrap";
/// Size of `/tmp`, in bytes: sixteen pages.
const TMP_SIZE: &str = "65536";
/// ID of a user and a group that own no file.
const UNPRIVILEGED_ID: &str = "65534";
/// Path of the program inside the container.
const PROGRAM: &str = "/terraform-provider-csbs";

/// Runs the tests inside the container, together with the simulator. Like the program, they are linked statically.
///
/// # Errors
/// Returns an error if the container cannot be made, or a test fails.
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
        // No rights, and processes and network of its own.
        "--unshare-user", "--uid", UNPRIVILEGED_ID, "--gid", UNPRIVILEGED_ID,
        "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--cap-drop", "ALL",
        "--ro-bind", &root, "/",
        // The test program.
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
