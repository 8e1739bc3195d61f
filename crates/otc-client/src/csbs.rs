//! The CSBS REST API as a plain client: it knows nothing of Terraform.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `client` | [`Client`]: sends calls, signed in, rate-limited and repeated where that is safe |
//! | `presence` | reads policies that may not exist |
//! | `checkpoint`, `item`, `capability`, `restore`, `policy`, `tag`, `quota` | one group of calls each, with its wire types |
//! | `inventory` | [`Inventory`]: reads of items that concurrent operations share |
//! | `pattern` | a policy's schedule: reads, compares, explains and builds it |
//! | `error` | [`ApiError`], and the meaning of the service's codes |
//! | `id`, `description` | rules for IDs and empty descriptions |
//! | `path`, `lenient`, `page`, `retry`, `limit` | how requests are built, answers read, lists followed, calls repeated and paced |

mod capability;
mod checkpoint;
mod client;
pub(crate) mod coalescer;
mod description;
mod error;
mod id;
mod inventory;
mod item;
pub(crate) mod jitter;
mod lenient;
mod limit;
mod page;
mod path;
pub mod pattern;
mod policy;
mod presence;
mod quota;
mod restore;
mod retry;
mod status;
mod tag;
#[cfg(test)]
pub(crate) mod testing;

pub use capability::{Capability, RestorableCheck, Server};
pub use checkpoint::{Checkpoint, PlanResource, ProtectRequest, ProtectionPlan};
pub use client::{Client, ClientOptions, with_retry_deadline};
pub use description::non_empty_description;
pub use error::{ApiError, ErrorForm, ServiceError};
pub use id::{ID_PUNCTUATION, MAX_ID_LENGTH, is_valid_id};
pub use inventory::{Inventory, ItemKey, Lookup};
pub use item::{CheckpointItem, ExtendInfo, FailCode, ItemFilter, VmMetadata, VolumeBackup, parse_time};
pub use policy::{
    OperationDefinition, Policy, PolicyFilter, PolicyRequest, PolicyResource, PolicyUpdate, ScheduledOperation,
    Trigger, TriggerProperties,
};
pub use quota::Quota;
pub use restore::{Restore, RestoreRequest, VolumeMapping};
pub use status::Status;
pub use tag::{TagKind, Tags};

/// The ID of the backup provider of CSBS, fixed by the service; part of paths and bodies.
pub const BACKUP_PROVIDER_ID: &str = "fc4d5750-22e7-4798-8a46-f48f62c4c1da";

/// The resource type of a server, and the default of every call that takes one.
pub const SERVER_TYPE: &str = "OS::Nova::Server";
