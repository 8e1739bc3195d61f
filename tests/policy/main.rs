//! Policies, data sources, actions and lists against the simulated service, under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod act;
mod forms;
mod kept;
mod life;
mod list;
mod look;
mod trouble;
mod world;

use test_support::{core, policy_config, router_transport};
