//! The plugin process: handshake, TLS, logs, reattach, shutdown.

mod certificate;
mod debug;
mod handshake;
mod identity;
mod listener;
mod logging;
mod process;
mod server;
mod services;
mod shutdown;
mod signature;

pub use identity::Identity;

use std::{process::ExitCode, sync::Arc};

use crate::Provider;

/// Runs the plugin until Terraform has finished with it.
#[must_use]
pub fn run(identity: Identity, provider: impl FnOnce() -> Arc<dyn Provider>) -> ExitCode {
    match process::run(identity, provider) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
