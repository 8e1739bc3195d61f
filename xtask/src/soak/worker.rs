//! A folder with a configuration that changes with every apply.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::Value;

use super::proxy::{Fault, Proxy};
use crate::{mirror, process, sandbox::Sandbox, setup::terraform::Terraform};

/// Backups in the configuration, each of a server of its own.
const ADDRESSES: usize = 2;

/// One apply of so many has no faults, and is checked.
const CHECKED: u64 = 10;

/// Damaged exchanges of a thousand, in the other applies.
const DAMAGED_PER_MILLE: u32 = 80;

/// Longest time of an apply: some delays of 65 seconds, each repeated.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// Counts of one worker or of all.
#[derive(Debug, Default)]
pub struct Outcome {
    /// All applies.
    pub applies: u64,
    /// Applies under faults that failed.
    pub failed: u64,
    /// Applies without faults, all of which succeeded.
    pub checked: u64,
    /// Damaged exchanges.
    pub faults: BTreeMap<Fault, u64>,
    /// Backups that are in no state and that an output named.
    pub named: usize,
}

impl Outcome {
    /// Adds the counts of another worker.
    pub fn add(&mut self, other: &Self) {
        self.applies += other.applies;
        self.failed += other.failed;
        self.checked += other.checked;
        self.named += other.named;
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }
}

/// A backup in the configuration.
#[derive(Debug, Clone, Default)]
struct Backup {
    is_absent: bool,
    release: u64,
    tag: u64,
}

/// A folder, its simulator, and the proxy between them.
pub struct Worker {
    sandbox: Sandbox,
    proxy: Proxy,
    random: SmallRng,
    backups: [Backup; ADDRESSES],
    /// The output of all applies so far.
    output: String,
    outcome: Outcome,
}

impl Worker {
    /// Starts a simulator and initializes an empty folder.
    ///
    /// # Errors
    /// Returns an error if one of the programs does not start.
    pub fn start(terraform: Terraform, plugin: &Path, seed: u64) -> Result<Self> {
        let servers = ADDRESSES.to_string();
        let seed_text = seed.to_string();
        // Each request moves the time on, so that a backup is finished after some looks at it.
        let options = ["--step-per-request", "10m", "--servers", &servers, "--seed", &seed_text];
        let sandbox = Sandbox::new(terraform, &options, "", plugin, mirror::binaries)?;
        let proxy = Proxy::start(sandbox.simulator.address.trim_start_matches("http://"), seed)?;
        let worker = Self {
            sandbox,
            proxy,
            random: SmallRng::seed_from_u64(!seed),
            backups: Default::default(),
            output: String::new(),
            outcome: Outcome::default(),
        };
        worker.write_configuration()?;
        let (code, output) = worker.terraform(&["init", "-input=false", "-no-color"])?;
        ensure!(code == 0, "terraform init: {output}");
        Ok(worker)
    }

    /// Changes the configuration and applies it.
    ///
    /// # Errors
    /// Returns an error if an apply without faults fails, or the state and the service do not agree after it.
    pub fn apply(&mut self) -> Result<()> {
        self.outcome.applies += 1;
        if self.outcome.applies.is_multiple_of(CHECKED) {
            return self.check();
        }
        self.change();
        self.write_configuration()?;
        self.proxy.damage(DAMAGED_PER_MILLE);
        let (code, output) = self.terraform(&["apply", "-auto-approve", "-input=false", "-no-color"])?;
        ensure!(!output.contains("panicked"), "a panic:\n{output}");
        self.outcome.failed += u64::from(code != 0);
        self.output.push_str(&output);
        Ok(())
    }

    /// Checks once more, and returns the counts.
    ///
    /// # Errors
    /// As [`Worker::apply`].
    pub fn finish(mut self) -> Result<Outcome> {
        self.check()?;
        self.outcome.faults = self.proxy.counts();
        Ok(self.outcome)
    }

    fn change(&mut self) {
        let index = self.random.random_range(0..ADDRESSES);
        let backup = &mut self.backups[index];
        match self.random.random_range(0..10) {
            0..5 => backup.release += 1,
            5..8 => backup.tag += 1,
            _ => backup.is_absent = !backup.is_absent,
        }
    }

    fn write_configuration(&self) -> Result<()> {
        let mut text =
            "terraform {\n  required_providers {\n    csbs = {\n      source = \"tcloudpublic/csbs\"\n    }\n  }\n}\n"
                .to_owned();
        for (index, backup) in self.backups.iter().enumerate().filter(|(_, backup)| !backup.is_absent) {
            write!(
                text,
                "resource \"csbs_backup\" \"b{index}\" {{\n  resource_id = \"00000000-0000-0000-0000-{index:012x}\"\n  backup_name \
                 = \"soak-{index}\"\n  tags = {{ n = \"{}\" }}\n  triggers = {{ release = \"{}\" }}\n}}\n",
                backup.tag, backup.release
            )?;
        }
        Ok(fs::write(self.sandbox.work().join("main.tf"), text)?)
    }

    /// Runs Terraform and returns its exit code and its output.
    fn terraform(&self, arguments: &[&str]) -> Result<(i32, String)> {
        let log = self.sandbox.work().join("output.txt");
        let file = process::open_log(&log)?;
        let mut command = self.sandbox.command(arguments);
        let address = self.sandbox.simulator.address.trim_start_matches("http://");
        for (name, value) in &self.sandbox.simulator.environment {
            command.env(name, value.replace(address, &self.proxy.address));
        }
        command.stdout(Stdio::from(file.try_clone()?)).stderr(file);
        let status = process::Running::start(&mut command)?.wait(LIMIT)?;
        Ok((status.code().unwrap_or(255), fs::read_to_string(&log)?))
    }

    /// Applies without faults, plans again, and compares.
    fn check(&mut self) -> Result<()> {
        self.proxy.damage(0);
        let (code, output) = self.terraform(&["apply", "-auto-approve", "-input=false", "-no-color"])?;
        ensure!(code == 0, "an apply without faults failed:\n{output}");
        self.output.push_str(&output);
        let (code, output) = self.terraform(&["plan", "-input=false", "-no-color", "-detailed-exitcode"])?;
        ensure!(code == 0, "the second plan has exit code {code}:\n{output}");
        self.outcome.checked += 1;
        self.compare()
    }

    fn compare(&mut self) -> Result<()> {
        let state: Value = serde_json::from_slice(&fs::read(self.sandbox.work().join("terraform.tfstate"))?)?;
        let in_state: Vec<&str> = list(&state, "resources")?
            .iter()
            .filter_map(|resource| resource["instances"].as_array())
            .flatten()
            .filter_map(|instance| instance["attributes"]["checkpoint_id"].as_str())
            .collect();
        let wanted = self.backups.iter().filter(|backup| !backup.is_absent).count();
        ensure!(
            in_state.len() == wanted,
            "{wanted} backups are configured, and the state has {in_state:?}"
        );
        let service = self.sandbox.simulator.request("GET", "/_admin/state", "")?;
        let mut in_service = Vec::new();
        let mut named = 0;
        for checkpoint in list(&service, "checkpoints")? {
            let id = checkpoint["id"].as_str().context("a checkpoint without ID")?;
            in_service.push(id);
            let mut ids = vec![id];
            ids.extend(list(checkpoint, "items")?.iter().filter_map(|item| item["id"].as_str()));
            if in_state.contains(&id) {
                continue;
            }
            if !ids.iter().any(|id| self.output.contains(id)) {
                bail!(
                    "checkpoint {id} is in no state, and no output named it; the end of the output:\n{}",
                    end_of(&self.output)
                );
            }
            named += 1;
        }
        for id in in_state {
            ensure!(
                in_service.contains(&id),
                "checkpoint {id} of the state is not in the service"
            );
        }
        self.outcome.named = named;
        Ok(())
    }
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    value[name].as_array().with_context(|| format!("no list '{name}'"))
}

/// The last 20,000 characters, about.
fn end_of(text: &str) -> &str {
    let mut start = text.len().saturating_sub(20_000);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
