//! What demo and picture play on: the quickstart in an empty folder, the simulator, the release binary in a mirror.

use std::{fs, os::unix::fs::symlink, path::PathBuf, process::Command, time::Duration};

use anyhow::Result;

use crate::{
    build,
    interrupt::Folder,
    mirror, paths,
    process::{self, Running},
    setup::terraform::{self, Terraform},
    simulator::Simulator,
};

/// No run of the demo takes this long.
pub const LIMIT: Duration = Duration::from_secs(5 * 60);

/// Everything that is there while a play goes on. Dropping it clears the stage.
pub struct Stage {
    // Dropped in this order: what runs first, the folder last.
    /// The service.
    pub simulator: Simulator,
    /// The program to run.
    pub terraform: Terraform,
    folder: Folder,
}

impl Stage {
    /// Builds, starts and copies everything.
    ///
    /// # Errors
    /// When a build fails, no Terraform is to be had, or the simulator does not come up.
    pub fn set() -> Result<Self> {
        let quickstart = fs::read_to_string(paths::root().join("examples/quickstart/main.tf"))?;
        // A backup of half an hour takes a quarter of a minute: long enough to be seen waiting.
        Self::with(&["--speed", "120"], &quickstart)
    }

    /// The same with other options of the simulator and another configuration.
    ///
    /// # Errors
    /// As [`Stage::set`].
    pub fn with(options: &[&str], configuration: &str) -> Result<Self> {
        // What the network may refuse comes before the build, which takes minutes.
        let terraform = terraform::any()?;
        let plugin = build::release()?;
        let simulator = build::simulator()?;
        let folder = Folder::new("csbs-demo-")?;
        fill_mirror(&folder, &plugin)?;
        let work = folder.path().join("quickstart");
        fs::create_dir(&work)?;
        fs::write(work.join("main.tf"), configuration)?;
        fs::write(
            folder.path().join("cli.tfrc"),
            format!(
                "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
                folder.path().join("mirror").display()
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

    /// The program with arguments, in the folder, with the simulator's address and credentials in its environment.
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

/// Puts the binary where `init` looks for it, under the address of either registry.
fn fill_mirror(folder: &Folder, plugin: &std::path::Path) -> Result<()> {
    for binary in mirror::binaries(&folder.path().join("mirror")) {
        if let Some(place) = binary.parent() {
            fs::create_dir_all(place)?;
        }
        symlink(plugin, binary)?;
    }
    Ok(())
}

/// Runs one command of the play with its output shown, and returns its exit code.
///
/// # Errors
/// When it cannot be started or takes too long.
pub fn show(command: &mut Command) -> Result<i32> {
    let status = Running::start(command)?.wait(LIMIT)?;
    Ok(status.code().unwrap_or(255))
}

/// Runs one command of the play and returns what it wrote.
///
/// # Errors
/// When it fails.
pub fn capture(command: &mut Command) -> Result<String> {
    process::output(command, LIMIT)
}
