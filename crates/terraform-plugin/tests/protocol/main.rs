//! Tests of the framework with an example provider that uses every feature of it.
//!
//! `calls`, `faulty_provider`, `passing_on`, `redact`, `stop`, `stop_each_call` and `values` call the service in memory, under paused
//! time if time matters. `process`, `security` and `messages` start the plugin process. `terraform` runs real Terraform and OpenTofu.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
mod client;
mod faulty_provider;
mod messages;
#[allow(dead_code, reason = "the test does not start the program")]
#[path = "../../examples/terraform-provider-notes/main.rs"]
mod notes;
mod passing_on;
mod plugin;
mod process;
mod readme;
mod recorder;
mod redact;
#[path = "../../examples/terraform-provider-example/resources/mod.rs"]
mod resources;
mod security;
mod stop;
mod stop_each_call;
mod terraform;
mod values;
