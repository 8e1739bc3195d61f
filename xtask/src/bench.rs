//! `cargo xtask bench`: what the provider costs as a whole process, beside what Terraform itself costs in the same run.
//!
//! Ratios count, not times: every figure stands beside its baseline of the same minutes on the same machine.

mod apply;
mod fill;
mod plan;
mod plot;
mod process;
mod start;
mod target;

use std::{
    fmt::Write as _,
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{build, paths, process as child, sandbox::Stage, simulator::Simulator};
use target::Target;

/// What stands above it in `benches/README.md` is written by people and kept.
const MARK: &str = "<!-- Written by `cargo xtask bench` from here on. -->";

/// The largest run of all takes minutes.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// What was measured: tables, and how far each target is met.
#[derive(Default)]
struct Report {
    text: String,
    targets: Vec<Target>,
}

/// Measures everything and writes `benches/README.md` below the mark, and its plot.
///
/// # Errors
/// When a build, the simulator or a Terraform run fails.
pub fn run() -> Result<()> {
    let file = paths::root().join("benches/README.md");
    let before = fs::read_to_string(&file)?;
    let (by_people, _) = before.split_once(MARK).context("benches/README.md lost its mark")?;
    let plugin = build::release()?;
    let mut report = Report::default();
    start::measure(&plugin, &mut report)?;
    plan::measure(&mut report)?;
    apply::measure(&mut report)?;
    let mut text = format!("{by_people}{MARK}\n\n## Targets\n\n{}", target::table(&report.targets));
    write!(text, "{}", report.text)?;
    fs::write(file, &text)?;
    println!("{text}");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn number(count: u64) -> f64 {
    count as f64
}

fn megabytes(bytes: u64) -> f64 {
    number(bytes) / 1_000_000.0
}

fn lift_quotas(simulator: &Simulator) -> Result<()> {
    simulator.ask("POST", "/_admin/settings", "{\"quota_backups\": -1}")?;
    Ok(())
}

/// Requests for anything but signing in, and sign-ins, since the last clearing and since the start.
fn counts(simulator: &Simulator) -> Result<(u64, u64)> {
    let state = simulator.ask("GET", "/_admin/state", "")?;
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

fn log() -> std::path::PathBuf {
    paths::tools().join("log/bench.log")
}

fn quiet(stage: &Stage, arguments: &[&str]) -> Result<()> {
    child::run_quietly(&mut stage.command(arguments), &log(), LIMIT)
}

/// Wall time of a command, and what the plugins it started took. Its output is in [`log`].
fn timed(stage: &Stage, arguments: &[&str]) -> Result<(Duration, process::Taken)> {
    let watch = process::Watch::start("terraform-provi");
    let begin = Instant::now();
    let output = child::open_log(&log())?;
    let mut command = stage.command(arguments);
    let status = child::Running::start(command.stdout(output.try_clone()?).stderr(output))?.wait(LIMIT)?;
    let took = begin.elapsed();
    ensure!(status.success(), "{arguments:?}: {status}: {}", child::tail(&log()));
    Ok((took, watch.end()))
}

fn median_of(runs: usize, mut measure: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    Ok(median((0..runs).map(|_| measure()).collect::<Result<_>>()?))
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
