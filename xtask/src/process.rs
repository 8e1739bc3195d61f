//! Child processes. Each has its own process group, so that its descendants end with it.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

use crate::{interrupt, paths};

/// A process with its descendants. Dropping it ends them all.
pub struct Running {
    child: Child,
    group: interrupt::Group,
    name: String,
}

impl Running {
    /// Starts a command in its own process group, without input.
    ///
    /// # Errors
    /// Returns an error if the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            group: interrupt::Group::new(Pid::from_child(&child)),
            child,
            name,
        })
    }

    /// Takes the stream that was requested with `Stdio::piped()`.
    ///
    /// # Errors
    /// Returns an error if standard output is not a pipe.
    pub fn stdout(&mut self) -> Result<impl Read + Send + 'static> {
        self.child.stdout.take().context("standard output is not piped")
    }

    /// Takes the stream that was requested with `Stdio::piped()`.
    ///
    /// # Errors
    /// Returns an error if standard error is not a pipe.
    pub fn stderr(&mut self) -> Result<impl Read + Send + 'static> {
        self.child.stderr.take().context("standard error is not piped")
    }

    /// The process still runs.
    ///
    /// # Errors
    /// Returns an error if the state of the process cannot be read.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// After `limit` the process group is killed.
    pub fn wait(mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                bail!("{} was killed: it took longer than {} s", self.name, limit.as_secs());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a signal, and kills the process when it still runs after `patience`.
    pub fn stop(mut self, signal: Signal, patience: Duration) {
        self.group.signal(signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if interrupt::interrupted() {
            let _ = self.child.wait();
        } else if self.group.is_alive() {
            self.group.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Runs a command with its output shown.
///
/// # Errors
/// Returns an error if it cannot be started, takes longer than `limit` or fails.
pub fn run(command: &mut Command, limit: Duration) -> Result<()> {
    let what = command_line(command);
    let status = Running::start(command)?.wait(limit)?;
    if !status.success() {
        bail!("'{what}' ended with {status}");
    }
    Ok(())
}

/// Runs a command with its output in a file, whose end is part of the error.
///
/// # Errors
/// Returns an error if it cannot be started, takes longer than `limit` or fails.
pub fn run_quietly(command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    let what = command_line(command);
    let file = open_log(log)?;
    command.stdout(file.try_clone()?).stderr(file);
    let status = Running::start(command)?.wait(limit)?;
    if !status.success() {
        bail!(
            "'{what}' ended with {status}; the end of {}:\n{}",
            log.display(),
            tail(log)
        );
    }
    Ok(())
}

/// Runs a command and returns its standard output.
///
/// # Errors
/// Returns an error if it cannot be started, takes longer than `limit` or fails; the error contains its standard error.
pub fn output(command: &mut Command, limit: Duration) -> Result<String> {
    let what = command_line(command);
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let out = read_all(running.stdout()?);
    let err = read_all(running.stderr()?);
    let status = running.wait(limit)?;
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    if !status.success() {
        bail!("'{what}' ended with {status}: {}", err.trim());
    }
    Ok(out)
}

/// Runs a command, passes every line of its output to `on_line`, and returns its exit status.
///
/// # Errors
/// Returns an error if it cannot be started or takes longer than `limit`.
pub fn run_lines(command: &mut Command, limit: Duration, mut on_line: impl FnMut(&str) + Send) -> Result<ExitStatus> {
    let mut running = Running::start(command.stdout(Stdio::piped()))?;
    let out = BufReader::new(running.stdout()?);
    thread::scope(|scope| {
        scope.spawn(move || {
            for line in out.split(b'\n').map_while(Result::ok) {
                on_line(&String::from_utf8_lossy(&line));
            }
        });
        running.wait(limit)
    })
}

/// Opens a file below `.tools/log` or elsewhere for writing, with the folders above it.
///
/// # Errors
/// Returns an error if it cannot be created.
pub fn open_log(log: &Path) -> Result<File> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::create(log).with_context(|| format!("cannot write {}", log.display()))
}

/// The last lines of a file.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

/// Cargo in the work tree, without the variables of the cargo that started this program.
pub fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(paths::root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "CARGO" || text == "PROTOC" || text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_")
        {
            command.env_remove(&name);
        }
    }
    if let Some(protoc) =
        std::env::var_os("PROTOC").filter(|path| Path::new(path) != paths::root().join("tools/protoc"))
    {
        command.env("PROTOC", protoc);
    }
    command
}

fn read_all(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn command_line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;

    /// A shell with a child that would outlive it, and the child's ID.
    fn parent_with_child() -> (Running, Pid) {
        let mut running = Running::start(
            Command::new("sh")
                .args(["-c", "sleep 1000 & echo $!; wait"])
                .stdout(Stdio::piped()),
        )
        .unwrap();
        let mut line = String::new();
        BufReader::new(running.stdout().unwrap()).read_line(&mut line).unwrap();
        (running, Pid::from_raw(line.trim().parse().unwrap()).unwrap())
    }

    fn is_gone(pid: Pid) -> bool {
        // A killed orphan stays a zombie until its new parent waits for it.
        let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        test_kill_process(pid).is_err() || state.contains(") Z ")
    }

    #[test]
    fn dropping_a_child_ends_what_it_started() {
        let (running, grandchild) = parent_with_child();
        assert!(!is_gone(grandchild));
        drop(running);
        let deadline = Instant::now() + Duration::from_secs(10);
        while !is_gone(grandchild) {
            assert!(Instant::now() < deadline, "the grandchild still runs");
            thread::yield_now();
        }
    }

    #[test]
    fn a_command_that_takes_too_long_is_killed_and_the_error_says_so() {
        let (running, _) = parent_with_child();
        let error = running.wait(Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("longer than 0 s"), "{error}");
    }

    #[test]
    fn the_error_of_a_failed_command_has_the_end_of_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let error = run_quietly(
            Command::new("sh").args(["-c", "echo out; echo reason >&2; exit 3"]),
            &folder.path().join("a/log"),
            Duration::from_secs(60),
        )
        .unwrap_err();
        assert!(error.to_string().contains("out\nreason"), "{error}");
    }

    #[test]
    fn run_lines_passes_each_line_and_returns_the_exit_code() {
        let mut lines = Vec::new();
        let status = run_lines(
            Command::new("sh").args(["-c", "echo one; echo two; exit 4"]),
            Duration::from_secs(60),
            |line| lines.push(line.to_owned()),
        )
        .unwrap();
        assert_eq!(
            (lines, status.code()),
            (vec!["one".to_owned(), "two".to_owned()], Some(4))
        );
    }
}
