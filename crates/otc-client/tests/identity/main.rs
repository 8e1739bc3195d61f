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
#[path = "../support/router_transport.rs"]
#[allow(dead_code, reason = "not every test target that shares this needs all of it")]
mod router_transport;
mod sign_in;
mod simulated;
