//! Code that several test binaries of this workspace share.

#![allow(
    missing_docs,
    clippy::new_without_default,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is test code"
)]

pub mod core;
pub mod diagnostics;
pub mod model;
pub mod plugin_process;
pub mod policy_config;
pub mod router_transport;
pub mod simulated_service;
pub mod stored_state;
pub mod terraform_programs;
