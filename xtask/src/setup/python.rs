//! Python, whose registry has three of the tools: Terraform (as a library), Keystone, the OpenStack SDK.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Result, bail};

use crate::{paths, process};

const QUICK: Duration = Duration::from_secs(60);
const INSTALL: Duration = Duration::from_secs(15 * 60);

/// Path of the interpreter itself, not of a shim in front of it.
///
/// # Errors
/// Returns an error if there is none; the error says how to install it.
pub fn interpreter() -> Result<PathBuf> {
    for name in ["python3", "python"] {
        let mut ask = Command::new(name);
        ask.args([
            "-I",
            "-c",
            "import sys; assert sys.version_info >= (3, 9); print(sys.executable)",
        ]);
        if let Ok(answer) = process::output(&mut ask, QUICK) {
            return Ok(PathBuf::from(answer.trim()));
        }
    }
    bail!(
        "Python 3.9 or newer was not found on PATH; install the package python3 (and python3-venv on Debian and Ubuntu)"
    )
}

/// A pip that works: the interpreter's own, else one in a virtual environment.
///
/// # Errors
/// Returns an error if there is neither; the error says how to install one.
pub fn pip() -> Result<Command> {
    let python = interpreter()?;
    let mut own = Command::new(&python);
    own.args(["-m", "pip"]);
    if process::output(Command::new(&python).args(["-m", "pip", "--version"]), QUICK).is_ok() {
        return Ok(own);
    }
    let home = paths::tools().join("pip");
    let mut command = Command::new(make_environment(&python, &home)?);
    command.args(["-m", "pip"]);
    Ok(command)
}

/// A virtual environment with the packages of a requirements file, created once for each content of that file.
///
/// # Errors
/// Returns an error if Python has no `venv`, or a package cannot be installed.
pub fn environment(name: &str, requirements: &Path) -> Result<PathBuf> {
    let wanted = fs::read_to_string(requirements)?;
    let home = paths::tools().join(name);
    let stamp = home.join("installed-requirements.txt");
    let python = home.join("bin/python3");
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let _lock = super::lock(name)?;
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    let python = make_environment(&interpreter()?, &home)?;
    process::run_quietly(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--prefer-binary", "--requirement"])
            .arg(requirements),
        &paths::tools().join("log").join(format!("{name}.log")),
        INSTALL,
    )?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

fn make_environment(python: &Path, home: &Path) -> Result<PathBuf> {
    let made = home.join("bin/python3");
    if made.exists() {
        return Ok(made);
    }
    let log = paths::tools().join("log/venv.log");
    if let Err(error) = process::run_quietly(Command::new(python).args(["-m", "venv"]).arg(home), &log, INSTALL) {
        bail!(
            "{} cannot create a virtual environment: install the package python3-venv (Debian, Ubuntu) or a Python with \
             venv and pip\n{error:#}",
            python.display()
        );
    }
    Ok(made)
}

/// Downloads one wheel into a folder and unpacks it there.
///
/// The libraries inside are plain C and run with every Python, so the tags of one Python version are requested.
///
/// # Errors
/// Returns an error if there is no such wheel for this platform.
pub fn unpack_wheel(requirement: &str, into: &Path, log: &Path) -> Result<()> {
    process::run_quietly(
        pip()?
            .args(["download", "--quiet", "--no-deps", "--only-binary=:all:"])
            .args([
                "--python-version",
                "3.11",
                "--implementation",
                "cp",
                "--abi",
                "cp311",
                "--dest",
            ])
            .arg(into)
            .arg(requirement),
        log,
        INSTALL,
    )?;
    let wheels: Vec<PathBuf> = fs::read_dir(into)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    let [wheel] = wheels.as_slice() else {
        bail!("{requirement}: {} wheels were downloaded instead of one", wheels.len());
    };
    process::run_quietly(
        Command::new(interpreter()?)
            .args(["-I", "-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(into),
        log,
        INSTALL,
    )?;
    fs::remove_file(wheel)?;
    Ok(())
}
