//! The simulator as a process, and its paths for tests.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::Running;

/// Longest time for an answer of the simulator.
const LIMIT: Duration = Duration::from_secs(30);

/// A simulator that runs until it is dropped.
pub struct Simulator {
    _running: Running,
    /// Its address, such as `http://127.0.0.1:34567`.
    pub address: String,
    /// Environment variables of a client.
    pub environment: Vec<(String, String)>,
}

impl Simulator {
    /// Starts it on a free port and waits for the line with its address.
    ///
    /// # Errors
    /// Returns an error if it does not start.
    pub fn start(binary: &Path, options: &[&str]) -> Result<Self> {
        let mut command = Command::new(binary);
        command
            .args(["--listen", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped());
        let mut running = Running::start(&mut command)?;
        let lines = BufReader::new(running.stdout()?).lines();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let line = receiver
            .recv_timeout(LIMIT)
            .context("the simulator did not print its address")?;
        let address = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .with_context(|| format!("no address in '{line}'"))?
            .trim_end_matches('/')
            .to_owned();
        let environment = line
            .split_whitespace()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(Self {
            _running: running,
            address,
            environment,
        })
    }

    /// Number of its checkpoints.
    ///
    /// # Errors
    /// Returns an error if it does not answer.
    pub fn checkpoints(&self) -> Result<usize> {
        let state = self.request("GET", "/_admin/state", "")?;
        Ok(state["checkpoints"].as_array().context("no list of checkpoints")?.len())
    }

    /// Sends one request to an admin path.
    ///
    /// # Errors
    /// Returns an error if there is no answer, or an error.
    pub fn request(&self, method: &str, path: &str, body: &str) -> Result<Value> {
        let host = self.address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).context("the simulator does not answer")?;
        stream.set_read_timeout(Some(LIMIT))?;
        // HTTP/1.0: the answer ends with the connection, so that no client library is needed for it.
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: \
             {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an incomplete answer")?;
        if !head.lines().next().unwrap_or_default().contains(" 200 ") {
            bail!("{method} {path}: {answer}");
        }
        serde_json::from_str(body).with_context(|| format!("no JSON: {body}"))
    }
}
