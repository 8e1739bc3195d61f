//! Backups and policies of a region. Another region's endpoint does not show them.

use super::{Item, Objects, Policy};

/// Objects that a call of one region does not see.
pub(crate) struct OtherRegions {
    items: Vec<Item>,
    policies: Vec<Policy>,
}

impl Objects {
    /// Removes the objects of other regions, until [`Self::put_back`].
    pub(crate) fn take_other_regions(&mut self, region: &str) -> OtherRegions {
        OtherRegions {
            items: self.items.extract_if(.., |item| item.region != region).collect(),
            policies: self.policies.extract_if(.., |policy| policy.region != region).collect(),
        }
    }

    /// Adds the objects of other regions again.
    pub(crate) fn put_back(&mut self, others: OtherRegions) {
        if !others.items.is_empty() {
            self.items.extend(others.items);
            self.items.sort_by_key(|item| item.created_at);
        }
        if !others.policies.is_empty() {
            self.policies.extend(others.policies);
            self.policies.sort_by_key(|policy| policy.created_at);
        }
    }
}
