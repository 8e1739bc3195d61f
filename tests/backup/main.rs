//! `csbs_backup` from plan to destroy, against a service in memory and under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod drift;
mod earlier;
mod failures;
mod fake_service;
mod life;
mod many;
mod resume;

use test_support::core;
