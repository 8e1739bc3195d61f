//! Start-up time and memory of processes.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// A client certificate for plugins that are only started. Its key was thrown away.
const CLIENT: &str = include_str!("client.pem");

/// The command line and environment with which Terraform starts a plugin.
pub fn as_plugin(plugin: &Path) -> Command {
    let mut command = Command::new(plugin);
    command
        .env(
            "TF_PLUGIN_MAGIC_COOKIE",
            "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
        )
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_CLIENT_CERT", CLIENT);
    command
}

/// How long a process takes to its first line of output, and its peak memory (kB) at that moment.
///
/// # Errors
/// When it cannot be started or writes nothing.
pub fn first_line(command: &mut Command) -> Result<(Duration, u64)> {
    let begin = Instant::now();
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut line = String::new();
    BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
    let took = begin.elapsed();
    let peak = peak(process.id());
    let _ = process.kill();
    process.wait()?;
    Ok((took, peak))
}

fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Watches the peak memory of every process of a name.
pub struct PeakOf {
    ended: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
    watcher: JoinHandle<()>,
}

impl PeakOf {
    /// Starts to watch; `name` as the kernel knows it, 15 characters.
    pub fn start(name: &'static str) -> Self {
        let (ended, highest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (done, seen) = (ended.clone(), highest.clone());
        let watcher = thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                for pid in processes(name) {
                    seen.fetch_max(peak(pid), Ordering::Relaxed);
                }
                thread::sleep(Duration::from_millis(20));
            }
        });
        Self {
            ended,
            peak: highest,
            watcher,
        }
    }

    /// Ends, and says what was seen, in kB.
    pub fn end(self) -> u64 {
        self.ended.store(true, Ordering::Relaxed);
        let _ = self.watcher.join();
        self.peak.load(Ordering::Relaxed)
    }
}

fn processes(name: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name))
        .collect()
}
