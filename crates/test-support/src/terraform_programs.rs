//! The Terraform and OpenTofu programs that the tests run with.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A Terraform or OpenTofu program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// Path of the program.
    pub path: PathBuf,
    /// `terraform` or `tofu`.
    pub tool: String,
    /// Major, minor and patch version.
    pub version: (u64, u64, u64),
}

impl Binary {
    /// Every program found: those in `TF_ACC_TERRAFORM_PATHS`; without it those on PATH and in `.tools/`.
    pub fn all() -> Vec<Self> {
        let mut paths: Vec<PathBuf> = match env::var_os("TF_ACC_TERRAFORM_PATHS") {
            Some(list) => env::split_paths(&list)
                .filter(|path| !path.as_os_str().is_empty())
                .collect(),
            None => on_path().chain(brought()).collect(),
        };
        paths.dedup();
        let mut found: Vec<Self> = Vec::new();
        for path in paths {
            let binary = Self::from_path(&path);
            if !found.iter().any(|it| it.label() == binary.label()) {
                found.push(binary);
            }
        }
        assert!(
            !found.is_empty(),
            "no terraform and no tofu was found: put one on PATH, or run 'cargo xtask setup', which installs Terraform"
        );
        found
    }

    /// The newest Terraform among these; `None` when all are older than `at_least` (major, minor), or are OpenTofu.
    pub fn newest_terraform(programs: Vec<Self>, at_least: (u64, u64)) -> Option<Self> {
        programs
            .into_iter()
            .filter(|program| program.is_terraform(at_least.0, at_least.1))
            .max_by_key(|program| program.version)
    }

    /// Name and version, such as `terraform_1.11.4`.
    pub fn label(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{}_{major}.{minor}.{patch}", self.tool)
    }

    /// Returns true for Terraform of at least this version; never for OpenTofu, see [`Self::is_tofu`].
    pub fn is_terraform(&self, major: u64, minor: u64) -> bool {
        self.tool == "terraform" && (self.version.0, self.version.1) >= (major, minor)
    }

    /// Returns true for OpenTofu of at least this version.
    pub fn is_tofu(&self, major: u64, minor: u64) -> bool {
        self.tool == "tofu" && (self.version.0, self.version.1) >= (major, minor)
    }

    /// Returns true if import blocks can name a resource by its identity.
    pub fn imports_by_identity(&self) -> bool {
        self.is_terraform(1, 12) || self.is_tofu(1, 12)
    }

    /// Returns true if configurations can call provider functions.
    pub fn has_functions(&self) -> bool {
        self.is_terraform(1, 8) || self.is_tofu(1, 7)
    }

    /// Returns true if an import block without a resource ignores `required_providers` (hashicorp/terraform#39144, since
    /// 1.16.0) and therefore has to name its provider while a configuration is generated.
    pub fn import_block_needs_provider(&self) -> bool {
        self.is_terraform(1, 16)
    }

    /// Returns true if a `moved` block can change a resource's type and provider.
    pub fn moves_across_providers(&self) -> bool {
        self.is_terraform(1, 8) || self.is_tofu(1, 10)
    }

    /// Runs `version`, whose output has the name and the version, as in `OpenTofu v1.10.6`; the file name does not count.
    fn from_path(path: &Path) -> Self {
        let answer = Command::new(path)
            .arg("version")
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", path.display()));
        let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
        let (tool, version) = answer
            .lines()
            .find_map(|line| line.split_once(" v"))
            .unwrap_or_else(|| panic!("no version in the output of {}: {answer}", path.display()));
        let release = version.trim().split('-').next().unwrap_or_default();
        let mut numbers = release
            .split('.')
            .map(|number| number.parse().expect("a version number"));
        let mut next = || numbers.next().expect("three version numbers");
        Self {
            tool: if tool == "OpenTofu" { "tofu" } else { "terraform" }.to_owned(),
            version: (next(), next(), next()),
            path: path.to_path_buf(),
        }
    }

    /// The registry of providers whose source address names none.
    pub fn registry(&self) -> &'static str {
        if self.tool == "tofu" {
            "registry.opentofu.org"
        } else {
            "registry.terraform.io"
        }
    }
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    ["terraform", "tofu"].into_iter().filter_map(|name| {
        env::split_paths(&env::var_os("PATH")?)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    })
}

fn brought() -> impl Iterator<Item = PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools");
    ["terraform", "tofu"]
        .into_iter()
        .filter_map(move |name| fs::read_dir(tools.join(name)).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .flat_map(|home| ["terraform", "tofu"].map(|name| home.join(name)))
        .filter(|path| path.is_file())
}
