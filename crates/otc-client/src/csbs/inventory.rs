//! Reads of items and answers on servers that concurrent operations share.

mod checks;
mod listed;

use tokio::time::Instant;

use super::{ApiError, Capability, CheckpointItem, Client, Server};
use crate::rest::{self, ItemKey};
use checks::Checks;

/// The result of a look.
pub type Lookup = rest::Lookup<CheckpointItem>;

/// Number of times that a failed request of a plan's check is repeated.
const PLAN_RETRIES: u32 = 2;

/// A shared view of the project's items, and shared questions on servers. Clones share it.
///
/// The looks are those of [`rest::Inventory`], which says how fresh they are and what they cost. An item can come from a list, which
/// may leave out parts of it, such as its disks; [`Client::complete_checkpoint_item`] reads them where they are needed.
#[derive(Clone)]
pub struct Inventory {
    items: rest::Inventory<CheckpointItem>,
    checks: Checks,
    plan_checks: Checks,
}

impl Inventory {
    /// An inventory whose calls go through `client`.
    pub fn new(client: Client) -> Self {
        Self {
            items: rest::Inventory::new(client),
            checks: checks::checks(),
            plan_checks: checks::checks(),
        }
    }

    /// The looks at items alone.
    pub(crate) fn items(&self) -> &rest::Inventory<CheckpointItem> {
        &self.items
    }

    /// The greatest age of an answer for a refresh; see [`rest::Inventory::refresh_from`].
    pub fn refresh_from(&self) -> Instant {
        self.items.refresh_from()
    }

    /// The item or the checkpoint's items as the service had them at `not_older_than` or later.
    ///
    /// # Errors
    /// As [`rest::Inventory::look`].
    pub async fn look(&self, key: ItemKey, not_older_than: Instant) -> Result<Lookup, ApiError> {
        self.items.look(key, not_older_than).await
    }

    /// Returns whether lists leave the item out; see [`rest::Inventory::was_left_out`].
    pub fn was_left_out(&self, item_id: &str, since: Instant) -> bool {
        self.items.was_left_out(item_id, since)
    }

    /// Asks whether one server can be backed up; concurrent questions share a request.
    ///
    /// A server that the answer leaves out, even when it is asked about alone, gets `result` false without a code.
    ///
    /// # Errors
    /// Any [`ApiError`]; a refusal with 400 and a code comes as [`ApiError::Service`], for the server that it is about.
    pub async fn check_protectable(&self, server: Server) -> Result<Capability, ApiError> {
        checks::ask(&self.checks, self.items.client().clone(), server).await
    }

    /// As [`Inventory::check_protectable`], for a plan, in which a failing service is only a warning: a failed request is repeated
    /// twice at most, within about two seconds.
    ///
    /// # Errors
    /// As [`Inventory::check_protectable`].
    pub async fn check_protectable_for_plan(&self, server: Server) -> Result<Capability, ApiError> {
        let client = self.items.client().with_max_retries(PLAN_RETRIES);
        checks::ask(&self.plan_checks, client, server).await
    }
}

#[cfg(test)]
mod tests;
