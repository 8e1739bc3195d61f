//! The program under Wine.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::Result;

use super::{run_tests, tests, tool};
use crate::{interrupt::Folder, process};

/// The C compiler, which is the linker too.
pub const COMPILER: &str = "x86_64-w64-mingw32-gcc";
/// Names of the Wine program.
pub const EMULATORS: &[&str] = &["wine64", "wine"];
/// A DLL that Wine before 9.0 lacks.
const LIBRARY_SOURCE: &str = include_str!("process_prng.c");
/// Longest time of Wine's first run, which creates its folders.
const SET_UP_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Runs the tests with the program under Wine, with a temporary Wine prefix.
///
/// # Errors
/// Returns an error if Wine cannot be set up, or a test fails.
pub fn run(binary: &Path) -> Result<()> {
    let wine = tool(EMULATORS)?;
    let folder = Folder::new("csbs-windows-")?;
    let program = folder.path().join("terraform-provider-csbs.exe");
    fs::copy(binary, &program)?;
    let source = folder.path().join("process_prng.c");
    fs::write(&source, LIBRARY_SOURCE)?;
    process::run(
        Command::new(tool(&[COMPILER])?)
            .args(["-shared", "-O2", "-o"])
            .arg(folder.path().join("bcryptprimitives.dll"))
            .arg(&source)
            .arg("-ladvapi32"),
        SET_UP_LIMIT,
    )?;
    let own = [
        ("WINEPREFIX", folder.path().join("prefix").into_os_string()),
        ("WINEDEBUG", "-all".into()),
        // Without the installers of Mono and Gecko, which open windows.
        ("WINEDLLOVERRIDES", "mscoree,mshtml=".into()),
    ];
    let boot = |option: &str| {
        let mut command = Command::new(&wine);
        command
            .args(["wineboot", option])
            .envs(own.clone())
            .env_remove("DISPLAY");
        process::run(&mut command, SET_UP_LIMIT)
    };
    // Wine's services have fixed time limits, which a busy machine misses; a second attempt completes the prefix.
    boot("--init").or_else(|_| boot("--init"))?;
    let outcome = run_tests(&[&wine, &program], tests().envs(own.clone()).env_remove("DISPLAY"));
    // Otherwise Wine's server uses the folder for some more seconds.
    let _ = boot("--kill");
    outcome
}
