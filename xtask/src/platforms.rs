//! `cargo xtask windows`, `arm64` and `container`: tests of the program for platforms that differ from this machine.
//!
//! Each runs the tests of `tests/program` with another command in place of the binary that Cargo built for the tests.

mod container;
mod windows;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Result, bail};

use crate::{paths, process, requirements, setup};

/// A release build for another platform takes minutes on two cores.
const BUILD_LIMIT: Duration = Duration::from_secs(60 * 60);
/// The tests with an emulated program, and the build of the tests.
const TEST_LIMIT: Duration = Duration::from_secs(30 * 60);
/// The package of the provider.
const PACKAGE: &str = "terraform-provider-csbs";

/// A platform that the program is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Windows on a 64-bit Intel processor, under Wine.
    Windows,
    /// Linux on a 64-bit ARM processor, under QEMU.
    Arm64,
    /// An empty, read-only root file system with a small `/tmp`, as a user without rights.
    Container,
}

/// A program of this machine that a platform needs.
struct Tool {
    /// Its names, of which one is enough.
    names: &'static [&'static str],
    /// Its package in Debian and Ubuntu.
    package: &'static str,
}

const ARM64_COMPILER: &str = "aarch64-linux-gnu-gcc";
const ARM64_EMULATORS: &[&str] = &["qemu-aarch64-static", "qemu-aarch64"];

impl Platform {
    /// Every platform, with the end of the name of its zip in a release.
    pub const IN_RELEASES: [(Self, &'static str); 3] = [
        (Self::Windows, "windows_amd64"),
        (Self::Arm64, "linux_arm64"),
        (Self::Container, "linux_amd64"),
    ];

    fn target(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::Arm64 => "aarch64-unknown-linux-musl",
            Self::Container => "x86_64-unknown-linux-musl",
        }
    }

    fn tools(self) -> &'static [Tool] {
        match self {
            Self::Windows => &[
                Tool {
                    names: &[windows::COMPILER],
                    package: "gcc-mingw-w64-x86-64",
                },
                Tool {
                    names: windows::EMULATORS,
                    package: "wine64",
                },
            ],
            Self::Arm64 => &[
                Tool {
                    names: &[ARM64_COMPILER],
                    package: "gcc-aarch64-linux-gnu",
                },
                Tool {
                    names: ARM64_EMULATORS,
                    package: "qemu-user-static",
                },
            ],
            Self::Container => &[
                Tool {
                    names: &["musl-gcc"],
                    package: "musl-tools",
                },
                Tool {
                    names: &[container::SANDBOX],
                    package: "bubblewrap",
                },
            ],
        }
    }

    /// The programs and targets that this machine lacks, one line each.
    pub fn missing(self) -> Vec<String> {
        let mut missing: Vec<String> = (self.tools().iter())
            .filter(|tool| find(tool.names).is_none())
            .map(|tool| format!("{} (Debian and Ubuntu: package {})", tool.names[0], tool.package))
            .collect();
        if !self.has_target() {
            missing.push(format!("Rust for {0}: rustup target add {0}", self.target()));
        }
        missing
    }

    /// Returns true if Rust's standard library for the platform is installed.
    fn has_target(self) -> bool {
        find(&["rustc"]).is_some_and(|rustc| {
            let mut ask = Command::new(rustc);
            ask.current_dir(paths::root())
                .args(["--print", "target-libdir", "--target", self.target()]);
            process::output(&mut ask, Duration::from_secs(20)).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
        })
    }

    /// Lints and builds the program for this platform, unless one is given, and runs its tests there.
    ///
    /// # Errors
    /// Returns an error if this machine lacks something, the build has a warning, or a test fails.
    pub fn check(self, given: Option<&Path>) -> Result<()> {
        let missing = self.missing();
        if !missing.is_empty() {
            bail!("this machine lacks:\n  - {}", missing.join("\n  - "));
        }
        setup::protoc::install()?;
        let binary = match given {
            Some(binary) => std::fs::canonicalize(binary)?,
            None => self.build()?,
        };
        match self {
            Self::Windows => windows::run(&binary),
            Self::Arm64 => run_tests(&[&tool(ARM64_EMULATORS)?, &binary], &mut tests()),
            Self::Container => container::run(&binary, self.target()),
        }
    }

    fn build(self) -> Result<PathBuf> {
        let with = |words: &[&str]| {
            let mut command = process::cargo();
            command.args(words).args(["--target", self.target()]);
            if self == Self::Arm64 {
                command
                    .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", ARM64_COMPILER)
                    .env("CC_aarch64_unknown_linux_musl", ARM64_COMPILER);
            }
            command
        };
        // Clippy sees code of another system only with that system as its target.
        process::run(
            with(&["clippy", "--locked", "--package", PACKAGE]).args(["--", "-D", "warnings"]),
            BUILD_LIMIT,
        )?;
        process::run(
            &mut with(&["build", "--release", "--locked", "--package", PACKAGE]),
            BUILD_LIMIT,
        )?;
        let suffix = if self == Self::Windows { ".exe" } else { "" };
        Ok(paths::target()
            .join(self.target())
            .join("release")
            .join(format!("{PACKAGE}{suffix}")))
    }
}

/// The first of these programs on PATH, or in the folder of Debian's Wine.
fn find(names: &[&str]) -> Option<PathBuf> {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/lib/wine");
    names.iter().find_map(|name| requirements::find(name, &path))
}

fn tool(names: &[&str]) -> Result<PathBuf> {
    find(names).ok_or_else(|| anyhow::anyhow!("there is no {}", names[0]))
}

/// The Cargo command for the tests of the program.
fn tests() -> Command {
    let mut command = process::cargo();
    command.args(["test", "--locked", "--package", PACKAGE, "--test", "program"]);
    command
}

/// Runs the tests with these words as the command that starts the program.
fn run_tests(words: &[&Path], command: &mut Command) -> Result<()> {
    process::run(command.env("CSBS_TEST_PROGRAM", json(words)), TEST_LIMIT)
}

fn json(words: &[&Path]) -> String {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    serde_json::json!(words).to_string()
}
