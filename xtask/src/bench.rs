//! `cargo xtask bench`: what the provider costs as a whole process, beside what Terraform itself costs in the same run.
//!
//! Ratios count, not times: every figure stands beside its baseline of the same minute on the same machine.

mod plot;
mod process;

use std::{
    fmt::Write as _,
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    build, paths, process as child,
    simulator::Simulator,
    stage::{self, Stage},
};

/// Latency of every answer of the service while plans are measured.
const LATENCY: f64 = 0.05;
/// How often a plan is measured.
const RUNS: usize = 3;
/// Numbers of resources for the table of growth.
const GROWTH: [usize; 4] = [10, 100, 1000, 5000];
/// What is measured.
const PLAN: [&str; 3] = ["plan", "-input=false", "-detailed-exitcode"];
/// The largest run of all takes minutes.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Measures everything and writes `benches/README.md` and its plot.
///
/// # Errors
/// When a build, the simulator or a Terraform run fails.
pub fn run() -> Result<()> {
    let plugin = build::release()?;
    let mut report = String::new();
    startup(&plugin, &mut report)?;
    let size = fs::metadata(&plugin)?.len();
    writeln!(report, "\nRelease binary, stripped: {:.2} MB.", megabytes(size))?;
    plans(&mut report)?;
    apply(&mut report)?;
    let intro = "# What it costs\n\nWritten by `CSBS_PLUGIN=<the release's linux/amd64 binary> cargo xtask bench` (without the variable \
                 it builds one for this machine); every figure stands beside its baseline of the same \
                 run. The pieces are measured by `cargo bench`.\n\n";
    fs::write(paths::root().join("benches/README.md"), format!("{intro}{report}"))?;
    print!("{report}");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

fn startup(plugin: &std::path::Path, report: &mut String) -> Result<()> {
    let mut bare = Vec::new();
    let mut handshake = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..40 {
        bare.push(process::first_line(&mut Command::new("/bin/echo"))?.0);
        let (took, peak) = process::first_line(&mut process::as_plugin(plugin))?;
        handshake.push(took);
        memory.push(peak);
    }
    let (bare, handshake) = (median(bare), median(handshake));
    memory.sort_unstable();
    writeln!(report, "## Start-up\n")?;
    writeln!(report, "| | median of 40 | ratio |\n| --- | --- | --- |")?;
    writeln!(report, "| a process that prints a line | {:.2} ms | 1 |", millis(bare))?;
    writeln!(
        report,
        "| the plugin, until its handshake, certificate made | {:.2} ms | {:.2} |",
        millis(handshake),
        handshake.as_secs_f64() / bare.as_secs_f64()
    )?;
    writeln!(
        report,
        "\nPeak memory of the plugin at the handshake: {:.1} MB.",
        megabytes(memory[20] * 1024)
    )?;
    Ok(())
}

/// Configurations of `count` backups, and of as many resources that cost nothing.
fn configurations(count: usize) -> (String, String) {
    let provider =
        "terraform {\n  required_providers {\n    csbs = {\n      source = \"tcloudpublic/csbs\"\n    }\n  }\n}\n";
    let backups = format!(
        "{provider}resource \"csbs_backup\" \"b\" {{\n  count       = {count}\n  resource_id = format(\"00000000-0000-0000-0000-%012x\", \
         count.index)\n  backup_name = \"bench-${{count.index}}\"\n  tags        = {{ run = \"bench\" }}\n}}\n"
    );
    let nothing =
        format!("resource \"terraform_data\" \"b\" {{\n  count = {count}\n  input = \"bench-${{count.index}}\"\n}}\n");
    (backups, nothing)
}

fn plans(report: &mut String) -> Result<()> {
    writeln!(report, "\n## A plan with everything in the state\n")?;
    writeln!(
        report,
        "Every answer of the service takes {LATENCY} s. Terraform's default parallelism. Medians of {RUNS}, at 5,000 of one. \
         The floor is the same plan with `-refresh=false`: Terraform's own work on states of this size and shape, with no \
         request to the service.\n"
    )?;
    writeln!(
        report,
        "| resources | plan | floor | ratio, less one answer | over terraform_data | ratio, less one answer | the plugin's \
         processor time | its peak memory | requests | sign-ins |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    let mut points = Vec::new();
    for count in GROWTH {
        let runs = if count > 1000 { 1 } else { RUNS };
        let stage = Stage::with(&["--step-per-request", "2h", "--servers", &count.to_string()], "")?;
        lift_quotas(&stage.simulator)?;
        let (backups, nothing) = configurations(count);
        let work = stage.work();
        fs::write(work.join("main.tf"), nothing)?;
        quiet(&stage, &["init", "-input=false"])?;
        quiet(&stage, &["apply", "-auto-approve", "-parallelism=100"])?;
        let baseline = median_of(runs, || timed(&stage, &PLAN).map(|(took, _)| took))?;
        quiet(&stage, &["destroy", "-auto-approve"])?;
        fs::write(work.join("main.tf"), backups)?;
        quiet(&stage, &["init", "-input=false"])?;
        quiet(&stage, &["apply", "-auto-approve", "-parallelism=100"])?;
        let delay = format!("{{\"effect\": {{\"kind\": \"delay\", \"seconds\": {LATENCY}}}}}");
        stage.simulator.ask("POST", "/_admin/faults", &delay)?;
        let without_refresh: Vec<_> = PLAN.into_iter().chain(["-refresh=false"]).collect();
        let floor = median_of(runs, || timed(&stage, &without_refresh).map(|(took, _)| took))?;
        let mut requests = 0;
        let mut sign_ins = 0;
        let mut taken = process::Taken::default();
        let plan = median_of(runs, || {
            stage.simulator.ask("POST", "/_admin/requests/clear", "")?;
            let before = counts(&stage.simulator)?.1;
            let took;
            (took, taken) = timed(&stage, &PLAN)?;
            let after = counts(&stage.simulator)?;
            (requests, sign_ins) = (after.0, after.1 - before);
            Ok(took)
        })?;
        let [plan_s, floor_s, baseline_s] = [plan, floor, baseline].map(|time| time.as_secs_f64());
        writeln!(
            report,
            "| {count} | {plan_s:.2} s | {floor_s:.2} s | {:.2} | {baseline_s:.2} s | {:.2} | {:.2} s | {:.1} MB | {requests} | \
             {sign_ins} |",
            (plan_s - LATENCY) / floor_s,
            (plan_s - LATENCY) / baseline_s,
            taken.cpu.as_secs_f64(),
            megabytes(taken.peak * 1024)
        )?;
        points.push((count, plan_s, floor_s));
        println!("{count}: {plan:?}, floor {floor:?}, terraform_data {baseline:?}, {taken:?}");
    }
    fs::write(paths::root().join("benches/plan.svg"), plot::lines(&points))?;
    writeln!(report, "\n![plan time by number of resources](plan.svg)")?;
    Ok(())
}

fn apply(report: &mut String) -> Result<()> {
    const COUNT: usize = 500;
    const BACKUP: f64 = 20.0;
    let stage = Stage::with(
        &["--speed", "1", "--backup-time", "20s", "--servers", &COUNT.to_string()],
        "",
    )?;
    lift_quotas(&stage.simulator)?;
    let (backups, nothing) = configurations(COUNT);
    fs::write(stage.work().join("main.tf"), nothing)?;
    quiet(&stage, &["init", "-input=false"])?;
    let (baseline, _) = timed(&stage, &["apply", "-auto-approve", "-parallelism=100"])?;
    quiet(&stage, &["destroy", "-auto-approve"])?;
    fs::write(stage.work().join("main.tf"), backups)?;
    quiet(&stage, &["init", "-input=false"])?;
    stage.simulator.ask("POST", "/_admin/requests/clear", "")?;
    let (took, taken) = timed(&stage, &["apply", "-auto-approve", "-parallelism=100"])?;
    let (requests, sign_ins) = counts(&stage.simulator)?;
    // What the service itself needs: five turns of a hundred, each 20 s in the queue and 20 s of work.
    let service = 5.0 * (20.0 + BACKUP);
    writeln!(report, "\n## An apply of 500 backups at -parallelism=100\n")?;
    writeln!(report, "| | |\n| --- | --- |")?;
    writeln!(report, "| wall time | {:.1} s |", took.as_secs_f64())?;
    writeln!(report, "| the service's own time, five turns | {service:.0} s |")?;
    writeln!(
        report,
        "| the same apply of 500 terraform_data | {:.1} s |",
        baseline.as_secs_f64()
    )?;
    let late = (took.as_secs_f64() - service - baseline.as_secs_f64()) / 5.0;
    writeln!(
        report,
        "| left per turn: from available to done, with all requests | {late:.2} s |"
    )?;
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    writeln!(
        report,
        "| requests per backup | {:.2} |",
        requests as f64 / COUNT as f64
    )?;
    writeln!(report, "| sign-ins | {sign_ins} |")?;
    writeln!(
        report,
        "| peak memory of the plugin | {:.1} MB |",
        megabytes(taken.peak * 1024)
    )?;
    Ok(())
}

fn lift_quotas(simulator: &Simulator) -> Result<()> {
    simulator.ask("POST", "/_admin/settings", "{\"quota_backups\": -1}")?;
    Ok(())
}

/// Requests for anything but signing in, and sign-ins.
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

fn quiet(stage: &Stage, arguments: &[&str]) -> Result<()> {
    child::run_quietly(
        &mut stage.command(arguments),
        &paths::tools().join("log/bench.log"),
        LIMIT,
    )
}

/// Wall time of a command, and what the plugins it started took.
fn timed(stage: &Stage, arguments: &[&str]) -> Result<(Duration, process::Taken)> {
    let watch = process::Watch::start("terraform-provi");
    let begin = Instant::now();
    let log = child::open_log(&paths::tools().join("log/bench.log"))?;
    let code = stage::show(stage.command(arguments).stdout(log.try_clone()?).stderr(log))?;
    let took = begin.elapsed();
    if code != 0 {
        bail!(
            "{arguments:?} ended with {code}: {}",
            child::tail(&paths::tools().join("log/bench.log"))
        );
    }
    Ok((took, watch.end()))
}

fn median_of(runs: usize, mut measure: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    Ok(median((0..runs).map(|_| measure()).collect::<Result<_>>()?))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
