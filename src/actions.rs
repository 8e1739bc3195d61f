//! Actions (Terraform 1.14 and later).

mod create_backup;
mod create_vault_backup;
mod operation;
mod prune_backups;
mod restore_backup;
mod restore_vault_backup;
mod run_policy;

pub use create_backup::CreateBackupAction;
pub use create_vault_backup::CreateVaultBackupAction;
pub use operation::ActionOperation;
pub use prune_backups::PruneBackupsAction;
pub use restore_backup::RestoreBackupAction;
pub use restore_vault_backup::RestoreVaultBackupAction;
pub use run_policy::RunPolicyAction;
