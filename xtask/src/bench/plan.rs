//! Plans with everything in the state.

use std::{fmt::Write as _, fs, time::Duration};

use anyhow::Result;

use super::{
    Options, Report, Subject, Target, Timed,
    configuration::{self, Form, Kind},
    median_run, megabytes, number, plot, timed,
};
use crate::{paths, simulator::Simulator};

/// Latency of every answer of the service.
pub const LATENCY: f64 = 0.05;
/// Number of runs of a plan.
pub const RUNS: usize = 3;
/// Numbers of resources.
const GROWTH: [usize; 5] = [1, 10, 100, 1000, 5000];
/// Number of resources in the targets.
const LARGE: usize = 1000;
/// The command that is measured.
pub const PLAN: [&str; 3] = ["plan", "-input=false", "-detailed-exitcode"];

/// One line of the table.
struct Row {
    count: usize,
    /// Seconds, as the next two.
    plan: f64,
    /// The same plan without a request to the service.
    floor: f64,
    /// A plan of as many `terraform_data`.
    data: f64,
    run: Timed,
}

/// Plans of every size.
///
/// # Errors
/// Returns an error if Terraform fails.
pub fn measure(own: &Subject, options: Options, report: &mut Report) -> Result<()> {
    let rows = GROWTH
        .into_iter()
        .filter(|count| !options.quick || *count <= LARGE)
        .map(|count| row(own, Form::Blocks, count))
        .collect::<Result<Vec<_>>>()?;
    let counted = row(own, Form::Count, LARGE)?;
    let text = &mut report.text;
    writeln!(text, "\n## A plan with everything in the state\n")?;
    writeln!(
        text,
        "Every answer of the service takes {LATENCY} s. Terraform's default parallelism. Medians of {RUNS}, above {LARGE} of \
         one. The floor is the same plan with `-refresh=false`: Terraform's own work on a state of this size and shape, with no \
         request to the service. Every resource has its own block, except in the last line, where one block has `count`.\n"
    )?;
    writeln!(
        text,
        "| resources | plan | per resource | floor | as many terraform_data | plan over floor | plan over terraform_data | \
         processor time of the plugin | its peak memory | requests | sign-ins |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )?;
    for row in rows.iter().chain([&counted]) {
        row.write(text)?;
    }
    writeln!(
        text,
        "\nThe ratios are less one answer of the service.\n\n![plan time by number of resources](plan.svg)"
    )?;
    let points: Vec<_> = rows
        .iter()
        .map(|row| (row.count, row.plan, row.floor, row.data))
        .collect();
    fs::write(paths::root().join("benches/plan.svg"), plot::lines(&points))?;
    targets(&rows, report);
    Ok(())
}

fn targets(rows: &[Row], report: &mut Report) {
    let of = |count| rows.iter().find(|row| row.count == count);
    let (Some(one), Some(large), Some(largest)) = (of(1), of(LARGE), rows.last()) else {
        return;
    };
    let growth =
        number(large.run.usage.peak.saturating_sub(one.run.usage.peak)) * 1.024 / number(large.count as u64 - 1);
    report.targets.extend([
        Target::new(
            "peak memory of the plugin in a plan of 1 resource, MB",
            10.0,
            megabytes(one.run.usage.peak * 1024),
        ),
        Target::new("its growth per resource at 1,000, KB", 20.0, growth),
        Target::new(
            "plan of 1,000, less one answer, over as many terraform_data",
            3.0,
            large.over(large.data),
        ),
        Target::new(
            "plan of 1,000, less one answer, over its floor",
            1.15,
            large.over(large.floor),
        ),
        Target::new("requests of that plan", 5.0, number(large.run.requests)),
        Target::new("sign-ins of that plan", 1.0, number(large.run.sign_ins)),
    ]);
    if largest.count > large.count {
        report.targets.push(Target::new(
            "time per resource at 5,000 over that at 1,000, where linear growth is 1",
            1.3,
            largest.each() / large.each(),
        ));
    }
}

impl Row {
    fn over(&self, base: f64) -> f64 {
        (self.plan - LATENCY) / base
    }

    /// Milliseconds.
    fn each(&self) -> f64 {
        self.plan * 1000.0 / number(self.count as u64)
    }

    fn write(&self, text: &mut String) -> Result<()> {
        writeln!(
            text,
            "| {} | {:.2} s | {:.1} ms | {:.2} s | {:.2} s | {:.2} | {:.2} | {:.2} s | {:.1} MB | {} | {} |",
            self.count,
            self.plan,
            self.each(),
            self.floor,
            self.data,
            self.over(self.floor),
            self.over(self.data),
            self.run.usage.cpu.as_secs_f64(),
            megabytes(self.run.usage.peak * 1024),
            self.run.requests,
            self.run.sign_ins
        )?;
        Ok(())
    }
}

fn row(own: &Subject, form: Form, count: usize) -> Result<Row> {
    let runs = if count > LARGE { 1 } else { RUNS };
    let sandbox = own.fast_sandbox(count)?;
    configuration::fill(&sandbox, Kind::Data, form, count)?;
    let data = median_run(runs, || timed(&sandbox, &PLAN))?;
    own.fill(&sandbox, form, count)?;
    delay_answers(&sandbox.simulator)?;
    let without_refresh: Vec<_> = PLAN.into_iter().chain(["-refresh=false"]).collect();
    let floor = median_run(runs, || timed(&sandbox, &without_refresh))?;
    let run = median_run(runs, || timed(&sandbox, &PLAN))?;
    let [plan, floor, data] = [run.wall, floor.wall, data.wall].map(|time: Duration| time.as_secs_f64());
    println!(
        "{count} {form:?}: {plan:.2} s, floor {floor:.2} s, terraform_data {data:.2} s, {:?}",
        run.usage
    );
    Ok(Row {
        count,
        plan,
        floor,
        data,
        run,
    })
}

/// Delays every answer of the service by [`LATENCY`].
///
/// # Errors
/// Returns an error if the simulator refuses.
pub fn delay_answers(simulator: &Simulator) -> Result<()> {
    let rule = format!("{{\"effect\": {{\"kind\": \"delay\", \"seconds\": {LATENCY}}}}}");
    simulator.request("POST", "/_admin/faults", &rule)?;
    Ok(())
}
