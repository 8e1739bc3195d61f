//! Operations of several calls: they can be stopped, wait by `tokio::time`, and know nothing of Terraform.

mod backoff;
mod backup_status;
mod context;
pub mod create_backup;
pub mod create_vault_backup;
pub mod delete_backup;
pub mod delete_vault_backup;
mod deletion;
mod fingerprint;
mod lister;
mod locks;
mod lost_answer;
pub mod policy;
pub mod policy_association;
mod policy_list;
pub mod prune_backups;
pub mod restore;
mod restore_course;
pub mod restore_vault_backup;
pub mod run_policy;
mod schedule;
mod server_checks;
mod shared_tasks;
mod stop;
#[cfg(test)]
mod tests;
mod timing;
mod vaults;
mod wait;

pub use backoff::Backoff;
pub use context::OperationContext;
pub use fingerprint::RequestFingerprint;
pub use lister::{BackupLister, OfServer, ServerLister, VaultBackupLister};
pub use locks::ServerLocks;
pub use policy_list::PolicyList;
pub use schedule::Schedule;
pub use server_checks::ServerChecks;
pub use shared_tasks::SharedTasks;
pub use stop::{Stopped, until_stopped};
pub use vaults::VaultReader;
