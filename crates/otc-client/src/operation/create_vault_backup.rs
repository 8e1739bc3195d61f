//! Creates a backup of one server in a vault: looks at the vault, requests the checkpoint once, and waits until the backup is
//! available.

mod resolve;
mod resume;
mod run;
mod start;
mod types;
mod vault_problem;
mod wait;

pub use resume::ResumeVaultBackup;
pub use types::{CreateVaultBackup, CreateVaultBackupError, Refusal, VaultBackupProgress, VaultStep};
pub use vault_problem::{VaultProblem, problem_of};
