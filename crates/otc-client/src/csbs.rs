//! The CSBS REST API as a plain client: it knows nothing of Terraform.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `checkpoint`, `item`, `capability`, `restore`, `policy`, `tag`, `quota` | one group of calls each, with its wire types |
//! | `presence` | reads policies that may not exist |
//! | `inventory` | [`Inventory`]: reads of items and answers on servers that concurrent operations share |
//! | `pattern` | a policy's schedule: reads, compares, explains and builds it |
//!
//! The rest of the client is [`crate::rest`], whose types are named here, too.

mod capability;
mod checkpoint;
mod inventory;
mod item;
pub mod pattern;
mod policy;
mod presence;
mod quota;
mod restore;
mod tag;
#[cfg(test)]
mod tests;

pub use capability::{Capability, RestorableCheck, Server};
pub use checkpoint::{Checkpoint, PlanResource, ProtectRequest, ProtectionPlan};
pub use inventory::{Inventory, Lookup};
pub use item::{CheckpointItem, ExtendInfo, FailCode, ItemFilter, VmMetadata, VolumeBackup};
pub use policy::{
    OperationDefinition, Policy, PolicyFilter, PolicyRequest, PolicyResource, PolicyUpdate, ScheduledOperation,
    Trigger, TriggerProperties,
};
pub use quota::Quota;
pub use restore::{Restore, RestoreRequest};
pub use tag::TagKind;

pub use crate::rest::{
    ApiError, ClientOptions, ErrorForm, ID_PUNCTUATION, ItemKey, MAX_ID_LENGTH, SERVER_TYPE, ServiceError, Status,
    Tags, VolumeMapping, is_valid_id, non_empty_description, parse_time, with_retry_deadline,
};
use crate::{identity::CloudService, rest::Api};

/// The CSBS API.
#[derive(Debug, Clone, Copy)]
pub struct Csbs;

impl Api for Csbs {
    const SERVICE: CloudService = CloudService::Csbs;
}

/// A client of CSBS.
pub type Client = crate::rest::Client<Csbs>;

/// The ID of the backup provider of CSBS, fixed by the service; part of paths and bodies.
pub const BACKUP_PROVIDER_ID: &str = "fc4d5750-22e7-4798-8a46-f48f62c4c1da";
