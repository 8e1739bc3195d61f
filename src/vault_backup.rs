//! Backups in vaults of Cloud Backup and Recovery (CBR): the resource `csbs_vault_backup`.

mod create;
mod delete;
mod failure;
mod identity;
mod import;
pub(super) mod messages;
pub(super) mod model;
mod plan;
mod plan_check;
mod read;
mod resource;
mod schema;
pub(super) mod summary;
pub(super) mod unique_name;
mod update;

pub use resource::VaultBackupResource;
