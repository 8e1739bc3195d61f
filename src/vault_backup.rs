//! Backups in vaults of Cloud Backup and Recovery (CBR): the resource `csbs_vault_backup`, the data sources `csbs_vault_backup` and
//! `csbs_vault_backups`, and the list resource.

mod create;
mod data_source;
mod data_source_model;
mod delete;
mod failure;
mod identity;
mod import;
mod list;
pub(super) mod messages;
pub(super) mod model;
mod plan;
mod plan_check;
mod plural_data_source;
mod query;
mod read;
mod resource;
mod schema;
pub(super) mod summary;
pub(super) mod unique_name;
mod update;
mod volume;

pub use data_source::VaultBackupDataSource;
pub use list::VaultBackupList;
pub use plural_data_source::VaultBackupsDataSource;
pub use resource::VaultBackupResource;
