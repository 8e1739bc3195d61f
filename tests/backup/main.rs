//! `csbs_backup` from plan to destroy, against a service in memory and under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod drift;
mod earlier;
mod life;
mod many;
mod resume;
mod trouble;
mod world;

use test_support::core;
