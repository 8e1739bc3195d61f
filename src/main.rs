//! The plugin binary. Terraform and OpenTofu start it; nobody runs it by hand.

use std::{process::ExitCode, sync::Arc};

use csbs::CsbsProvider;
use terraform_plugin::serve::{self, Identity};

fn main() -> ExitCode {
    let identity = Identity {
        address: "tcloudpublic/csbs",
        name: "csbs",
        version: env!("CARGO_PKG_VERSION"),
        log_targets: &["csbs", "otc_client"],
    };
    serve::run(identity, || Arc::new(CsbsProvider::new()))
}
