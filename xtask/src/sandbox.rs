//! A temporary folder with a configuration, a provider in a mirror, and a simulator to apply the configuration to.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Result;

use crate::{
    build,
    interrupt::Folder,
    mirror, paths,
    process::{self, Running},
    setup::terraform::Terraform,
    simulator::Simulator,
};

/// Longest time that a command of a sandbox may take.
pub const LIMIT: Duration = Duration::from_secs(5 * 60);

/// A configuration, a provider and a simulator. Dropping it stops the simulator and removes the folder.
pub struct Sandbox {
    // Fields are dropped in this order: the process first, its folder last.
    /// The service.
    pub simulator: Simulator,
    /// The program to run.
    pub terraform: Terraform,
    folder: Folder,
}

impl Sandbox {
    /// The quickstart with the release binary.
    ///
    /// # Errors
    /// Returns an error if a build fails or the simulator does not start.
    pub fn quickstart(terraform: Terraform) -> Result<Self> {
        let configuration = fs::read_to_string(paths::root().join("examples/quickstart/main.tf"))?;
        let plugin = build::release()?;
        let mirrored = |mirror: &Path| mirror::binaries(mirror);
        // A backup of half an hour takes 15 seconds, so that an apply shows that it waits.
        Self::new(terraform, &["--speed", "120"], &configuration, &plugin, mirrored)
    }

    /// A configuration with any provider. `mirrored` returns the paths of `plugin` in the mirror.
    ///
    /// # Errors
    /// Returns an error if the simulator cannot be built or does not start, or a file cannot be written.
    pub fn new<const N: usize>(
        terraform: Terraform,
        options: &[&str],
        configuration: &str,
        plugin: &Path,
        mirrored: impl Fn(&Path) -> [PathBuf; N],
    ) -> Result<Self> {
        let simulator = build::simulator()?;
        let folder = Folder::new("csbs-sandbox-")?;
        let mirror = folder.path().join("mirror");
        for binary in mirrored(&mirror) {
            if let Some(parent) = binary.parent() {
                fs::create_dir_all(parent)?;
            }
            symlink(plugin, binary)?;
        }
        let work = folder.path().join("quickstart");
        fs::create_dir(&work)?;
        fs::write(work.join("main.tf"), configuration)?;
        fs::write(
            folder.path().join("cli.tfrc"),
            format!(
                "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
                mirror.display()
            ),
        )?;
        Ok(Self {
            simulator: Simulator::start(&simulator, options)?,
            terraform,
            folder,
        })
    }

    /// The folder with the configuration.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("quickstart")
    }

    /// The program with these arguments, in the folder, with the simulator's address and credentials in its environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.terraform.path);
        command.args(arguments).current_dir(self.work());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("OS_") || text.starts_with("TF_") {
                command.env_remove(&name);
            }
        }
        command
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.simulator.environment.iter().cloned());
        command
    }
}

/// Runs a command with its output shown and returns its exit code.
///
/// # Errors
/// Returns an error if it cannot be started or takes too long.
pub fn show(command: &mut Command) -> Result<i32> {
    let status = Running::start(command)?.wait(LIMIT)?;
    Ok(status.code().unwrap_or(255))
}

/// Runs a command and returns its standard output.
///
/// # Errors
/// Returns an error if it fails.
pub fn capture(command: &mut Command) -> Result<String> {
    process::output(command, LIMIT)
}
