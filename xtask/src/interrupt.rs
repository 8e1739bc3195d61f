//! Ctrl-C: child processes are stopped and temporary folders are removed, also when a signal ends the command.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// Time that children have to end after the signal. Terraform needs it to write its state.
const PATIENCE: Duration = Duration::from_secs(10);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Starts to listen for SIGINT, SIGTERM and SIGHUP.
///
/// # Errors
/// Returns an error if the handlers cannot be set.
pub fn watch() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            INTERRUPTED.store(true, Ordering::SeqCst);
            eprintln!("\nxtask: stopping");
            stop_everything();
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// The command is being stopped.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Does not return while the command is being stopped; the thread that stops it ends the process.
pub fn wait_if_interrupted() {
    while interrupted() {
        thread::park();
    }
}

fn stop_everything() {
    let groups: Vec<Pid> = lock(&GROUPS).clone();
    for group in &groups {
        let _ = kill_process_group(*group, Signal::INT);
    }
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline && groups.iter().any(|group| alive(*group)) {
        thread::sleep(Duration::from_millis(50));
    }
    for group in &groups {
        let _ = kill_process_group(*group, Signal::KILL);
    }
    for folder in lock(&FOLDERS).iter() {
        let _ = std::fs::remove_dir_all(folder);
    }
}

fn alive(group: Pid) -> bool {
    lock(&GROUPS).contains(&group) && test_kill_process_group(group).is_ok()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process group that is stopped with the command.
pub struct Group(Pid);

impl Group {
    /// Registers a group.
    pub fn new(leader: Pid) -> Self {
        lock(&GROUPS).push(leader);
        Self(leader)
    }

    /// Sends a signal to every member.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.0, signal);
    }

    /// A member of the group still runs.
    pub fn is_alive(&self) -> bool {
        test_kill_process_group(self.0).is_ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        lock(&GROUPS).retain(|group| *group != self.0);
    }
}

/// A temporary folder that is removed with the command, also on Ctrl-C.
pub struct Folder(PathBuf);

impl Folder {
    /// Creates one whose name starts with `prefix`.
    ///
    /// # Errors
    /// Returns an error if it cannot be created.
    pub fn new(prefix: &str) -> Result<Self> {
        let path = tempfile::Builder::new().prefix(prefix).tempdir()?.keep();
        lock(&FOLDERS).insert(path.clone());
        Ok(Self(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        lock(&FOLDERS).remove(&self.0);
    }
}
