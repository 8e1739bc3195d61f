//! Size of the binary, and time and memory until the handshake.

use std::{fmt::Write as _, fs, process::Command, time::Duration};

use anyhow::Result;

use super::{Report, Subject, Target, median, megabytes, process};

const RUNS: usize = 40;

/// Starts each plugin as Terraform does, beside a process that only prints a line.
///
/// # Errors
/// Returns an error if one of them does not start.
pub fn measure(subjects: &[Subject], report: &mut Report) -> Result<()> {
    let mut bare = Vec::new();
    let mut handshakes = vec![Vec::new(); subjects.len()];
    let mut memory = vec![Vec::new(); subjects.len()];
    // In turns, so that a slow moment of the machine is shared.
    for _ in 0..RUNS {
        bare.push(process::first_line(&mut Command::new("/bin/echo"))?.0);
        for (index, subject) in subjects.iter().enumerate() {
            let (time, peak) = process::first_line(&mut process::as_plugin(&subject.binary))?;
            handshakes[index].push(time);
            memory[index].push(peak);
        }
    }
    let bare = median(bare);
    let text = &mut report.text;
    writeln!(text, "\n## Start-up\n")?;
    writeln!(
        text,
        "Until the first line of output, which is a plugin's handshake; its certificate is made by then. Medians of {RUNS}.\n"
    )?;
    writeln!(
        text,
        "| | time | ratio | peak memory | file |\n| --- | --- | --- | --- | --- |"
    )?;
    writeln!(
        text,
        "| a process that prints a line | {:.2} ms | 1 | | |",
        millis(bare)
    )?;
    for ((subject, handshakes), memory) in subjects.iter().zip(handshakes).zip(memory) {
        let handshake = median(handshakes);
        let ratio = handshake.as_secs_f64() / bare.as_secs_f64();
        let size = megabytes(fs::metadata(&subject.binary)?.len());
        writeln!(
            text,
            "| {} | {:.2} ms | {ratio:.2} | {:.1} MB | {size:.2} MB |",
            subject.name,
            millis(handshake),
            megabytes(median(memory) * 1024)
        )?;
        if subject.binary == subjects[0].binary {
            report.targets.extend([
                Target::new(
                    "start-up until the handshake, over a process that prints a line",
                    2.0,
                    ratio,
                ),
                Target::new("release binary, stripped, MB", 8.0, size),
            ]);
        }
    }
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
