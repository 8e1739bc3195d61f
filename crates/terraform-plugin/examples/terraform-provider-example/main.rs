//! A provider that uses every feature of the framework, for its tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod resources;

use std::process::ExitCode;

fn main() -> ExitCode {
    let identity = terraform_plugin::serve::Identity {
        address: "test/example",
        name: "example",
        version: "1.2.3",
        log_targets: &["terraform_provider_example"],
    };
    terraform_plugin::serve::run(identity, resources::provider)
}
