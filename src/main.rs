//! The plugin binary. Terraform and OpenTofu start it; nobody runs it by hand.

use std::{process::ExitCode, sync::Arc};

use csbs::{
    plugin::{self, Identity},
    provider::CsbsProvider,
};

fn main() -> ExitCode {
    let identity = Identity {
        address: "tcloudpublic/csbs",
        name: "csbs",
        version: env!("CARGO_PKG_VERSION"),
    };
    plugin::run(identity, || Arc::new(CsbsProvider::new()))
}
