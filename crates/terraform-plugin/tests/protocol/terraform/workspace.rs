//! Runs Terraform or OpenTofu in a directory of its own.

use std::{
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

use test_support::terraform_programs::Binary;

use crate::plugin::binary;

/// Terraform or OpenTofu.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    pub is_tofu: bool,
    pub version: (u32, u32),
}

/// Lowest versions that support a feature; `None` means none.
pub struct Needs {
    pub terraform: (u32, u32),
    pub tofu: Option<(u32, u32)>,
}

/// Supported by every version.
pub const ALL: Needs = Needs {
    terraform: (1, 0),
    tofu: Some((1, 0)),
};

impl Needs {
    pub const fn terraform(major: u32, minor: u32) -> Self {
        Self {
            terraform: (major, minor),
            tofu: None,
        }
    }

    pub const fn tofu(mut self, major: u32, minor: u32) -> Self {
        self.tofu = Some((major, minor));
        self
    }

    fn met_by(&self, program: &Program) -> bool {
        if program.is_tofu {
            self.tofu.is_some_and(|needed| program.version >= needed)
        } else {
            program.version >= self.terraform
        }
    }
}

fn programs() -> Vec<Program> {
    let listed = std::env::var_os("TF_ACC_TERRAFORM_PATHS");
    let mut paths: Vec<PathBuf> = match &listed {
        Some(paths) => std::env::split_paths(paths).collect(),
        None => {
            let folders: Vec<PathBuf> = std::env::var_os("PATH")
                .map(|path| std::env::split_paths(&path).collect())
                .unwrap_or_default();
            let find = |name: &str| {
                folders
                    .iter()
                    .map(|folder| folder.join(name))
                    .find(|path| path.is_file())
            };
            ["terraform", "tofu"].into_iter().filter_map(find).collect()
        }
    };
    if paths.is_empty() {
        paths = Binary::all().into_iter().map(|binary| binary.path).collect();
    }
    paths.into_iter().map(Program::detect).collect()
}

impl Program {
    /// Finds out name and version from the first line of `version`, such as `OpenTofu v1.10.6`.
    fn detect(path: PathBuf) -> Self {
        let output = Command::new(&path)
            .arg("version")
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (name, version) = text.lines().find_map(|line| line.split_once(" v")).expect("a version");
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        Self {
            is_tofu: name == "OpenTofu",
            version: (parts.next().unwrap(), parts.next().unwrap()),
            path,
        }
    }
}

/// Runs `test` with each program that supports what it needs.
pub fn each(needs: &Needs, test: impl Fn(&Workspace)) {
    for program in programs().into_iter().filter(|program| needs.met_by(program)) {
        println!("with {program:?}");
        test(&Workspace::new(program));
    }
}

/// A directory with a configuration.
pub struct Workspace {
    pub program: Program,
    folder: TempDir,
}

impl Workspace {
    fn new(program: Program) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let built = binary();
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"test/example\" = {:?}\n  }}\n  direct {{}}\n}}\n",
            built.parent().unwrap().to_str().unwrap()
        );
        let own = Self { program, folder };
        std::fs::create_dir(own.path("config")).unwrap();
        std::fs::create_dir(own.path("objects")).unwrap();
        std::fs::write(own.path("cli.tfrc"), overrides).unwrap();
        own.write(
            "provider.tf",
            &format!(
                "terraform {{\n  required_providers {{\n    example = {{ source = \"test/example\" }}\n  }}\n}}\n\
                 provider \"example\" {{\n  directory = {:?}\n}}\n",
                own.path("objects").to_str().unwrap()
            ),
        );
        own
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the configuration.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path("config").join(name), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program.path);
        command
            .args(arguments)
            .current_dir(self.path("config"))
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env_remove("TF_LOG")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command. Returns the exit code and the output.
    pub fn try_run(&self, arguments: &[&str]) -> (i32, String) {
        said(&self.command(arguments).output().unwrap())
    }

    /// Runs a command, which must succeed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let (code, text) = self.try_run(arguments);
        assert_eq!(code, 0, "{arguments:?}\n{text}");
        text
    }

    pub fn apply(&self) -> String {
        self.run(&["apply", "-auto-approve", "-no-color"])
    }

    /// Asserts that the plan is empty.
    pub fn assert_empty_plan(&self) {
        let (code, text) = self.try_run(&["plan", "-detailed-exitcode", "-no-color"]);
        assert_eq!(code, 0, "{text}");
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn output(&self, name: &str) -> String {
        self.run(&["output", "-raw", name])
    }

    /// Returns the state file.
    pub fn state(&self) -> serde_json::Value {
        let bytes = std::fs::read(self.path("config").join("terraform.tfstate")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Returns the first instance of the only resource of `type_name` in the state.
    pub fn instance(&self, type_name: &str) -> serde_json::Value {
        let state = self.state();
        let resources = state["resources"].as_array().unwrap();
        let found = resources
            .iter()
            .find(|resource| resource["type"] == type_name)
            .expect("no such resource");
        found["instances"][0].clone()
    }

    pub fn objects(&self) -> usize {
        std::fs::read_dir(self.path("objects")).unwrap().count()
    }
}

pub fn said(output: &Output) -> (i32, String) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&text).into_owned(),
    )
}
