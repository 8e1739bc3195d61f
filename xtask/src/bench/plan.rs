//! Plans with everything in the state.

use std::{fmt::Write as _, fs, time::Duration};

use anyhow::Result;

use super::{
    Report, Target, counts,
    fill::{self, Form, Kind},
    median_of, megabytes, number, plot, process, timed,
};
use crate::paths;

/// Latency of every answer of the service.
const LATENCY: f64 = 0.05;
/// How often a plan is measured.
const RUNS: usize = 3;
/// Numbers of resources.
const GROWTH: [usize; 5] = [1, 10, 100, 1000, 5000];
/// The number that the targets are about.
const LARGE: usize = 1000;
/// What is measured.
const PLAN: [&str; 3] = ["plan", "-input=false", "-detailed-exitcode"];

/// One line of the table.
struct Row {
    count: usize,
    plan: f64,
    /// The same without a request to the service.
    floor: f64,
    /// As many `terraform_data`.
    data: f64,
    taken: process::Taken,
    requests: u64,
    sign_ins: u64,
}

/// Plans of every size.
///
/// # Errors
/// When Terraform fails.
pub fn measure(report: &mut Report) -> Result<()> {
    let rows = GROWTH
        .into_iter()
        .map(|count| row(Form::Blocks, count))
        .collect::<Result<Vec<_>>>()?;
    let counted = row(Form::Count, LARGE)?;
    let text = &mut report.text;
    writeln!(text, "\n## A plan with everything in the state\n")?;
    writeln!(
        text,
        "Every answer of the service takes {LATENCY} s. Terraform's default parallelism. Medians of {RUNS}, above {LARGE} of \
         one. The floor is the same plan with `-refresh=false`: Terraform's own work on a state of this size and shape, with no \
         request to the service. Every resource has a block of its own but in the last line, where one block has `count`.\n"
    )?;
    writeln!(
        text,
        "| resources | plan | per resource | floor | as many terraform_data | plan over floor | plan over terraform_data | \
         the plugin's processor time | its peak memory | requests | sign-ins |\n\
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
    let growth = number(large.taken.peak.saturating_sub(one.taken.peak)) * 1.024 / number(large.count as u64 - 1);
    report.targets.extend([
        Target::new(
            "peak memory of the plugin in a plan of 1 resource, MB",
            10.0,
            megabytes(one.taken.peak * 1024),
        ),
        Target::new("its growth per resource at 1,000, KB", 20.0, growth),
        Target::new(
            "plan of 1,000, less one answer, over as many terraform_data",
            1.3,
            large.over(large.data),
        ),
        Target::new("requests of that plan", 5.0, number(large.requests)),
        Target::new("sign-ins of that plan", 1.0, number(large.sign_ins)),
        Target::new(
            "time per resource at 5,000 over that at 1,000, where linear growth is 1",
            1.3,
            largest.each() / large.each(),
        ),
    ]);
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
            self.taken.cpu.as_secs_f64(),
            megabytes(self.taken.peak * 1024),
            self.requests,
            self.sign_ins
        )?;
        Ok(())
    }
}

fn row(form: Form, count: usize) -> Result<Row> {
    let runs = if count > LARGE { 1 } else { RUNS };
    let stage = fill::stage(count)?;
    fill::fill(&stage, Kind::Data, form, count)?;
    let data = median_of(runs, || timed(&stage, &PLAN).map(|(took, _)| took))?;
    fill::fill(&stage, Kind::Backup, form, count)?;
    let delay = format!("{{\"effect\": {{\"kind\": \"delay\", \"seconds\": {LATENCY}}}}}");
    stage.simulator.ask("POST", "/_admin/faults", &delay)?;
    let without_refresh: Vec<_> = PLAN.into_iter().chain(["-refresh=false"]).collect();
    let floor = median_of(runs, || timed(&stage, &without_refresh).map(|(took, _)| took))?;
    let (mut requests, mut sign_ins) = (0, 0);
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
    let [plan, floor, data] = [plan, floor, data].map(|time: Duration| time.as_secs_f64());
    println!("{count} {form:?}: {plan:.2} s, floor {floor:.2} s, terraform_data {data:.2} s, {taken:?}");
    Ok(Row {
        count,
        plan,
        floor,
        data,
        taken,
        requests,
        sign_ins,
    })
}
