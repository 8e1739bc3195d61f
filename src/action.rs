//! The actions (Terraform 1.14 and later).

mod restore_backup;
mod run_policy;
mod tell;

pub use restore_backup::RestoreBackupAction;
pub use run_policy::RunPolicyAction;
