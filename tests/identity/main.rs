//! Signing in for real: against Keystone, which `cargo xtask test` starts and `CSBS_TEST_KEYSTONE` names, and against the
//! simulator, which checks signatures by rules of its own.

mod keystone;
mod midway;
mod sign_in;
mod simulated;
