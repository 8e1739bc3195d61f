//! Tries the simulator's unproven assumptions in a real project, and removes what such a run left behind.
//!
//! Everything that a run creates has a name that begins with its [`Prefix`], and nothing else is ever changed or deleted.

mod checks;
mod leftovers;
mod options;
mod prefix;
mod report;
mod session;
mod vault_checks;
mod vault_leftovers;

pub use checks::run_checks;
pub use leftovers::Leftovers;
pub use options::{HELP, Mode, Options};
pub use prefix::Prefix;
pub use report::{Finding, Outcome, report};
pub use session::session;
pub use vault_checks::run_vault_checks;
pub use vault_leftovers::VaultLeftovers;
