//! The plugin process: handshake, TLS, logs, reattach, shutdown.

mod certificate;
mod debug;
mod handshake;
mod listener;
mod logging;
mod process;
mod server;
mod services;
mod shutdown;
mod signature;

use std::{process::ExitCode, sync::Arc};

use crate::Provider;

/// Identity of the plugin.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Source address without the host, such as `example/notes`. Terraform and OpenTofu each add their own registry.
    pub address: &'static str,
    /// Name of the provider, such as `notes`.
    pub name: &'static str,
    /// Version of the provider.
    pub version: &'static str,
    /// Crates whose log events are emitted, besides this one. Events of other libraries could contain secrets.
    pub log_targets: &'static [&'static str],
}

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
