//! Vaults of Cloud Backup and Recovery (CBR): the data sources `csbs_vault` and `csbs_vaults`.

mod data_source;
mod data_source_model;
mod plural_data_source;
mod query;
mod resource_model;

pub use data_source::VaultDataSource;
pub use plural_data_source::VaultsDataSource;
