//! What exists in the service, to be compared with what a client believes.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::Status;

/// Everything that exists.
#[derive(Debug, Clone, Serialize)]
pub struct Inventory {
    /// Checkpoints with at least one item left, oldest first.
    pub checkpoints: Vec<CheckpointRecord>,
    /// Policies, oldest first.
    pub policies: Vec<PolicyRecord>,
}

/// One checkpoint.
#[derive(Debug, Clone, Serialize)]
pub struct CheckpointRecord {
    /// Its id.
    pub id: String,
    /// Its project.
    pub project_id: String,
    /// Number in the log of the request that made it; `None`: made by a schedule or by hand.
    pub request: Option<u64>,
    /// The policy whose run made it.
    pub policy_id: Option<String>,
    /// Its items.
    pub items: Vec<ItemRecord>,
}

/// One checkpoint item.
#[derive(Debug, Clone, Serialize)]
pub struct ItemRecord {
    /// Its id.
    pub id: String,
    /// Its checkpoint.
    pub checkpoint_id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The server.
    pub resource_id: String,
    /// Its status.
    pub status: Status,
    /// 0 to 100.
    pub progress: u8,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its backup was done.
    pub finished_at: Option<Timestamp>,
    /// What was really made.
    pub incremental: bool,
    /// Its tags, by key.
    pub tags: std::collections::BTreeMap<String, String>,
}

/// One policy.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyRecord {
    /// Its id.
    pub id: String,
    /// Its project.
    pub project_id: String,
    /// Number in the log of the request that made it.
    pub request: Option<u64>,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// `enabled` or `disabled`.
    pub status: String,
    /// Ids of its servers.
    pub resources: Vec<String>,
    /// Its scheduled operations, as the API shows them.
    pub operations: Vec<Value>,
    /// Its tags, by key.
    pub tags: std::collections::BTreeMap<String, String>,
}

impl Inventory {
    /// All items of all checkpoints.
    pub fn items(&self) -> impl Iterator<Item = &ItemRecord> {
        self.checkpoints.iter().flat_map(|checkpoint| &checkpoint.items)
    }

    /// The checkpoint with this id.
    pub fn checkpoint(&self, id: &str) -> Option<&CheckpointRecord> {
        self.checkpoints.iter().find(|checkpoint| checkpoint.id == id)
    }

    /// The item with this id.
    pub fn item(&self, id: &str) -> Option<&ItemRecord> {
        self.items().find(|item| item.id == id)
    }
}
