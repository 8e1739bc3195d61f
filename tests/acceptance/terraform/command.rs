//! One run of Terraform: limited in time, in its own process group, ended with the test at the latest.

use std::{fs, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    task::JoinHandle,
    time::timeout,
};

use super::runner::RUNTIME;

/// Far more than any run takes; what hangs is killed.
const LIMIT: Duration = Duration::from_secs(120);

/// The result of a finished run.
#[derive(Debug, Clone)]
pub struct Output {
    /// Exit code; 255 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Both outputs on one line. Frames and line breaks of diagnostics are removed, so that a sentence can be found however
    /// Terraform wrapped it.
    pub fn text(&self) -> String {
        let both = format!("{}\n{}", self.stdout, self.stderr);
        both.replace(['│', '╷', '╵'], " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Returns true if the output contains this sentence; spaces and line breaks do not count.
    pub fn contains(&self, sentence: &str) -> bool {
        self.text().contains(sentence)
    }

    /// Fails the test unless the output contains this sentence.
    #[track_caller]
    pub fn assert_contains(&self, sentence: &str) -> &Self {
        assert!(
            self.contains(sentence),
            "'{sentence}' is not in:\n{}\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Fails the test if the output contains this sentence.
    #[track_caller]
    pub fn assert_lacks(&self, sentence: &str) -> &Self {
        assert!(
            !self.contains(sentence),
            "'{sentence}' is in:\n{}\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}):\n{}\n{}", self.stdout, self.stderr))
    }
}

/// A run in progress.
pub struct Running {
    child: Child,
    group: Pid,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

impl Running {
    pub(super) fn start(mut command: std::process::Command) -> Self {
        use std::os::unix::process::CommandExt;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let _guard = RUNTIME.enter();
        let mut child = Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .expect("Terraform starts");
        let group = Pid::from_raw(child.id().expect("a process id").try_into().expect("a process id")).expect("not 0");
        Self {
            stdout: RUNTIME.spawn(read(child.stdout.take().expect("a pipe"))),
            stderr: RUNTIME.spawn(read(child.stderr.take().expect("a pipe"))),
            child,
            group,
        }
    }

    /// Waits for the end.
    #[track_caller]
    pub fn wait(mut self) -> Output {
        let result = RUNTIME.block_on(async {
            timeout(LIMIT, async {
                let status = self.child.wait().await.expect("the end of Terraform");
                let stdout = (&mut self.stdout).await.expect("its output");
                let stderr = (&mut self.stderr).await.expect("its output");
                Output {
                    code: status.code().unwrap_or(255),
                    stdout,
                    stderr,
                }
            })
            .await
        });
        let _ = kill_process_group(self.group, Signal::KILL);
        result.unwrap_or_else(|_| panic!("Terraform did not end within {} s", LIMIT.as_secs()))
    }

    /// Does the same as Ctrl-C on a terminal: sends the signal to Terraform and to the plugin.
    pub fn interrupt(&self) {
        kill_process_group(self.group, Signal::INT).expect("the processes are there");
    }

    /// Kills Terraform only; the plugin has to notice it.
    #[allow(dead_code, reason = "not every test target that shares this needs it")]
    pub fn kill_terraform(&self) {
        kill_process(self.group, Signal::KILL).expect("Terraform is there");
    }

    /// Kills the plugin, as if it had crashed. Terraform continues.
    pub fn kill_plugin(&self) {
        let plugins = self.plugins();
        assert!(!plugins.is_empty(), "no plugin is running");
        for plugin in plugins {
            let _ = kill_process(plugin, Signal::KILL);
        }
    }

    fn plugins(&self) -> Vec<Pid> {
        let group = self.group.as_raw_nonzero().get().to_string();
        let is_plugin = |pid: &i32| {
            let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // After the name in parentheses: state, parent, process group.
            let in_group = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(2)) == Some(&*group);
            in_group && String::from_utf8_lossy(&command).contains("terraform-provider-csbs")
        };
        fs::read_dir("/proc")
            .expect("/proc")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
            .filter(is_plugin)
            .filter_map(Pid::from_raw)
            .collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

async fn read(mut from: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
