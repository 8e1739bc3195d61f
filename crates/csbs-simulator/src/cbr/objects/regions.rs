//! Vaults of a region, with their backups. Another region's endpoint does not show them.

use std::collections::HashSet;

use super::{Backup, Checkpoint, Objects, Task, Vault};

/// Objects that a call of one region does not see.
pub(crate) struct OtherRegions {
    vaults: Vec<Vault>,
    checkpoints: Vec<Checkpoint>,
    backups: Vec<Backup>,
    tasks: Vec<Task>,
}

impl Objects {
    /// Removes the vaults of other regions with everything in them, until [`Self::put_back`]. A vault without a region is in `first`.
    pub(crate) fn take_other_regions(&mut self, region: &str, first: &str) -> OtherRegions {
        let is_other = |vault: &Vault| vault.region.as_deref().unwrap_or(first) != region;
        let vaults: Vec<_> = self.vaults.extract_if(.., |vault| is_other(vault)).collect();
        let ids: HashSet<_> = vaults.iter().map(|vault| vault.id.clone()).collect();
        OtherRegions {
            checkpoints: self
                .checkpoints
                .extract_if(.., |item| ids.contains(&item.vault_id))
                .collect(),
            backups: self
                .backups
                .extract_if(.., |item| ids.contains(&item.vault_id))
                .collect(),
            tasks: self.tasks.extract_if(.., |item| ids.contains(&item.vault_id)).collect(),
            vaults,
        }
    }

    /// Adds the objects of other regions again.
    pub(crate) fn put_back(&mut self, others: OtherRegions) {
        if others.vaults.is_empty() {
            return;
        }
        self.vaults.extend(others.vaults);
        self.vaults.sort_by_key(|vault| vault.created_at);
        self.checkpoints.extend(others.checkpoints);
        self.checkpoints.sort_by_key(|checkpoint| checkpoint.created_at);
        self.backups.extend(others.backups);
        self.backups.sort_by_key(|backup| backup.created_at);
        self.tasks.extend(others.tasks);
        self.tasks.sort_by_key(|task| task.created_at);
    }
}
