//! The Terraform and OpenTofu provider for the Cloud Server Backup Service (CSBS) of T Cloud Public: its schema, resources,
//! data sources, actions, list resources and functions.
//!
//! It joins two crates that do not know each other: `terraform-plugin` speaks the plugin protocol, `otc-client` the cloud's API.

pub mod action;
pub mod attribute;
pub mod backup;
mod configuration;
mod connection;
pub mod data;
pub mod diagnostic;
pub mod duration;
pub mod function;
pub mod list;
pub mod policy;
mod provider;
mod redact;
mod registry;
mod sign_in;
pub mod timeouts;
pub mod validators;

pub use connection::Connection;
pub use provider::CsbsProvider;
