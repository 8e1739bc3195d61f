//! The state that operations share.

use std::sync::Arc;

use crate::{
    cbr,
    csbs::{Client, Inventory},
};

use super::{
    BackupLister, PolicyList, Schedule, ServerChecks, ServerLocks, SharedTasks, VaultBackupLister, VaultReader,
};

/// The state that all operations of one provider instance share.
#[derive(Clone)]
pub struct OperationContext {
    /// The client of CSBS for single calls.
    pub client: Client,
    /// The client of CBR for single calls. It shares the session.
    pub cbr: cbr::Client,
    /// Reads of items, shared.
    pub inventory: Inventory,
    /// Reads of CBR's backups, shared.
    pub vault_backups: cbr::Inventory,
    /// Lists of the backups of servers, shared.
    pub lister: BackupLister,
    /// Lists of the backups of servers in vaults, shared.
    pub vault_lister: VaultBackupLister,
    /// Reads of vaults, shared.
    pub vaults: VaultReader,
    /// Reads of the tasks of backups in vaults, shared.
    pub tasks: SharedTasks,
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
    /// A context whose calls go through `client`, or for CBR through a client with the same session and options.
    pub fn new(client: Client) -> Self {
        let cbr = cbr::Client::new(Arc::clone(client.session()), client.options().clone());
        Self {
            vault_backups: cbr::Inventory::new(cbr.clone()),
            vault_lister: VaultBackupLister::new(cbr.clone()),
            vaults: VaultReader::new(cbr.clone()),
            tasks: SharedTasks::new(cbr.clone()),
            cbr,
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
