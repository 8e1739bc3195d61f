//! The state that operations share.

use crate::csbs::{Client, Inventory};

use super::{BackupLister, PolicyList, Schedule, ServerChecks, ServerLocks};

/// The state that all operations of one provider instance share.
#[derive(Clone)]
pub struct OperationContext {
    /// The client for single calls.
    pub client: Client,
    /// Reads of items, shared.
    pub inventory: Inventory,
    /// Lists of the backups of servers, shared.
    pub lister: BackupLister,
    /// Answers on servers that a plan has received, for the create that follows.
    pub checks: ServerChecks,
    /// The list of the policies, shared by the checks of plans.
    pub policies: PolicyList,
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
            policies: PolicyList::new(client.clone()),
            checks: ServerChecks::default(),
            locks: ServerLocks::default(),
            schedule: Schedule::new(client.options().seed),
            client,
        }
    }

    /// A context for another region. The locks are shared, because IDs of servers are unique in all regions.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self {
            locks: self.locks.clone(),
            ..Self::new(self.client.in_region(region))
        }
    }
}
