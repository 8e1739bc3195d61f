//! Tests of the simulated Cloud Backup and Recovery, in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin;
mod backups;
mod checkpoints;
mod client;
mod gateway;
mod run;
mod tasks;
mod vaults;
