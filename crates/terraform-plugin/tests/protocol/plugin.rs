//! The plugin process, started as Terraform starts it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command as Blocking, Stdio},
    sync::OnceLock,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
pub use test_support::plugin_process::{COOKIE, Handshake, Identity, Stream};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};
use tokio_rustls::client::TlsStream;
use tonic::transport::Channel;

use crate::client::Client;

/// Builds the example provider, and returns the path of the program. Building it here makes it available to a single test too.
pub fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY
        .get_or_init(|| {
            let mut build = Blocking::new(env!("CARGO"));
            build.args(["build", "--quiet", "--example", "terraform-provider-example"]);
            if !cfg!(debug_assertions) {
                build.arg("--release");
            }
            // Cargo sets these variables for tests. Build scripts of dependencies that depend on them would run again here,
            // and once more in the next build outside.
            for (name, _) in std::env::vars_os() {
                let name = name.to_string_lossy();
                if ["CARGO_PKG_", "CARGO_MANIFEST_"]
                    .iter()
                    .any(|own| name.starts_with(own))
                {
                    build.env_remove(&*name);
                }
            }
            assert!(
                build
                    .current_dir(env!("CARGO_MANIFEST_DIR"))
                    .status()
                    .unwrap()
                    .success()
            );
            let mut folder = std::env::current_exe().unwrap();
            folder.pop();
            folder.pop();
            folder.join("examples/terraform-provider-example")
        })
        .clone()
}

/// Arguments and environment of a plugin process.
pub struct Start {
    pub arguments: Vec<String>,
    pub variables: BTreeMap<String, String>,
}

impl Start {
    /// The environment that Terraform sets, for the client `identity`.
    pub fn as_plugin(identity: &Identity) -> Self {
        Self {
            arguments: Vec::new(),
            variables: identity
                .environment()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    pub fn by_hand() -> Self {
        Self {
            arguments: Vec::new(),
            variables: BTreeMap::new(),
        }
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the program to its end. Returns exit code, standard output and standard error.
    pub async fn run(&self) -> (i32, String, String) {
        let output = self.command().output().await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// A running plugin.
pub struct Plugin {
    pub child: Child,
    pub line: String,
    pub identity: Identity,
    pub stdout: BufReader<ChildStdout>,
}

impl Plugin {
    pub async fn start() -> Self {
        let identity = Identity::new();
        let start = Start::as_plugin(&identity);
        Self::start_as(start, identity).await
    }

    pub async fn start_as(start: Start, identity: Identity) -> Self {
        let mut child = start.command().spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).await.unwrap();
        Self {
            child,
            line,
            identity,
            stdout,
        }
    }

    /// The handshake line.
    pub fn handshake(&self) -> Handshake {
        Handshake::parse(&self.line).unwrap()
    }

    /// Returns the path of the socket.
    pub fn socket(&self) -> PathBuf {
        self.handshake().socket()
    }

    /// Returns the loopback port.
    pub fn port(&self) -> u16 {
        self.handshake().port()
    }

    /// Opens a connection without TLS.
    pub async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        self.handshake().connect().await
    }

    /// Opens a TLS connection with the certificate of `client`, or without one.
    pub async fn tls(&self, client: Option<&Identity>) -> std::io::Result<TlsStream<Box<dyn Stream>>> {
        self.handshake().tls(client).await
    }

    /// Returns a client with the certificate that the plugin was started with.
    pub async fn client(&self) -> Client<Channel> {
        Client::new(self.channel(Some(&self.identity)).await.unwrap())
    }

    /// Opens a channel with the certificate of `client`, or without one.
    pub async fn channel(&self, client: Option<&Identity>) -> Result<Channel, tonic::transport::Error> {
        self.handshake().channel(client).await
    }

    /// Waits for the end of the process. Returns its exit status and the rest of its standard output.
    pub async fn end(mut self) -> (std::process::ExitStatus, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).await.unwrap();
        (self.child.wait().await.unwrap(), rest)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        send(self.child.id().unwrap(), signal);
    }
}

fn process(id: u32) -> Pid {
    Pid::from_raw(id.try_into().unwrap()).unwrap()
}

/// Sends a signal to a process. A system call does it, because not every machine has the program `kill`.
pub fn send(id: u32, signal: Signal) {
    kill_process(process(id), signal).unwrap();
}

/// Returns `true` if a process with this ID exists.
pub fn exists(id: u32) -> bool {
    test_kill_process(process(id)).is_ok()
}
