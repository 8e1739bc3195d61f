//! The objects in the service, for comparison with a client's state.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::{Simulator, Status, api::operation_view, objects::Item, timeline::advance_to_now};

/// All objects in the service.
#[derive(Debug, Clone, Serialize)]
pub struct Inventory {
    /// Checkpoints with at least one item, oldest first.
    pub checkpoints: Vec<CheckpointRecord>,
    /// Policies, oldest first.
    pub policies: Vec<PolicyRecord>,
}

/// Checkpoint.
#[derive(Debug, Clone, Serialize)]
pub struct CheckpointRecord {
    /// ID.
    pub id: String,
    /// ID of the project.
    pub project_id: String,
    /// Log number of the request that created it; `None` if a schedule or a test created it.
    pub request: Option<u64>,
    /// ID of the policy whose run created it.
    pub policy_id: Option<String>,
    /// Items of the checkpoint.
    pub items: Vec<ItemRecord>,
}

/// Checkpoint item.
#[derive(Debug, Clone, Serialize)]
pub struct ItemRecord {
    /// ID.
    pub id: String,
    /// ID of the checkpoint.
    pub checkpoint_id: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// ID of the server.
    pub resource_id: String,
    /// Region.
    pub region: String,
    /// Status.
    pub status: Status,
    /// Progress in percent.
    pub progress: u8,
    /// Time of its creation.
    pub created_at: Timestamp,
    /// Time at which its backup finished.
    pub finished_at: Option<Timestamp>,
    /// `true` for an incremental backup, `false` for a full one.
    pub incremental: bool,
    /// Tags, by key.
    pub tags: std::collections::BTreeMap<String, String>,
}

/// Policy.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyRecord {
    /// ID.
    pub id: String,
    /// ID of the project.
    pub project_id: String,
    /// Region.
    pub region: String,
    /// Log number of the request that created it.
    pub request: Option<u64>,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// `enabled` or `disabled`.
    pub status: String,
    /// IDs of its servers.
    pub resources: Vec<String>,
    /// Scheduled operations, as in responses.
    pub operations: Vec<Value>,
    /// Tags, by key.
    pub tags: std::collections::BTreeMap<String, String>,
}

impl Inventory {
    /// Returns the items of all checkpoints.
    pub fn items(&self) -> impl Iterator<Item = &ItemRecord> {
        self.checkpoints.iter().flat_map(|checkpoint| &checkpoint.items)
    }

    /// Returns the checkpoint with this ID.
    pub fn checkpoint(&self, id: &str) -> Option<&CheckpointRecord> {
        self.checkpoints.iter().find(|checkpoint| checkpoint.id == id)
    }

    /// Returns the item with this ID.
    pub fn item(&self, id: &str) -> Option<&ItemRecord> {
        self.items().find(|item| item.id == id)
    }
}

impl Simulator {
    /// Returns all objects that exist now.
    pub fn inventory(&self) -> Inventory {
        let state = &mut *self.state();
        let now = advance_to_now(state);
        let checkpoints = state
            .objects
            .checkpoints
            .iter()
            .map(|checkpoint| CheckpointRecord {
                id: checkpoint.id.clone(),
                project_id: checkpoint.project_id.clone(),
                request: checkpoint.request,
                policy_id: checkpoint.policy_id.clone(),
                items: state
                    .objects
                    .items
                    .iter()
                    .filter(|item| item.checkpoint_id == checkpoint.id)
                    .map(|item| record(item, now))
                    .collect(),
            })
            .collect();
        let policies = state
            .objects
            .policies
            .iter()
            .map(|policy| PolicyRecord {
                id: policy.id.clone(),
                project_id: policy.project_id.clone(),
                region: policy.region.clone(),
                request: policy.request,
                name: policy.name.clone(),
                description: policy.description.clone(),
                status: policy.status().to_owned(),
                resources: policy.resources.iter().map(|resource| resource.id.clone()).collect(),
                operations: policy
                    .operations
                    .iter()
                    .map(|operation| operation_view(policy, operation))
                    .collect(),
                tags: policy.tags.iter().cloned().collect(),
            })
            .collect();
        Inventory { checkpoints, policies }
    }
}

pub(crate) fn record(item: &Item, now: Timestamp) -> ItemRecord {
    ItemRecord {
        id: item.id.clone(),
        checkpoint_id: item.checkpoint_id.clone(),
        name: item.name.clone(),
        description: item.description.clone(),
        resource_id: item.server.id.clone(),
        region: item.region.clone(),
        status: item.status,
        progress: item.progress(now),
        created_at: item.created_at,
        finished_at: item.finished_at,
        incremental: item.incremental,
        tags: item.tags.iter().cloned().collect(),
    }
}
