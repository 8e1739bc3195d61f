//! Requirements of the commands beyond Rust, checked before anything is built. One message lists all that are missing, with
//! their packages. README.md and CONTRIBUTING.md list the same packages; a test compares them.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Result, bail};

use crate::{process, setup::terraform};

/// Longest time for one check.
const LIMIT: Duration = Duration::from_secs(20);

/// Variables that choose another C compiler. A compiler chosen by one is not checked.
const COMPILER_VARIABLES: [&str; 3] = ["CC", "HOST_CC", "TARGET_CC"];

/// Prints three booleans: Python is new enough, it can create virtual environments, it has pip.
const ABOUT_PYTHON: &str = "import sys, importlib.util as modules\n\
                            print(sys.version_info >= (3, 9), all(map(modules.find_spec, ('venv', 'ensurepip'))), \
                            bool(modules.find_spec('pip')))";

/// Purpose of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Compile.
    Build,
    /// Compile, and run Terraform or OpenTofu: the one on PATH, else one from Python's package registry.
    RunTerraform,
    /// Run the tests: with several releases of Terraform, a Keystone and the OpenStack SDK, all of them Python packages.
    Test,
    /// The tests, and the checks of format and lints.
    TestAndLint,
}

/// One requirement, and where it comes from.
#[derive(Debug, PartialEq, Eq)]
struct Requirement {
    what: &'static str,
    debian: &'static [&'static str],
    fedora: &'static [&'static str],
    /// A command that installs what no package has.
    command: Option<&'static str>,
}

const C_COMPILER: Requirement = Requirement {
    what: "a C compiler ('cc') and the headers of the C library",
    debian: &["gcc", "libc6-dev"],
    fedora: &["gcc"],
    command: None,
};
const PYTHON: Requirement = Requirement {
    what: "Python 3.9 or newer ('python3'), which installs Terraform and other tools from its package registry",
    debian: &["python3"],
    fedora: &["python3"],
    command: None,
};
const PYTHON_VENV: Requirement = Requirement {
    what: "virtual environments of Python (its modules venv and ensurepip)",
    debian: &["python3-venv"],
    fedora: &["python3"],
    command: None,
};
const BASH: Requirement = Requirement {
    what: "bash, which starts the Keystone of the tests",
    debian: &["bash"],
    fedora: &["bash"],
    command: None,
};
const FORMAT_AND_LINT: Requirement = Requirement {
    what: "rustfmt and clippy",
    debian: &[],
    fedora: &[],
    command: Some("rustup component add rustfmt clippy"),
};

/// Checks what `cargo xtask COMMAND` needs.
///
/// # Errors
/// Returns one error that lists all missing requirements.
pub fn check(command: &str, purpose: Purpose) -> Result<()> {
    let missing = missing(purpose, &env::var_os("PATH").unwrap_or_default());
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", message(command, &missing))
}

fn missing(purpose: Purpose, path: &OsStr) -> Vec<&'static Requirement> {
    let mut missing = Vec::new();
    if !compiles_c(path) {
        missing.push(&C_COMPILER);
    }
    let needs_python = match purpose {
        Purpose::Build => false,
        Purpose::RunTerraform => terraform::on_path(path).is_empty(),
        Purpose::Test | Purpose::TestAndLint => true,
    };
    let is_test = matches!(purpose, Purpose::Test | Purpose::TestAndLint);
    if needs_python {
        let python = Python::find(path);
        if python.is_none() {
            missing.push(&PYTHON);
        }
        // Any pip is enough to unpack Terraform.
        if !python.is_some_and(|python| python.has_venv || (python.has_pip && !is_test)) {
            missing.push(&PYTHON_VENV);
        }
    }
    if is_test && find("bash", path).is_none() {
        missing.push(&BASH);
    }
    if purpose == Purpose::TestAndLint && !["cargo-fmt", "cargo-clippy"].iter().all(|name| runs(name, path)) {
        missing.push(&FORMAT_AND_LINT);
    }
    missing
}

fn message(command: &str, missing: &[&Requirement]) -> String {
    let mut lines = vec![format!(
        "'cargo xtask {command}' cannot run on this machine yet. Missing:"
    )];
    lines.extend(missing.iter().map(|it| format!("  - {}", it.what)));
    for (system, install, packages) in [
        (
            "Debian, Ubuntu:",
            "sudo apt-get install",
            packages(missing, |it| it.debian),
        ),
        ("Fedora:", "sudo dnf install", packages(missing, |it| it.fedora)),
    ] {
        if !packages.is_empty() {
            lines.push(format!("{system:<16}{install} {}", packages.join(" ")));
        }
    }
    lines.extend(
        missing
            .iter()
            .filter_map(|it| Some(format!("{:<16}{}", "Rust:", it.command?))),
    );
    lines.join("\n")
}

/// The packages of these requirements, each once, in the order of the requirements.
fn packages(of: &[&Requirement], names: impl Fn(&Requirement) -> &'static [&'static str]) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    of.iter()
        .flat_map(|it| names(it))
        .copied()
        .filter(|name| seen.insert(*name))
        .collect()
}

/// The program's file in the folders of `path`.
pub fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    env::split_paths(path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

fn run(program: &Path, arguments: &[&OsStr], path: &OsStr) -> Option<String> {
    process::output(Command::new(program).args(arguments).env("PATH", path), LIMIT).ok()
}

fn runs(name: &str, path: &OsStr) -> bool {
    find(name, path).is_some_and(|program| run(&program, &[OsStr::new("--version")], path).is_some())
}

/// Crates with C code can be built: a compiler exists and finds the C library's headers.
fn compiles_c(path: &OsStr) -> bool {
    if COMPILER_VARIABLES.iter().any(|name| env::var_os(name).is_some()) {
        return true;
    }
    let Some(compiler) = find("cc", path) else {
        return false;
    };
    let Ok(folder) = tempfile::tempdir() else {
        return true;
    };
    let source = folder.path().join("source.c");
    fs::write(&source, "#include <stdlib.h>\n").is_err()
        || run(&compiler, &[OsStr::new("-fsyntax-only"), source.as_os_str()], path).is_some()
}

struct Python {
    has_venv: bool,
    has_pip: bool,
}

impl Python {
    /// The first Python that is new enough.
    fn find(path: &OsStr) -> Option<Self> {
        ["python3", "python"].iter().find_map(|name| {
            let answer = run(&find(name, path)?, &["-I", "-c", ABOUT_PYTHON].map(OsStr::new), path)?;
            let mut words = answer.split_whitespace().map(|word| word == "True");
            let mut next = || words.next().unwrap_or_default();
            let (new_enough, has_venv, has_pip) = (next(), next(), next());
            new_enough.then_some(Self { has_venv, has_pip })
        })
    }
}

#[cfg(test)]
mod tests;
