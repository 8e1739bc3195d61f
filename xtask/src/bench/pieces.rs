//! The microbenchmarks of `benches/pieces.rs`, run by `cargo bench`.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Report, log, number};
use crate::{paths, process};

const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Runs `cargo bench` and lists the median of each benchmark.
///
/// # Errors
/// Returns an error if a benchmark does not compile or fails.
pub fn measure(report: &mut Report) -> Result<()> {
    let begin = SystemTime::now();
    process::run_quietly(
        process::cargo().args([
            "bench",
            "--locked",
            "--package",
            "terraform-provider-csbs",
            "--bench",
            "pieces",
        ]),
        &log(),
        LIMIT,
    )?;
    let mut medians = BTreeMap::new();
    collect(&paths::target().join("criterion"), begin, &mut medians)?;
    let text = &mut report.text;
    writeln!(
        text,
        "\n## The pieces\n\nMedians of `cargo bench`.\n\n| | |\n| --- | --- |"
    )?;
    for (name, nanoseconds) in medians {
        writeln!(text, "| {name} | {} |", duration(nanoseconds))?;
    }
    Ok(())
}

/// Finds criterion's results of this run below a folder: `GROUP/BENCHMARK/new/{benchmark,estimates}.json`.
fn collect(folder: &Path, begin: SystemTime, medians: &mut BTreeMap<String, f64>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "new") {
            let estimates = path.join("estimates.json");
            if fs::metadata(&estimates)?.modified()? < begin {
                continue;
            }
            let estimates: Value = serde_json::from_slice(&fs::read(estimates)?)?;
            let benchmark: Value = serde_json::from_slice(&fs::read(path.join("benchmark.json"))?)?;
            let name = benchmark["full_id"].as_str().context("a benchmark without a name")?;
            let median = estimates["median"]["point_estimate"].as_f64().context("no median")?;
            medians.insert(name.replace('/', ": "), median);
        } else if path.is_dir() {
            collect(&path, begin, medians)?;
        }
    }
    Ok(())
}

fn duration(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let (factor, unit) = units
        .into_iter()
        .find(|(factor, _)| nanoseconds >= *factor)
        .unwrap_or((number(1), "ns"));
    format!("{:.1} {unit}", nanoseconds / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_largest_unit_that_fits() {
        assert_eq!(duration(812.0), "812.0 ns");
        assert_eq!(duration(6_310.0), "6.3 µs");
        assert_eq!(duration(7_700_000.0), "7.7 ms");
    }
}
