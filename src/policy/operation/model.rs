//! Model of a scheduled operation.

use otc_client::csbs::ScheduledOperation;
use serde::{Deserialize, Serialize};
use terraform_plugin::{RawValue, Value, model};

/// The service's only operation type.
pub const BACKUP: &str = "backup";

/// Model of an operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperationModel {
    pub id: Value<String>,
    pub name: Value<String>,
    pub description: Value<String>,
    pub enabled: Value<bool>,
    pub operation_type: Value<String>,
    pub trigger_pattern: Value<String>,
    pub max_backups: Value<i64>,
    pub retention_duration_days: Value<i64>,
    pub permanent: Value<bool>,
    pub day_backups: Value<i64>,
    pub week_backups: Value<i64>,
    pub month_backups: Value<i64>,
    pub year_backups: Value<i64>,
    pub timezone: Value<String>,
}

impl OperationModel {
    /// Models of the elements of a list in a plan, where an element can still be unknown.
    #[must_use]
    pub fn from_elements(elements: &[RawValue]) -> Vec<Self> {
        let unknown = || Self {
            trigger_pattern: Value::Unknown,
            ..Self::default()
        };
        elements
            .iter()
            .map(|element| match model::from_raw(element) {
                Ok(Value::Value(operation)) => operation,
                _ => unknown(),
            })
            .collect()
    }

    /// Numbers of daily, weekly, monthly and yearly backups to keep; zero counts as none.
    #[must_use]
    pub fn calendar_counts(&self) -> [Option<i64>; 4] {
        [
            &self.day_backups,
            &self.week_backups,
            &self.month_backups,
            &self.year_backups,
        ]
        .map(|count| count.as_ref_option().copied().filter(|count| *count > 0))
    }

    /// Whether it has a calendar count.
    #[must_use]
    pub fn has_calendar_counts(&self) -> bool {
        self.calendar_counts().iter().any(Option::is_some)
    }
}

/// The type of an operation; `backup`, the only one, where the service leaves it out.
pub fn operation_type(operation: &ScheduledOperation) -> String {
    operation.operation_type.clone().unwrap_or_else(|| BACKUP.to_owned())
}

/// The operation of an answer. What is not limited, not counted or not in the answer is null; limits beside `permanent`, which
/// have no effect and which validation refuses, are null as well, because a generated configuration has these values.
impl From<&ScheduledOperation> for OperationModel {
    fn from(operation: &ScheduledOperation) -> Self {
        let definition = operation.operation_definition.clone().unwrap_or_default();
        let properties = operation.trigger.clone().and_then(|trigger| trigger.properties);
        let permanent = definition.permanent == Some(true);
        let limit = |limit: Option<i64>| Value::from(limit.filter(|limit| *limit >= 0 && !permanent));
        let count = |count: Option<i64>| Value::from(count.filter(|count| *count > 0));
        Self {
            id: operation.id.clone().into(),
            name: operation.name.clone().into(),
            description: operation.description.clone().unwrap_or_default().into(),
            enabled: operation.enabled.unwrap_or(true).into(),
            operation_type: operation_type(operation).into(),
            trigger_pattern: properties.and_then(|properties| properties.pattern).into(),
            max_backups: limit(definition.max_backups),
            retention_duration_days: limit(definition.retention_duration_days),
            permanent: permanent.then_some(true).into(),
            day_backups: count(definition.day_backups),
            week_backups: count(definition.week_backups),
            month_backups: count(definition.month_backups),
            year_backups: count(definition.year_backups),
            timezone: definition.timezone.into(),
        }
    }
}
