//! The plugin layer apart from CSBS: our client plays Terraform for a small example provider that uses every feature.
//!
//! `contract`, `faults`, `redact`, `stop` and `values` talk to the service in memory, under paused time where time matters; `process`,
//! `security` and `traffic` to the real plugin process; `terraform` lets real Terraform and OpenTofu run it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod contract;
mod faults;
#[allow(dead_code, reason = "the test does not start the program")]
#[path = "../../examples/terraform-provider-notes/main.rs"]
mod notes;
mod plugin;
mod process;
mod readme;
mod redact;
#[path = "../../examples/terraform-provider-example/resources/mod.rs"]
mod resources;
mod security;
mod stop;
mod stop_kinds;
mod terraform;
mod traffic;
mod values;
