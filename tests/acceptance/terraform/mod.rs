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
    runner::{Programs, Test, main},
    state::{Instance, State},
    workspace::Workspace,
};

/// Lists the tests of a module, as `pub const TESTS`. Those after `; newest program:` run with only that program, and the others
/// with all programs.
#[macro_export]
macro_rules! acceptance_tests {
    ($($all:ident),* $(,)? $(; newest program: $($newest:ident),+)?) => {
        /// The tests of this module.
        pub const TESTS: &[$crate::terraform::Test] = &[
            $($crate::terraform::Test {
                name: stringify!($all),
                run: $all,
                programs: $crate::terraform::Programs::All,
            },)*
            $($($crate::terraform::Test {
                name: stringify!($newest),
                run: $newest,
                programs: $crate::terraform::Programs::Newest,
            },)+)?
        ];
    };
}
