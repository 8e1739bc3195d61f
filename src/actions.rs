//! Actions (Terraform 1.14 and later).

mod operation;
mod restore_backup;
mod run_policy;

pub use restore_backup::RestoreBackupAction;
pub use run_policy::RunPolicyAction;
