//! `csbs_backup` from plan to destroy, against a service in memory and under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/core.rs"]
#[allow(dead_code)]
mod core;
mod life;
mod many;
mod trouble;
mod world;
