//! Start-up time and memory of processes.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// A client certificate for plugins that are only started. Its key does not exist any more.
const CLIENT: &str = include_str!("client.pem");

/// Command and environment with which Terraform starts a plugin.
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

/// Time of a process until its first line of output, and its peak memory (kB) at that moment.
///
/// # Errors
/// Returns an error if it cannot be started or writes nothing.
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

/// Memory and processor time of all processes of one name.
#[derive(Debug, Default, Clone, Copy)]
pub struct Usage {
    /// Peak memory of the largest, in kB.
    pub peak: u64,
    /// Processor time of all.
    pub cpu: Duration,
}

/// Watches all processes of one name.
pub struct Watch {
    ended: Arc<AtomicBool>,
    watcher: JoinHandle<Usage>,
}

impl Watch {
    /// Starts to watch; `name` is the kernel's, cut to 15 characters.
    pub fn start(name: &'static str) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let done = ended.clone();
        let watcher = thread::spawn(move || {
            let mut peaks = 0;
            let mut times = BTreeMap::new();
            while !done.load(Ordering::Relaxed) {
                for pid in processes(name) {
                    peaks = peak(pid).max(peaks);
                    if let Some(time) = processor_time(pid) {
                        times.insert(pid, time);
                    }
                }
                thread::sleep(Duration::from_millis(10));
            }
            Usage {
                peak: peaks,
                cpu: times.values().sum(),
            }
        });
        Self { ended, watcher }
    }

    /// Stops, and returns the usage.
    pub fn end(self) -> Usage {
        self.ended.store(true, Ordering::Relaxed);
        self.watcher.join().unwrap_or_default()
    }
}

fn processor_time(pid: u32) -> Option<Duration> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold blanks; user and system time are fields 14 and 15 of all.
    let mut fields = line.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(
        ticks * 1000 / rustix::param::clock_ticks_per_second(),
    ))
}

fn processes(name: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name))
        .collect()
}
