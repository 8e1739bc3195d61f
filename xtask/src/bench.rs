//! `cargo xtask bench`: costs of the provider as a whole process, beside the costs of Terraform itself in the same run.
//!
//! Ratios count, not times: every figure stands beside its baseline of the same minutes on the same machine. Other providers
//! are measured beside this one where the environment names their binaries, see [`subject`].

mod apply;
mod beside;
mod configuration;
mod pieces;
mod plan;
mod plot;
mod process;
mod size;
mod start;
mod subject;
mod target;

use std::{
    fmt::Write as _,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{paths, process as child, sandbox::Sandbox, setup::terraform, simulator::Simulator};
use subject::Subject;
use target::Target;

/// Everything above this line in `benches/README.md` is written by hand and kept.
const GENERATED_BELOW: &str = "<!-- Written by `cargo xtask bench` from here on. -->";

/// Longest time of one command; the largest apply takes minutes.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// The size of a benchmark run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Without the largest plan and without the applies in real time.
    pub quick: bool,
}

impl Options {
    /// Parses the arguments after `bench`.
    ///
    /// # Errors
    /// Returns an error if an option does not exist.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        match arguments {
            [] => Ok(Self::default()),
            [only] if only == "--quick" => Ok(Self { quick: true }),
            _ => bail!("'bench' takes only --quick"),
        }
    }
}

/// Tables of the measurements, and how far each target is met.
#[derive(Default)]
struct Report {
    text: String,
    targets: Vec<Target>,
}

impl Report {
    /// Writes what was measured so far, so that a run that is cut off leaves its complete sections.
    fn write(&self, file: &PathBuf, handwritten: &str, conditions: &str, complete: bool) -> Result<()> {
        let mut text = format!("{handwritten}{GENERATED_BELOW}\n\n{conditions}\n");
        if !complete {
            text.push_str("\n**This run was cut off; sections are missing.**\n");
        }
        write!(text, "\n## Targets\n\n{}{}", target::table(&self.targets), self.text)?;
        fs::write(file, &text).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// A part of the report.
type Section<'a> = dyn Fn(&mut Report) -> Result<()> + 'a;

/// Measures everything in one run and writes `benches/README.md` below the mark, and its plot.
///
/// # Errors
/// Returns an error if a build, the simulator or a Terraform run fails.
pub fn run(options: Options) -> Result<()> {
    let file = paths::root().join("benches/README.md");
    let before = fs::read_to_string(&file)?;
    let (handwritten, _) = before
        .split_once(GENERATED_BELOW)
        .context("benches/README.md lost its mark")?;
    let terraform = terraform::preferred()?;
    let subjects = Subject::from_environment()?;
    let conditions = format!(
        "One run of `cargo xtask bench{}` on {} with {} {}, {} processors.",
        if options.quick { " --quick" } else { "" },
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        terraform.name,
        terraform.version,
        std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
    );
    let own = subjects.first().context("no provider to measure")?;
    let mut report = Report::default();
    let sections: [&Section<'_>; 6] = [
        &|report| start::measure(&subjects, report),
        &|report| size::measure(&subjects, report),
        &|report| plan::measure(own, options, report),
        &|report| beside::measure(&subjects, report),
        &|report| {
            if options.quick {
                Ok(())
            } else {
                apply::measure(own, report)
            }
        },
        &|report| pieces::measure(report),
    ];
    for section in sections {
        section(&mut report)?;
        report.write(&file, handwritten, &conditions, false)?;
    }
    report.write(&file, handwritten, &conditions, true)?;
    println!("{}", fs::read_to_string(file)?);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn number(count: u64) -> f64 {
    count as f64
}

fn megabytes(bytes: u64) -> f64 {
    number(bytes) / 1_000_000.0
}

fn lift_quotas(simulator: &Simulator) -> Result<()> {
    simulator.request("POST", "/_admin/settings", "{\"quota_backups\": -1}")?;
    Ok(())
}

/// Requests that are not for identity since the last clearing, and sign-ins since the start.
fn counts(simulator: &Simulator) -> Result<(u64, u64)> {
    let state = simulator.request("GET", "/_admin/state", "")?;
    let counts = state["counts"].as_object().context("no counts")?;
    let identity = [
        "create_token",
        "catalog",
        "validate_token",
        "identity_versions",
        "projects",
        "auth_projects",
        "auth_domains",
    ];
    let requests = counts
        .iter()
        .filter(|(name, _)| !identity.contains(&name.as_str()))
        .filter_map(|(_, count)| Value::as_u64(count))
        .sum();
    Ok((requests, state["sign_ins"].as_u64().unwrap_or_default()))
}

/// A command that was timed.
struct Timed {
    wall: Duration,
    /// Usage of the plugins that it started.
    usage: process::Usage,
    /// Requests that are not for identity.
    requests: u64,
    sign_ins: u64,
}

fn log() -> PathBuf {
    paths::tools().join("log/bench.log")
}

fn run_terraform(sandbox: &Sandbox, arguments: &[&str]) -> Result<()> {
    child::run_quietly(&mut sandbox.command(arguments), &log(), LIMIT)
}

/// Runs a command, with its output in [`log`], and measures it.
fn timed(sandbox: &Sandbox, arguments: &[&str]) -> Result<Timed> {
    timed_command(sandbox, sandbox.command(arguments), arguments)
}

/// Runs `command`, which has these arguments, and measures it.
fn timed_command(sandbox: &Sandbox, mut command: std::process::Command, arguments: &[&str]) -> Result<Timed> {
    sandbox.simulator.request("POST", "/_admin/requests/clear", "")?;
    let sign_ins = counts(&sandbox.simulator)?.1;
    let watch = process::Watch::start("terraform-provi");
    let begin = Instant::now();
    let output = child::open_log(&log())?;
    let status = child::Running::start(command.stdout(output.try_clone()?).stderr(output))?.wait(LIMIT)?;
    let wall = begin.elapsed();
    ensure!(status.success(), "{arguments:?}: {status}: {}", child::tail(&log()));
    let after = counts(&sandbox.simulator)?;
    Ok(Timed {
        wall,
        usage: watch.end(),
        requests: after.0,
        sign_ins: after.1 - sign_ins,
    })
}

/// The run of the median wall time.
fn median_run(runs: usize, mut measure: impl FnMut() -> Result<Timed>) -> Result<Timed> {
    let mut timed = (0..runs).map(|_| measure()).collect::<Result<Vec<_>>>()?;
    timed.sort_unstable_by_key(|run| run.wall);
    Ok(timed.swap_remove(runs / 2))
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
