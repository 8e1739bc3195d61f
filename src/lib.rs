//! The Terraform and OpenTofu provider for the Cloud Server Backup Service (CSBS) of T Cloud Public: its schema, resources,
//! data sources, actions, list resources and functions.
//!
//! It joins two crates that do not know each other: `terraform-plugin` speaks the plugin protocol, `otc-client` the cloud's API.

pub mod actions;
pub mod backup;
mod capability;
mod configuration;
mod connected;
mod connection;
mod data_source;
pub mod diagnostics;
pub mod duration;
mod equivalence;
pub mod functions;
mod list;
mod migration_report;
mod object_identity;
mod opentelekomcloud;
pub mod policy;
mod policy_association;
mod protection_report;
mod provider;
mod quotas;
mod redact;
mod region_and_project;
mod registry;
mod service_call;
mod service_value;
mod sign_in;
mod single;
mod skip_refresh;
mod sort;
mod tag_filter;
mod tag_map;
mod tags;
mod time_range;
pub mod timeouts;
pub mod validators;
mod vault;
mod vault_backup;

pub use connection::Connection;
pub use provider::CsbsProvider;
