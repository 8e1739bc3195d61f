//! Policies, data sources, actions and lists against the simulated service, under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod act;
#[path = "../support/core.rs"]
#[allow(dead_code)]
mod core;
mod forms;
mod kept;
mod life;
mod list;
mod look;
#[path = "../support/policy_config.rs"]
mod policy_config;
#[path = "../support/router_transport.rs"]
mod router_transport;
mod trouble;
mod world;
