//! Backup policies: which servers are backed up, when, and how long the backups are kept.

mod create;
mod data_source;
mod data_source_model;
mod delete;
mod import;
mod list;
pub(crate) mod membership;
mod messages;
mod model;
pub(super) mod next_run;
mod opentelekomcloud;
mod operation;
mod plan;
mod plural_data_source;
mod query;
mod read;
mod request;
mod resource;
mod schedule;
pub(super) mod schema;
mod server;
mod update;

pub use data_source::PolicyDataSource;
pub use list::PolicyList;
pub use plural_data_source::PoliciesDataSource;
pub use resource::PolicyResource;
