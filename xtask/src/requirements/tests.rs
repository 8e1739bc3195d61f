use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::paths;

/// A folder that is the only one on PATH, with scripts that answer like the real programs.
struct Machine(tempfile::TempDir);

impl Machine {
    /// An empty PATH.
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// All programs of the packages that the README lists.
    fn complete() -> Self {
        Self::empty()
            .with("cc", "exit 0")
            .with("python3", "echo True True False")
            .with("bash", "exit 0")
            .with("cargo-fmt", "exit 0")
            .with("cargo-clippy", "exit 0")
    }

    fn with(self, name: &str, script: &str) -> Self {
        let file = self.0.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.0.path().join(name)).unwrap();
        self
    }

    fn missing(&self, purpose: Purpose) -> Vec<&'static Requirement> {
        missing(purpose, self.0.path().as_os_str())
    }
}

#[test]
fn one_message_names_everything_that_is_missing() {
    let text = message("test", &Machine::empty().missing(Purpose::TestAndLint));
    assert_eq!(
        text,
        "'cargo xtask test' cannot run on this machine yet. Missing:\n\
         \x20 - a C compiler ('cc') and the headers of the C library\n\
         \x20 - Python 3.9 or newer ('python3'), which installs Terraform and other tools from its package registry\n\
         \x20 - virtual environments of Python (its modules venv and ensurepip)\n\
         \x20 - bash, which starts the Keystone of the tests\n\
         \x20 - rustfmt and clippy\n\
         Debian, Ubuntu: sudo apt-get install gcc libc6-dev python3 python3-venv bash\n\
         Fedora:         sudo dnf install gcc python3 bash\n\
         Rust:           rustup component add rustfmt clippy"
    );
}

#[test]
fn the_packages_of_the_readme_are_enough() {
    let machine = Machine::complete();
    for purpose in [
        Purpose::Build,
        Purpose::RunTerraform,
        Purpose::Test,
        Purpose::TestAndLint,
    ] {
        assert_eq!(machine.missing(purpose), Vec::<&Requirement>::new(), "{purpose:?}");
    }
}

#[test]
fn a_build_needs_no_python_and_no_terraform() {
    let machine = Machine::empty().with("cc", "exit 0");
    assert!(machine.missing(Purpose::Build).is_empty());
    assert_eq!(machine.missing(Purpose::RunTerraform), [&PYTHON, &PYTHON_VENV]);
}

#[test]
fn a_demo_needs_no_python_where_terraform_is_on_path() {
    let machine = Machine::complete().without("python3");
    assert_eq!(machine.missing(Purpose::RunTerraform), [&PYTHON, &PYTHON_VENV]);
    let with_terraform = machine.with("terraform", "echo Terraform v1.15.5");
    assert!(with_terraform.missing(Purpose::RunTerraform).is_empty());
    assert_eq!(with_terraform.missing(Purpose::Test), [&PYTHON, &PYTHON_VENV]);
}

#[test]
fn a_python_without_venv_is_not_enough() {
    let machine = Machine::complete().with("python3", "echo True False False");
    assert_eq!(machine.missing(Purpose::RunTerraform), [&PYTHON_VENV]);
    assert_eq!(machine.missing(Purpose::Test), [&PYTHON_VENV]);
    let with_pip = machine.with("python3", "echo True False True");
    assert!(with_pip.missing(Purpose::RunTerraform).is_empty());
    assert_eq!(with_pip.missing(Purpose::Test), [&PYTHON_VENV]);
}

#[test]
fn an_old_python_does_not_count() {
    let machine = Machine::complete().with("python3", "echo False True True");
    assert_eq!(machine.missing(Purpose::Test), [&PYTHON, &PYTHON_VENV]);
    let with_another = machine.with("python", "echo True True True");
    assert!(with_another.missing(Purpose::Test).is_empty());
}

#[test]
fn a_compiler_without_headers_does_not_count() {
    let machine = Machine::complete().with("cc", "exit 1");
    assert_eq!(machine.missing(Purpose::Build), [&C_COMPILER]);
}

/// The real programs of this machine: the checks are in a form that they understand.
#[test]
fn the_compiler_and_the_python_of_this_machine_are_recognized() {
    let path = env::var_os("PATH").unwrap();
    assert!(compiles_c(&path));
    assert!(Python::find(&path).is_some_and(|python| python.has_venv));
}

#[test]
fn the_pages_list_the_required_packages() {
    // bash and the POSIX programs are part of every Debian and Fedora system.
    let needed = [&C_COMPILER, &PYTHON, &PYTHON_VENV];
    let debian = format!("sudo apt-get install {}", packages(&needed, |it| it.debian).join(" "));
    let fedora = format!("sudo dnf install {}", packages(&needed, |it| it.fedora).join(" "));
    for page in ["README.md", "CONTRIBUTING.md", "docs/guides/getting-started.md"] {
        let text = fs::read_to_string(paths::root().join(page)).unwrap();
        assert!(text.contains(&debian), "{page} script not say '{debian}'");
        assert!(text.contains(&fedora), "{page} script not say '{fedora}'");
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Programs that a source file starts by name, also where it imports `Command` under another name.
fn started_by_name(text: &str) -> Vec<&str> {
    let renamed = text
        .split("Command as ")
        .skip(1)
        .filter_map(|rest| rest.split(|letter: char| !letter.is_alphanumeric()).next());
    std::iter::once("Command")
        .chain(renamed)
        .flat_map(|name| {
            text.split(name)
                .skip(1)
                .filter_map(|rest| rest.strip_prefix("::new(\"")?.split('"').next())
        })
        .collect()
}

#[test]
fn renamed_commands_are_found() {
    let text = "use std::process::{Command as Blocking, Stdio};\nBlocking::new(\"kill\"); tokio::process::Command::new(\"sh\")";
    assert_eq!(started_by_name(text), ["sh", "kill"]);
}

/// A program that code starts by name has to exist on every machine. The expected ones are checked above, or part of every base
/// system.
#[test]
fn no_other_program_is_started_by_name() {
    let mut files = Vec::new();
    for folder in ["benches", "crates", "src", "tests", "xtask"] {
        sources(&paths::root().join(folder), &mut files);
    }
    let own = Path::new("xtask/src/requirements/tests.rs");
    let mut found = BTreeSet::new();
    for file in files.iter().filter(|file| !file.ends_with(own)) {
        let text = fs::read_to_string(file).unwrap();
        found.extend(started_by_name(&text).into_iter().map(str::to_owned));
    }
    let expected = ["/bin/echo", "bash", "cargo", "sh"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}
