//! The data sources.

pub(super) mod ask;
mod backup;
mod backups;
pub(super) mod capability;
pub(super) mod policies;
mod policy;
pub(super) mod policy_value;
pub(super) mod query;
mod quotas;
mod sort;
pub(super) mod tag_filter;
mod tags;

pub use backup::BackupData;
pub use backups::BackupsData;
pub use capability::{BackupCapabilityData, RestoreCapabilityData};
pub use policies::PoliciesData;
pub use policy::PolicyData;
pub use quotas::QuotasData;
pub use tags::TagsData;
