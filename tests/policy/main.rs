//! Policies, data sources, actions and lists against the simulated service, under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod actions;
mod association;
mod create_backup;
mod data_sources;
mod failures;
mod fixture;
mod forms;
mod life;
mod list;
mod partial_state;
mod prune;
mod vault_data_sources;

use test_support::{core, policy_config};
