//! The provider's program, started without Terraform.
//!
//! The variable `CSBS_TEST_PROGRAM` names another command than the binary that Cargo built, as a JSON array of words:
//! `["wine64", "terraform-provider-csbs.exe"]`. `cargo xtask windows`, `arm64` and `container` run these tests in that way.

#![allow(clippy::unwrap_used, clippy::panic)]

#[cfg(target_os = "linux")]
mod container;
mod run;

use std::process::Command;

/// The command that starts the program.
fn program() -> Command {
    let Some(words) = std::env::var_os("CSBS_TEST_PROGRAM") else {
        return Command::new(env!("CARGO_BIN_EXE_terraform-provider-csbs"));
    };
    let words: Vec<String> = serde_json::from_str(words.to_str().unwrap()).unwrap();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

#[test]
fn csbs_run_by_hand_says_what_it_is() {
    let output = program().env_remove("TF_PLUGIN_MAGIC_COOKIE").output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{err}");
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        err.contains(&format!("provider csbs {version}")) && err.contains("terraform init"),
        "{err}"
    );
}
