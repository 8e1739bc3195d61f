//! Backups: the resource `csbs_backup`, the data sources `csbs_backup` and `csbs_backups`, and the list resource.

pub(super) mod create;
mod data_source;
mod data_source_model;
mod delete;
mod details;
pub(super) mod drift;
pub(super) mod identity;
pub(super) mod import;
mod list;
pub(super) mod messages;
pub(super) mod model;
mod opentelekomcloud;
mod plan;
mod plan_check;
mod plural_data_source;
pub(super) mod private;
mod protection_plan;
pub(super) mod query;
mod read;
mod resource;
pub(super) mod schema;
mod summary;
mod tags;
mod update;
mod vm_metadata;
mod volume;

pub use data_source::BackupDataSource;
pub use list::BackupList;
pub use plural_data_source::BackupsDataSource;
pub use resource::BackupResource;
