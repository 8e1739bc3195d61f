//! Size of the binary, and its way to the handshake.

use std::{fmt::Write as _, fs, path::Path, process::Command, time::Duration};

use anyhow::Result;

use super::{Report, Target, median, megabytes, process};

const RUNS: usize = 40;

/// Starts the plugin as Terraform does, beside a process that only prints a line.
///
/// # Errors
/// When one of them does not start.
pub fn measure(plugin: &Path, report: &mut Report) -> Result<()> {
    let mut bare = Vec::new();
    let mut handshake = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..RUNS {
        bare.push(process::first_line(&mut Command::new("/bin/echo"))?.0);
        let (took, peak) = process::first_line(&mut process::as_plugin(plugin))?;
        handshake.push(took);
        memory.push(peak);
    }
    let (bare, handshake) = (median(bare), median(handshake));
    let ratio = handshake.as_secs_f64() / bare.as_secs_f64();
    let size = megabytes(fs::metadata(plugin)?.len());
    let text = &mut report.text;
    writeln!(text, "\n## Start-up\n")?;
    writeln!(text, "| | median of {RUNS} | ratio |\n| --- | --- | --- |")?;
    writeln!(text, "| a process that prints a line | {:.2} ms | 1 |", millis(bare))?;
    writeln!(
        text,
        "| the plugin, until its handshake, certificate made | {:.2} ms | {ratio:.2} |",
        millis(handshake)
    )?;
    writeln!(
        text,
        "\nPeak memory of the plugin at the handshake: {:.1} MB. Its file: {size:.2} MB.",
        megabytes(median(memory) * 1024)
    )?;
    report.targets.extend([
        Target::new(
            "start-up until the handshake, over a process that prints a line",
            2.0,
            ratio,
        ),
        Target::new("release binary, stripped, MB", 8.0, size),
    ]);
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
