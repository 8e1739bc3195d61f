//! Operations of several calls: they can be stopped, wait by `tokio::time`, and know nothing of Terraform.

mod backoff;
pub mod create_backup;
pub mod delete_backup;
mod fingerprint;
mod lister;
mod locks;
pub mod policy;
pub mod policy_association;
pub mod restore;
pub mod run_policy;
mod schedule;
mod stop;
mod timing;
mod wait;

use crate::csbs::{Client, Inventory};

pub use backoff::Backoff;
pub use fingerprint::RequestFingerprint;
pub use lister::BackupLister;
pub use locks::ServerLocks;
pub use schedule::Schedule;
pub use stop::{Stopped, until_stopped};

/// The state that all operations of one provider instance share.
#[derive(Clone)]
pub struct OperationContext {
    /// The client for single calls.
    pub client: Client,
    /// Reads of items, shared.
    pub inventory: Inventory,
    /// Lists of the backups of servers, shared.
    pub lister: BackupLister,
    /// Locks for creates of one server.
    pub locks: ServerLocks,
    /// The moments at which waits look: the same for all, so that one look serves many.
    pub schedule: Schedule,
}

impl OperationContext {
    /// A context whose calls go through `client`.
    pub fn new(client: Client) -> Self {
        Self {
            inventory: Inventory::new(client.clone()),
            lister: BackupLister::new(client.clone()),
            locks: ServerLocks::default(),
            schedule: Schedule::new(client.options().seed),
            client,
        }
    }
}
