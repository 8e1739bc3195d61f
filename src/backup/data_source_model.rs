//! A backup as the data sources show it: attributes, model, and conversion from the API.

use serde::{Deserialize, Serialize};

use crate::service_value::text;
use otc_client::csbs::{CheckpointItem, Tags};
use terraform_plugin::{Attribute, Value};

use super::{
    details::{self, BackupDetails},
    query::AttributeFilters,
    summary::{self, BackupSummary},
};

/// Attributes of one backup.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    let own = [
        Attribute::string("id").doc("ID of the backup (checkpoint item)."),
        Attribute::string("checkpoint_id").doc("ID of the checkpoint (backup record)."),
        Attribute::string("backup_name").doc("Name of the backup."),
        Attribute::string("description").doc("Description of the backup."),
        Attribute::string("resource_id").doc("ID of the server."),
        Attribute::string("resource_type").doc("Type of the backed up resource."),
        Attribute::map_of_strings("tags").doc("Tags of the backup."),
        Attribute::bool("auto_trigger").doc("Whether the schedule of a policy created the backup."),
        Attribute::bool("support_lld")
            .doc("Whether the backup supports Instant Restore, a fast restore; null when the service does not say."),
    ]
    .map(Attribute::computed);
    let mut attributes = summary::attributes();
    attributes.extend(details::attributes());
    attributes.extend(own);
    attributes
}

/// Model of one backup.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupData {
    id: Value<String>,
    checkpoint_id: Value<String>,
    backup_name: Value<String>,
    description: Value<String>,
    resource_id: Value<String>,
    resource_type: Value<String>,
    tags: Value<Tags>,
    auto_trigger: Value<bool>,
    support_lld: Value<bool>,
    #[serde(flatten)]
    summary: BackupSummary,
    #[serde(flatten)]
    details: BackupDetails,
}

impl From<&CheckpointItem> for BackupData {
    fn from(item: &CheckpointItem) -> Self {
        let info = item.extend_info.as_ref();
        Self {
            id: item.id.clone().into(),
            checkpoint_id: item.checkpoint_id.clone().into(),
            backup_name: text(item.name.as_deref()),
            description: item.description.clone().unwrap_or_default().into(),
            resource_id: text(item.resource_id.as_deref()),
            resource_type: text(item.resource_type.as_deref()),
            tags: item.tags.clone().unwrap_or_default().into(),
            auto_trigger: info.and_then(|info| info.auto_trigger).into(),
            support_lld: info.and_then(|info| info.support_lld).into(),
            summary: item.into(),
            details: item.into(),
        }
    }
}

impl BackupData {
    /// Takes the configured values, which a result must contain unchanged: the service can leave out what it filters by.
    pub fn keep_configured(&mut self, configured: &AttributeFilters) {
        for (shown, configured) in [
            (&mut self.backup_name, &configured.backup_name),
            (&mut self.checkpoint_id, &configured.checkpoint_id),
            (&mut self.resource_id, &configured.resource_id),
            (&mut self.resource_type, &configured.resource_type),
            (&mut self.summary.resource_name, &configured.resource_name),
            (&mut self.summary.status, &configured.status),
            (&mut self.details.resource_az, &configured.resource_az),
        ] {
            if configured.is_value() {
                shown.clone_from(configured);
            }
        }
    }
}
