//! The CBR REST API (v3) as a plain client: it knows nothing of Terraform.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `vault`, `checkpoint`, `backup`, `restore`, `task` | one group of calls each, with its wire types |
//! | `status` | the words of vaults, checkpoints and tasks |
//! | `listed` | backups in the shared [`Inventory`] |
//!
//! The rest of the client is [`crate::rest`], whose types are named here, too. The API reference is "Cloud Backup and Recovery" of
//! T Cloud Public.

mod backup;
mod checkpoint;
mod listed;
mod restore;
mod status;
mod task;
#[cfg(test)]
mod tests;
mod vault;

pub use backup::{Backup, BackupFilter};
pub use checkpoint::{Checkpoint, CheckpointRequest, SkippedResource};
pub use restore::RestoreRequest;
pub use status::{CheckpointStatus, ProtectStatus, TaskStatus, VaultStatus};
pub use task::{Task, TaskFilter};
pub use vault::{Vault, VaultFilter, VaultResource};

pub use crate::rest::{
    ApiError, ClientOptions, ErrorForm, ItemKey, RefusalReason, SERVER_TYPE, ServiceError, Status as BackupStatus,
    Tags, VolumeMapping, is_valid_id, parse_time, with_retry_deadline,
};
use crate::{
    identity::CloudService,
    rest::{self, Api},
};

/// The CBR API.
#[derive(Debug, Clone, Copy)]
pub struct Cbr;

impl Api for Cbr {
    const SERVICE: CloudService = CloudService::Cbr;
}

/// A client of CBR.
pub type Client = rest::Client<Cbr>;

/// Reads of backups that concurrent operations share. Backups from a list have no children; [`Client::complete_backup`] reads them
/// where they are needed.
pub type Inventory = rest::Inventory<Backup>;

/// The result of a look.
pub type Lookup = rest::Lookup<Backup>;

/// Length of the longest name of a backup or vault, in characters.
pub const MAX_NAME_LENGTH: usize = 64;

/// Length of the longest description of a backup, in characters.
pub const MAX_DESCRIPTION_LENGTH: usize = 255;
