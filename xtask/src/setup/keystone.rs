//! A real Keystone for the identity tests: installed from the Python registry, started on a free port.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use rustix::process::Signal;

use crate::{
    paths,
    process::{self, Running},
};

/// The first start takes about a minute, mostly for packages.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// A running Keystone. Dropping it stops it.
pub struct Keystone {
    running: Option<Running>,
    /// File with its address, users and projects.
    pub seed: PathBuf,
    _lock: File,
}

impl Drop for Keystone {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop(Signal::TERM, Duration::from_secs(5));
        }
    }
}

/// Starts Keystone; `None` while the project has no such tests.
///
/// # Errors
/// Returns an error if it cannot be installed or does not start.
pub fn start() -> Result<Option<Keystone>> {
    let script = paths::root().join("crates/otc-client/tests/keystone/start.sh");
    if !script.exists() {
        return Ok(None);
    }
    let home = paths::tools().join("keystone");
    let log = paths::tools().join("log/keystone.log");
    let lock = super::lock("keystone")?;
    fs::create_dir_all(&home)?;
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let file = process::open_log(&log)?;
    let mut running = Running::start(
        Command::new("bash")
            .arg(&script)
            .arg(&home)
            .arg(port.to_string())
            .stdout(file.try_clone()?)
            .stderr(file),
    )?;
    let deadline = Instant::now() + LIMIT;
    loop {
        if fs::read_to_string(&log)
            .unwrap_or_default()
            .lines()
            .any(|line| line.starts_with("READY "))
        {
            return Ok(Some(Keystone {
                running: Some(running),
                seed: home.join("seed.json"),
                _lock: lock,
            }));
        }
        if !running.is_running()? {
            bail!(
                "Keystone ended before it was ready; the end of {}:\n{}",
                log.display(),
                process::tail(&log)
            );
        }
        if Instant::now() > deadline {
            bail!(
                "Keystone was not ready after {} s; see {}",
                LIMIT.as_secs(),
                log.display()
            );
        }
        thread::sleep(Duration::from_millis(200));
    }
}
