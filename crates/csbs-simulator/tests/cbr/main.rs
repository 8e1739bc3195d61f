//! Tests of the simulated Cloud Backup and Recovery, in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin;
mod association;
mod backups;
mod checkpoints;
mod client;
mod gateway;
mod migration;
mod restore;
mod run;
mod tags;
mod tasks;
mod vault_changes;
mod vaults;
