//! A provider that uses everything that the plugin layer can do, so that the layer is proved apart from CSBS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod offer;

use std::process::ExitCode;

fn main() -> ExitCode {
    let identity = csbs::plugin::Identity {
        address: "test/example",
        name: "example",
        version: "1.2.3",
    };
    csbs::plugin::run(identity, offer::provider)
}
