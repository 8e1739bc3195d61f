//! `csbs_backup` from plan to destroy, against a service in memory and under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/core.rs"]
#[allow(dead_code)]
mod core;
mod drift;
mod earlier;
mod life;
mod many;
mod resume;
mod trouble;
mod world;
