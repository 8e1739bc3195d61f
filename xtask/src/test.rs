//! `cargo xtask test`: every check and every test. Set-ups that wait for the network run beside the compiler.

use std::{env, ffi::OsString, process::ExitCode, thread, time::Duration};

use anyhow::{Result, anyhow, bail};

use crate::{
    docs,
    process::{self, cargo},
    report::{Counts, Report},
    requirements::Purpose,
    setup::{keystone, openstacksdk, protoc, terraform, tfplugindocs},
};

const LIMIT: Duration = Duration::from_secs(60 * 60);

/// What the user asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Every Terraform release known, not only the oldest and the newest.
    pub all_terraform: bool,
    /// Only tests whose name contains this; no other checks.
    pub filter: Option<String>,
}

impl Options {
    /// Reads the words after `test`.
    ///
    /// # Errors
    /// An option that does not exist, a second filter.
    pub fn parse(words: &[String]) -> Result<Self> {
        let mut options = Self::default();
        for word in words {
            match word.as_str() {
                "--all-terraform" => options.all_terraform = true,
                option if option.starts_with('-') => bail!("'test' has no option '{option}'"),
                filter if options.filter.is_none() => options.filter = Some(filter.to_owned()),
                other => bail!("'test' takes one filter; '{other}' is a second one"),
            }
        }
        Ok(options)
    }

    /// What the machine has to have.
    pub fn purpose(&self) -> Purpose {
        if self.filter.is_some() {
            Purpose::Test
        } else {
            Purpose::TestAndLint
        }
    }
}

/// Runs everything and prints a summary.
///
/// # Errors
/// Only what keeps it from starting; failures are in the summary and in the exit code.
pub fn run(options: &Options) -> Result<ExitCode> {
    let report = Report::new();
    let mut counts = Counts::default();
    report.step("protoc", protoc::install);
    thread::scope(|scope| {
        let terraforms = scope.spawn(|| {
            report.step("Terraform and OpenTofu", || {
                let found = terraform::matrix(options.all_terraform)?;
                for program in &found {
                    eprintln!("   {program}");
                }
                Ok(env::join_paths(found.iter().map(|program| &program.path))?)
            })
        });
        let keystone = scope.spawn(|| report.step("Keystone", keystone::start).flatten());
        let openstacksdk = scope.spawn(|| report.step("OpenStack SDK for Python", openstacksdk::install).flatten());

        if options.filter.is_none() {
            report.step("cargo fmt --check", || {
                process::run(cargo().args(["fmt", "--all", "--check"]), LIMIT)
            });
            report.step("cargo clippy", || {
                process::run(
                    cargo().args([
                        "clippy",
                        "--workspace",
                        "--all-targets",
                        "--locked",
                        "--",
                        "-D",
                        "warnings",
                    ]),
                    LIMIT,
                )
            });
            report.step("cargo doc", || {
                process::run(
                    cargo()
                        .args(["doc", "--workspace", "--no-deps", "--locked"])
                        .env("RUSTDOCFLAGS", "-D warnings"),
                    LIMIT,
                )
            });
        }
        let built = report.step("build the tests", || {
            process::run(cargo().args(["test", "--workspace", "--locked", "--no-run"]), LIMIT)
        });
        let terraforms = terraforms.join().ok().flatten();
        if built.is_some() && options.filter.is_none() {
            if tfplugindocs::is_available() {
                report.step("registry pages", docs::check);
            } else {
                report.skip(
                    "registry pages",
                    "they are made by a program that Go builds; Go is optional and not on PATH",
                );
            }
        }
        let keystone = keystone.join().ok().flatten();
        let openstacksdk = openstacksdk.join().ok().flatten();
        if built.is_some() {
            let mut settings: Vec<(&str, OsString)> = Vec::new();
            settings.extend(terraforms.map(|list| ("TF_ACC_TERRAFORM_PATHS", list)));
            settings.extend(
                keystone
                    .as_ref()
                    .map(|it| ("CSBS_TEST_KEYSTONE", it.seed.clone().into_os_string())),
            );
            settings.extend(openstacksdk.map(|python| ("CSBS_TEST_OPENSTACKSDK_PYTHON", python.into_os_string())));
            report.step("cargo test", || tests(options, &settings, &mut counts));
        }
    });
    let good = report.finish(counts);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tests(options: &Options, settings: &[(&str, OsString)], counts: &mut Counts) -> Result<()> {
    let mut command = cargo();
    command
        .args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .args(&options.filter)
        .envs(settings.iter().map(|(name, value)| (name, value)));
    let status = process::run_lines(&mut command, LIMIT, |line| {
        println!("{line}");
        counts.add_line(line);
    })?;
    if !status.success() {
        return Err(anyhow!("{} tests failed ({status}); see above", counts.failed));
    }
    if counts.passed == 0 {
        bail!("no test was run");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options> {
        Options::parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn the_arguments_of_test_are_parsed() {
        assert_eq!(parse(&[]).unwrap(), Options::default());
        let both = parse(&["acc_import", "--all-terraform"]).unwrap();
        assert!(both.all_terraform);
        assert_eq!(both.filter.as_deref(), Some("acc_import"));
        assert!(parse(&["--all"]).is_err());
        assert!(parse(&["one", "two"]).is_err());
    }
}
