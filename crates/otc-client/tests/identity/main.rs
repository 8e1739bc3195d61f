//! Signing in for real: against Keystone, which `cargo xtask test` starts and `CSBS_TEST_KEYSTONE` names, and against the
//! simulator, which checks signatures by rules of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share is outside of their functions, where clippy does not see that it is a test"
)]

mod keystone;
mod midway;
mod other_clouds;
mod sign_in;
mod simulated;

use test_support::router_transport;
