//! The process contract of a Terraform plugin: how Terraform starts it, how the two recognize each other, how it ends.
//!
//! Knows no provider in particular.

mod certificate;
mod debug;
mod ending;
mod handshake;
mod listener;
mod logging;
mod process;
mod server;
mod services;
mod signature;

use std::{process::ExitCode, sync::Arc};

use crate::Provider;

/// Who the plugin is.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Address of the provider without a registry: Terraform and OpenTofu each put their own before it.
    pub address: &'static str,
    /// Short name.
    pub name: &'static str,
    /// Version.
    pub version: &'static str,
    /// Names of the crates whose log events are shown, besides the framework's own.
    pub log_targets: &'static [&'static str],
}

/// Runs the plugin until Terraform is done with it.
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
