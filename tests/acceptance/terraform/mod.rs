//! Runs real Terraform and OpenTofu against a simulated service: one folder, one service and one plugin configuration per
//! test and per program. After every test, what exists in the service is compared with what Terraform's state says.

mod cloud;
mod command;
mod install;
mod runner;
mod state;
mod workspace;

pub use test_support::terraform_programs::Binary;

pub use self::{
    cloud::{After, Cloud},
    command::{Output, Running},
    install::{Mirror, platform},
    runner::{Test, main},
    state::{Instance, State},
    workspace::Workspace,
};

/// Lists the tests of a module, as `pub const TESTS`.
#[macro_export]
macro_rules! acceptance_tests {
    ($($name:ident),* $(,)?) => {
        /// The tests of this module.
        pub const TESTS: &[$crate::terraform::Test] = &[
            $($crate::terraform::Test { name: stringify!($name), run: $name }),*
        ];
    };
}
