//! A folder with a configuration, a service to apply it to, and a program to do it with.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{
    Binary, Cloud, Output, Running, State,
    install::{self, Mirror},
};

/// Address of the provider, as configurations name it.
pub const SOURCE: &str = "tcloudpublic/csbs";

/// One test's world.
pub struct Workspace {
    /// The program.
    pub binary: Binary,
    /// The service.
    pub cloud: Cloud,
    folder: tempfile::TempDir,
    unmanaged: BTreeSet<String>,
    transcript: String,
    environment: Vec<(String, String)>,
}

impl Workspace {
    pub(super) fn new(test: &str, binary: &Binary) -> Self {
        let folder = tempfile::Builder::new()
            .prefix(&format!("{test}-"))
            .tempdir()
            .expect("a folder");
        let mut workspace = Self {
            binary: binary.clone(),
            cloud: Cloud::start(),
            folder,
            unmanaged: BTreeSet::new(),
            transcript: String::new(),
            environment: Vec::new(),
        };
        workspace.install_plugin();
        workspace.provider("");
        workspace
    }

    /// Writes the provider block: the service's address and credentials, and more arguments.
    pub fn provider(&self, more: &str) {
        self.file(
            "provider.tf",
            &format!(
                "terraform {{\n  required_providers {{\n    csbs = {{ source = \"{SOURCE}\" }}\n  }}\n}}\n\n\
                 provider \"csbs\" {{\n{}{more}}}\n",
                self.cloud.provider_arguments()
            ),
        );
    }

    /// Writes the provider block with another password.
    pub fn provider_with_password(&self, password: &str) {
        self.provider("");
        let path = self.path("provider.tf");
        let right = fs::read_to_string(&path).expect("the provider block");
        fs::write(
            path,
            right.replace("password    = \"demo\"", &format!("password    = \"{password}\"")),
        )
        .expect("a file");
    }

    /// Lets the program find the provider: in a mirror when the tests run with a release's zip, else by an override.
    fn install_plugin(&mut self) {
        fs::create_dir(self.path("home")).expect("a folder");
        fs::create_dir(self.path("plugins")).expect("a folder");
        if install::given_zip().is_some() {
            self.install_from_zip();
            self.provider("");
            self.succeed(&["init"]);
        } else {
            self.link("terraform-provider-csbs");
            self.override_providers(&[SOURCE], &self.path("plugins"));
        }
    }

    /// Lets the program find the provider in a mirror from now on, as a user's who downloaded a release; `init` is to be run.
    pub fn install_from_zip(&mut self) -> Mirror {
        let mirror = install::mirror(&self.path("mirror"));
        self.override_providers(&[], &mirror.folder);
        mirror
    }

    /// Lets the provider stand in for one of another address, whose resources are in the state but not wanted any more.
    pub fn install_as(&self, source: &str) {
        let name = source.rsplit('/').next().unwrap_or(source);
        self.link(&format!("terraform-provider-{name}"));
        if install::given_zip().is_some() {
            self.override_providers(&[source], &self.path("mirror"));
        } else {
            self.override_providers(&[SOURCE, source], &self.path("plugins"));
        }
    }

    fn link(&self, name: &str) {
        let link = self.path("plugins").join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_terraform-provider-csbs"), link).expect("a link");
        }
    }

    fn override_providers(&self, sources: &[&str], mirror: &Path) {
        let plugins = self.path("plugins");
        let mut overrides = String::new();
        for source in sources {
            let _ = writeln!(overrides, "    \"{source}\" = \"{}\"", plugins.display());
        }
        self.file(
            "cli.tfrc",
            &format!(
                "provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  filesystem_mirror {{\n    path = \"{}\"\n  \
                 }}\n}}\n",
                mirror.display()
            ),
        );
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn file(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    /// Writes the configuration, `main.tf`. The provider block is in another file.
    pub fn config(&self, text: &str) {
        self.file("main.tf", text);
    }

    /// Generates `generated.tf` for the object of this ID; `main.tf` is an import block for it afterwards.
    #[allow(dead_code, reason = "not every test target that shares this needs it")]
    pub fn generate_config(&mut self, address: &str, id: &str) -> Output {
        self.generate_config_of(&format!("import {{\n  to = {address}\n  id = \"{id}\"\n}}\n"))
    }

    /// Generates `generated.tf` for these import blocks, which are `main.tf` afterwards.
    pub fn generate_config_of(&mut self, imports: &str) -> Output {
        let named = self.binary.import_block_needs_provider();
        let block = if named {
            "import {\n  provider = csbs\n"
        } else {
            "import {\n"
        };
        self.config(&imports.replace("import {\n", block));
        let output = self.succeed(&["plan", "-generate-config-out=generated.tf"]);
        self.config(imports);
        output
    }

    /// Sets an environment variable for every later run.
    #[allow(dead_code, reason = "not every test target that shares this needs it")]
    pub fn environment(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Starts the program with these arguments.
    pub fn start(&mut self, arguments: &[&str]) -> Running {
        let _ = writeln!(self.transcript, "$ {} {}", self.binary.tool, arguments.join(" "));
        let mut command = Command::new(&self.binary.path);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env("TF_CLI_ARGS", "-no-color")
            .env("CHECKPOINT_DISABLE", "1")
            // An eighth of Terraform's processor time would go into collecting garbage; runs are short.
            .env("GOGC", "off")
            .env("GOMEMLIMIT", "512MiB")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        Running::start(command)
    }

    /// Waits for a started run, and keeps what it said for the case that the test fails.
    #[track_caller]
    pub fn finish(&mut self, running: Running) -> Output {
        let output = running.wait();
        let _ = writeln!(
            self.transcript,
            "{}{}-> exit code {}\n",
            output.stdout, output.stderr, output.code
        );
        output
    }

    /// Runs the program to its end, however it ends.
    #[track_caller]
    pub fn run(&mut self, arguments: &[&str]) -> Output {
        let running = self.start(arguments);
        self.finish(running)
    }

    /// Runs the program; it must succeed.
    #[track_caller]
    pub fn succeed(&mut self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(
            output.code, 0,
            "{arguments:?} failed:\n{}\n{}",
            output.stdout, output.stderr
        );
        output
    }

    /// Runs the program; it must fail by itself.
    #[track_caller]
    pub fn fail(&mut self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(
            output.code, 1,
            "{arguments:?} did not fail:\n{}\n{}",
            output.stdout, output.stderr
        );
        output
    }

    /// Applies; a plan right afterwards must be empty.
    #[track_caller]
    pub fn apply(&mut self) -> Output {
        let output = self.succeed(&["apply", "-auto-approve"]);
        self.plan_is_empty();
        output
    }

    /// Applies; it must fail.
    #[track_caller]
    pub fn apply_fails(&mut self) -> Output {
        self.fail(&["apply", "-auto-approve"])
    }

    /// Plans; nothing may be to do.
    #[track_caller]
    pub fn plan_is_empty(&mut self) {
        let output = self.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(
            output.code, 0,
            "the plan is not empty:\n{}\n{}",
            output.stdout, output.stderr
        );
    }

    /// Plans and returns the plan as JSON.
    #[track_caller]
    pub fn plan(&mut self) -> Plan {
        let output = self.succeed(&["plan", "-out=plan.bin"]);
        let shown = self.succeed(&["show", "-json", "plan.bin"]).json();
        Plan { output, shown }
    }

    /// Destroys everything; the service must be empty afterwards, but for what the test has said stays.
    #[track_caller]
    pub fn destroy(&mut self) -> Output {
        let output = self.succeed(&["destroy", "-auto-approve"]);
        assert_eq!(self.state().addresses(), Vec::<&str>::new());
        output
    }

    /// Checks the configuration; returns the diagnostics.
    #[track_caller]
    pub fn validate(&mut self) -> Vec<Value> {
        let answer = self.run(&["validate", "-json"]).json();
        answer["diagnostics"].as_array().cloned().unwrap_or_default()
    }

    /// The state as it is on disk.
    pub fn state(&self) -> State {
        State::read(&self.path("terraform.tfstate"))
    }

    /// Says that a checkpoint is not, or no longer, in the state and stays in the service.
    pub fn keeps_checkpoint(&mut self, checkpoint_id: &str) {
        self.unmanaged.insert(checkpoint_id.to_owned());
    }

    /// Everything that was run and what it said.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    /// Every backup in the service is in the state, and the other way round, with the same item, name and status.
    pub(super) fn compare_with_the_service(&self) {
        let state = self.state();
        let in_state: BTreeSet<String> = state
            .instances
            .iter()
            .filter(|instance| instance.resource_type == "csbs_backup")
            .map(|instance| instance.text("checkpoint_id").to_owned())
            .collect();
        let in_service: BTreeSet<String> = self
            .cloud
            .checkpoints()
            .into_iter()
            .filter(|id| !self.unmanaged.contains(id))
            .collect();
        assert_eq!(
            in_state, in_service,
            "left: checkpoints in the state; right: in the service"
        );
        for instance in state
            .instances
            .iter()
            .filter(|it| it.resource_type == "csbs_backup" && !it.tainted)
        {
            let item = self.cloud.item(instance.text("id"));
            for (attribute, field) in [
                ("status", "status"),
                ("backup_name", "name"),
                ("resource_id", "resource_id"),
            ] {
                assert_eq!(
                    instance.attributes[attribute], item[field],
                    "{} of {} is another in the service",
                    attribute, instance.address
                );
            }
        }
    }
}

/// A plan.
pub struct Plan {
    /// What the run said.
    pub output: Output,
    /// The plan as `show -json` gives it.
    pub shown: Value,
}

impl Plan {
    /// The actions planned for an address, such as `["delete", "create"]`.
    #[track_caller]
    pub fn actions(&self, address: &str) -> Vec<String> {
        let change = &self.change(address)["actions"];
        serde_json::from_value(change.clone()).expect("a list of actions")
    }

    /// Names of the top-level attributes that make Terraform replace the resource.
    #[track_caller]
    pub fn replaced_because_of(&self, address: &str) -> BTreeSet<String> {
        self.change(address)["replace_paths"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|path| path[0].as_str().map(str::to_owned))
            .collect()
    }

    /// The change planned for an address.
    #[track_caller]
    pub fn change(&self, address: &str) -> &Value {
        self.shown["resource_changes"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|change| change["address"] == address)
            .map_or_else(
                || panic!("no change is planned for {address}"),
                |change| &change["change"],
            )
    }
}
