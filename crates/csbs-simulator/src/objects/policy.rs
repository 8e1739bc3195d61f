//! One backup policy.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Schedule;

/// One backup policy.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub id: String,
    pub project_id: String,
    pub name: String,
    pub description: Option<String>,
    pub parameters: Value,
    pub resources: Vec<PolicyResource>,
    pub operations: Vec<ScheduledOperation>,
    pub tags: Vec<(String, String)>,
    pub created_at: Timestamp,
    /// Number in the log of the request that made it.
    pub request: Option<u64>,
}

/// A server in a policy.
#[derive(Debug, Clone)]
pub(crate) struct PolicyResource {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub extra_info: Value,
}

/// When and how a policy makes backups.
#[derive(Debug, Clone)]
pub(crate) struct ScheduledOperation {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub enabled: bool,
    pub trigger_id: String,
    pub pattern: String,
    pub schedule: Schedule,
    /// As sent: numbers and booleans.
    pub definition: Map<String, Value>,
    /// When its current pattern began.
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
    /// A number of the definition; -1 where nothing is said.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.definition.get(name).and_then(Value::as_i64).unwrap_or(-1)
    }
}
