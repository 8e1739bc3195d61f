//! What demo and picture play on: the quickstart in an empty folder, the simulator, the release binary in a mirror.

use std::{
    env::consts::{ARCH, OS},
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    build,
    interrupt::Folder,
    paths,
    process::{self, Running},
    setup::terraform::{self, Terraform},
};

/// No run of the demo takes this long.
pub const LIMIT: Duration = Duration::from_secs(5 * 60);

/// Version of the provider as cargo knows it; the workspace shares it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Everything that is there while a play goes on. Dropping it clears the stage.
pub struct Stage {
    // Dropped in this order: what runs first, the folder last.
    _simulator: Running,
    /// Where the simulator listens, such as `http://127.0.0.1:34567`.
    pub address: String,
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
        let plugin = build::release()?;
        let simulator = build::simulator()?;
        let terraform = terraform::any()?;
        let folder = Folder::new("csbs-demo-")?;
        mirror(&folder, &plugin)?;
        let work = folder.path().join("quickstart");
        fs::create_dir(&work)?;
        fs::copy(paths::root().join("examples/quickstart/main.tf"), work.join("main.tf"))?;
        fs::write(
            folder.path().join("cli.tfrc"),
            format!(
                "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
                folder.path().join("mirror").display()
            ),
        )?;
        let (simulator, address) = start_simulator(&simulator)?;
        Ok(Self {
            _simulator: simulator,
            address,
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
            .env("OS_AUTH_URL", format!("{}/v3", self.address))
            .env("OS_USERNAME", "demo")
            .env("OS_PASSWORD", "demo")
            .env("OS_DOMAIN_NAME", "demo")
            .env("OS_PROJECT_NAME", "eu-de")
            .env("TF_VAR_server_id", "00000000-0000-0000-0000-000000000000");
        command
    }

    /// How many checkpoints the simulator has.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn backups(&self) -> Result<usize> {
        bail!("not yet")
    }
}

/// Puts the binary where `init` looks for it, under the address of either registry.
fn mirror(folder: &Folder, plugin: &std::path::Path) -> Result<()> {
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let system = if OS == "macos" { "darwin" } else { OS };
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        let place = folder
            .path()
            .join("mirror")
            .join(registry)
            .join("tcloudpublic/csbs")
            .join(VERSION)
            .join(format!("{system}_{architecture}"));
        fs::create_dir_all(&place)?;
        symlink(plugin, place.join(format!("terraform-provider-csbs_v{VERSION}")))?;
    }
    Ok(())
}

/// Starts the simulator on a free port and waits for the line that tells its address.
fn start_simulator(binary: &std::path::Path) -> Result<(Running, String)> {
    let mut running = Running::start(
        Command::new(binary)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped()),
    )?;
    let lines = BufReader::new(running.stdout()?).lines();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let line = receiver
        .recv_timeout(Duration::from_secs(30))
        .context("the simulator did not say where it listens")?;
    let address = line
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .with_context(|| format!("no address in '{line}'"))?
        .trim_end_matches('/')
        .to_owned();
    Ok((running, address))
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
