//! The objects of the service: servers, checkpoints, items, policies.

mod item;
mod policy;
mod regions;
mod schedule;

pub use item::Status;
pub(crate) use item::{Failure, Item, Step, VolumeBackup};
pub(crate) use policy::{Policy, PolicyResource, ScheduledOperation};
pub(crate) use schedule::Schedule;

use jiff::Timestamp;
use serde_json::Value;

use crate::Server;

/// All objects of the service.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub servers: Vec<Server>,
    /// Oldest first.
    pub items: Vec<Item>,
    pub checkpoints: Vec<Checkpoint>,
    pub policies: Vec<Policy>,
    /// Planned failures of the next operations.
    pub failures: Vec<PlannedFailure>,
    /// Number of deletions so far, which orders their queue.
    pub deletions: u64,
    /// Time of the next clean-up of scheduled backups.
    pub next_cleanup: Option<Timestamp>,
}

/// Checkpoint of a protect action or a policy run.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub id: String,
    pub project_id: String,
    pub created_at: Timestamp,
    /// Log number of the request that created it.
    pub request: Option<u64>,
    pub policy_id: Option<String>,
    /// Plan, as in the response.
    pub plan: Value,
}

/// Planned failure of the next operation of a kind.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFailure {
    /// ID of the server; `None` means any.
    pub server: Option<String>,
    pub failure: Failure,
}

impl Objects {
    pub(crate) fn new(servers: Vec<Server>) -> Self {
        Self {
            servers,
            ..Self::default()
        }
    }

    pub(crate) fn server(&self, project: &str, id: &str) -> Option<&Server> {
        self.servers
            .iter()
            .find(|server| server.id == id && server.project_id.as_deref().is_none_or(|owner| owner == project))
    }

    /// Returns the items of a project that are visible at `now`.
    pub(crate) fn visible<'a>(&'a self, project: &'a str, now: Timestamp) -> impl Iterator<Item = &'a Item> {
        self.items
            .iter()
            .filter(move |item| item.project_id == project && item.visible_at <= now)
    }

    pub(crate) fn item_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.id == id)
    }

    /// Returns the running backup of a server.
    pub(crate) fn running(&self, server: &str) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.server.id == server && matches!(item.status, Status::WaitingProtect | Status::Protecting))
    }

    /// Returns `true` if a server is being restored.
    pub(crate) fn restoring(&self, server: &str) -> bool {
        self.items.iter().any(|item| {
            item.restore_target.as_deref() == Some(server)
                && matches!(item.status, Status::WaitingRestore | Status::Restoring)
        })
    }

    /// Returns the policy that a server belongs to.
    pub(crate) fn policy_of(&self, server: &str) -> Option<&Policy> {
        self.policies
            .iter()
            .find(|policy| policy.resources.iter().any(|resource| resource.id == server))
    }

    /// Takes the first planned failure that matches an operation and a server.
    pub(crate) fn take_failure(&mut self, operation: &str, server: &str) -> Option<Failure> {
        let index = self.failures.iter().position(|planned| {
            planned.failure.operation == operation && planned.server.as_deref().is_none_or(|id| id == server)
        })?;
        Some(self.failures.remove(index).failure)
    }
}
