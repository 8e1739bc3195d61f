//! Backup policies.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Schedule;

/// Backup policy.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub id: String,
    pub project_id: String,
    pub region: String,
    pub name: String,
    pub description: Option<String>,
    pub parameters: Value,
    pub resources: Vec<PolicyResource>,
    pub operations: Vec<ScheduledOperation>,
    pub tags: Vec<(String, String)>,
    pub created_at: Timestamp,
    /// Log number of the request that created it.
    pub request: Option<u64>,
}

/// Server of a policy.
#[derive(Debug, Clone)]
pub(crate) struct PolicyResource {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub extra_info: Value,
}

/// Scheduled operation: when and how a policy creates backups.
#[derive(Debug, Clone)]
pub(crate) struct ScheduledOperation {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub enabled: bool,
    pub trigger_id: String,
    pub pattern: String,
    pub schedule: Schedule,
    /// Definition as it was sent, with numbers and booleans.
    pub definition: Map<String, Value>,
    /// Start of its current pattern.
    pub start_time: Timestamp,
    pub next_run: Option<Timestamp>,
}

impl Policy {
    pub(crate) fn status(&self) -> &'static str {
        if self.operations.iter().any(|operation| operation.enabled) {
            "enabled"
        } else {
            "disabled"
        }
    }
}

impl ScheduledOperation {
    /// Returns a number of the definition; -1 if it is absent.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.definition.get(name).and_then(Value::as_i64).unwrap_or(-1)
    }
}
