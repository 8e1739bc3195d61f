//! What the service has: servers, items, policies, and how they change as time goes.

mod item;
mod policy;
mod retention;
mod schedule;
mod settle;
pub(crate) use settle::settle;

pub use item::Status;
pub(crate) use item::{Failure, Item, Step, VolumeBackup};
pub(crate) use policy::{Policy, PolicyResource, ScheduledOperation};
pub(crate) use schedule::Schedule;

use jiff::Timestamp;
use serde_json::Value;

use crate::Server;

/// What the service has.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub servers: Vec<Server>,
    /// In the order in which they were made.
    pub items: Vec<Item>,
    pub checkpoints: Vec<Checkpoint>,
    pub policies: Vec<Policy>,
    /// Failures that the next backups shall meet.
    pub failures: Vec<PlannedFailure>,
    /// Numbers the deletions, so that they come in turn.
    pub deletions: u64,
    /// When scheduled backups are cleaned up next.
    pub next_cleanup: Option<Timestamp>,
}

/// What a protect action or a policy run makes.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub id: String,
    pub project_id: String,
    pub created_at: Timestamp,
    /// Number in the log of the request that made it.
    pub request: Option<u64>,
    pub policy_id: Option<String>,
    /// Its plan, as the answer showed it.
    pub plan: Value,
}

/// A failure that the next piece of work of its kind shall meet.
#[derive(Debug, Clone)]
pub(crate) struct PlannedFailure {
    /// The server it is for; `None`: whichever comes first.
    pub server: Option<String>,
    pub failure: Failure,
}

impl World {
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

    /// Items of a project that can be seen at `now`.
    pub(crate) fn visible<'a>(&'a self, project: &'a str, now: Timestamp) -> impl Iterator<Item = &'a Item> {
        self.items
            .iter()
            .filter(move |item| item.project_id == project && item.visible_at <= now)
    }

    pub(crate) fn item_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.id == id)
    }

    /// The backup of a server that runs.
    pub(crate) fn running(&self, server: &str) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.server.id == server && matches!(item.status, Status::WaitingProtect | Status::Protecting))
    }

    /// Whether a server is being restored.
    pub(crate) fn restoring(&self, server: &str) -> bool {
        self.items.iter().any(|item| {
            item.restore_target.as_deref() == Some(server)
                && matches!(item.status, Status::WaitingRestore | Status::Restoring)
        })
    }

    /// The policy that a server belongs to.
    pub(crate) fn policy_of(&self, server: &str) -> Option<&Policy> {
        self.policies
            .iter()
            .find(|policy| policy.resources.iter().any(|resource| resource.id == server))
    }

    /// Takes the first planned failure of a kind of work that fits.
    pub(crate) fn take_failure(&mut self, operation: &str, server: &str) -> Option<Failure> {
        let index = self.failures.iter().position(|planned| {
            planned.failure.operation == operation && planned.server.as_deref().is_none_or(|id| id == server)
        })?;
        Some(self.failures.remove(index).failure)
    }
}
