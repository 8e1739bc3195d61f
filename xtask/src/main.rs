//! The project's commands. `cargo xtask help` lists them.

mod bench;
mod build;
mod demo;
mod docs;
mod install;
mod interrupt;
mod mirror;
mod paths;
mod platforms;
mod process;
mod release;
mod report;
mod requirements;
mod sandbox;
mod screenshot;
mod setup;
mod simulator;
mod soak;
mod svg;
mod test;

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use platforms::Platform;
use requirements::Purpose;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  build                     Builds the release binary and prints where it is.
  install                   Builds it and installs it where Terraform and OpenTofu look for providers by default.
  uninstall                 Removes the installed binary.
  test [OPTIONS] [FILTER]   Runs every check and every test; with FILTER only the tests whose name contains it.
      --all-terraform       With every Terraform release the project knows, not only the oldest and the newest.
  demo                      A backup from init to destroy, with real Terraform against the simulator.
  screenshot                Draws docs/images/apply.svg from the output of a real apply.
  bench [--quick]           Measures the release binary and writes benches/README.md. CSBS_BEFORE and CSBS_PEER name an earlier
                            build and the Go provider, which are measured beside it.
  soak [OPTIONS]            Many applies of real Terraform over connections that are cut, stopped or wrong; afterwards the states
                            and the service must agree. --applies N (default 100), --seed N, --workers N.
  docs [--check]            Writes the registry's pages under docs/ from schema and examples, or checks that they are up to date.
  release-check [DIST]      Checks the zips in DIST (GoReleaser's, or one made from the release binary), installs the one for
                            this machine from a mirror and runs the acceptance tests with it. Of DIST it also
                            tries the programs for other platforms that this machine can run.
  windows [PROGRAM]         Runs the program for Windows under Wine: handshake, schema, plan, apply. Builds it, unless given.
  arm64 [PROGRAM]           The same for Linux on ARM, under QEMU.
  container [PROGRAM]       The same for the static binary in an empty root file system, as a user without rights.
  sweep [OPTIONS]           In a real project, named by OS_*: lists or deletes what an earlier run left, or tries the simulator's
                            assumptions. See 'cargo xtask sweep --help'.
  setup [protoc|tofu]       Installs the tools that the other commands need; or only what a build needs; or OpenTofu, which Go
                            builds in about ten minutes.

Missing tools (protoc, Terraform, Keystone, the Python OpenStack SDK) are installed from the package registries into .tools/.
";

fn main() -> ExitCode {
    let result = interrupt::watch().and_then(|()| dispatch(&std::env::args().skip(1).collect::<Vec<_>>()));
    interrupt::wait_if_interrupted();
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments {
        [] => ("help", &[][..]),
        [command, rest @ ..] => (command.as_str(), rest),
    };
    match command {
        "build" => {
            no_arguments(command, rest)?;
            requirements::check(command, Purpose::Build)?;
            let binary = build::release()?;
            println!("{}", binary.display());
        }
        "install" => {
            no_arguments(command, rest)?;
            if !build::is_given() {
                requirements::check(command, Purpose::Build)?;
            }
            install::install()?;
        }
        "uninstall" => {
            no_arguments(command, rest)?;
            install::uninstall()?;
        }
        "test" => {
            let options = test::Options::parse(rest)?;
            requirements::check(command, options.purpose())?;
            return test::run(&options);
        }
        "demo" => {
            no_arguments(command, rest)?;
            requirements::check(command, Purpose::RunTerraform)?;
            demo::run()?;
        }
        "bench" => {
            let options = bench::Options::parse(rest)?;
            requirements::check(command, Purpose::RunTerraform)?;
            bench::run(options)?;
        }
        "soak" => {
            let options = soak::Options::parse(rest)?;
            requirements::check(command, Purpose::RunTerraform)?;
            soak::run(&options)?;
        }
        "screenshot" => {
            no_arguments(command, rest)?;
            requirements::check(command, Purpose::RunTerraform)?;
            screenshot::run()?;
        }
        "docs" => match rest {
            [] => docs::write()?,
            [only] if only == "--check" => docs::check()?,
            _ => bail!("'docs' takes only --check\n\n{HELP}"),
        },
        "release-check" => {
            requirements::check(command, Purpose::Test)?;
            match rest {
                [] => release::check(&release::make()?)?,
                [dist] => {
                    let dist = Path::new(dist);
                    release::check_platforms(dist)?;
                    release::check(dist)?;
                }
                _ => bail!("'release-check' takes one folder at most\n\n{HELP}"),
            }
        }
        "windows" => check_platform(Platform::Windows, rest)?,
        "arm64" => check_platform(Platform::Arm64, rest)?,
        "container" => check_platform(Platform::Container, rest)?,
        "sweep" => sweep(rest)?,
        "setup" => match rest {
            [only] if only == "protoc" => setup::protoc::install()?,
            [only] if only == "tofu" => println!("{}", setup::terraform::install_tofu()?),
            _ => {
                no_arguments(command, rest)?;
                requirements::check(command, Purpose::Test)?;
                setup::everything()?;
            }
        },
        "help" | "-h" | "--help" => print!("{HELP}"),
        other => bail!("there is no command '{other}'\n\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Longest duration of a sweep: two backups and their deletion.
const SWEEP_LIMIT: Duration = Duration::from_secs(8 * 3600);

fn sweep(arguments: &[String]) -> Result<()> {
    let mut command = process::cargo();
    command
        .args(["run", "--quiet", "--locked", "--package=csbs-sweep", "--"])
        .args(arguments);
    process::run(&mut command, SWEEP_LIMIT)
}

fn check_platform(platform: Platform, rest: &[String]) -> Result<()> {
    match rest {
        [] => platform.check(None),
        [program] => platform.check(Some(Path::new(program))),
        _ => bail!("one program at most can be given\n\n{HELP}"),
    }
}

fn no_arguments(command: &str, rest: &[String]) -> Result<()> {
    if let Some(first) = rest.first() {
        bail!("'{command}' takes no argument, but '{first}' was given\n\n{HELP}");
    }
    Ok(())
}
