//! Real Terraform and OpenTofu, the real plugin binary, a simulated service.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "with a harness of its own, clippy does not see that this is a test"
)]

#[macro_use]
mod terraform;

mod action;
mod adopt;
mod association;
mod constraints;
mod drift;
mod examples;
mod failure;
mod hcl;
mod import;
mod install;
mod interrupt;
mod lifecycle;
mod look_up;
mod policy;
mod replace;
mod scale;
mod status_codes;
mod unknown;
mod vault_backup;

fn main() -> std::process::ExitCode {
    terraform::main(&[
        lifecycle::TESTS,
        drift::TESTS,
        replace::TESTS,
        import::TESTS,
        install::TESTS,
        failure::TESTS,
        constraints::TESTS,
        unknown::TESTS,
        status_codes::TESTS,
        interrupt::TESTS,
        scale::TESTS,
        policy::TESTS,
        look_up::TESTS,
        adopt::TESTS,
        action::TESTS,
        association::TESTS,
        vault_backup::TESTS,
        examples::TESTS,
    ])
}
