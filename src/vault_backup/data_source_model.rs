//! A vault backup as the data sources show it: attributes, model, and conversion from the API.

use otc_client::cbr::{Backup, Task};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Value};

use crate::service_value::{text, time};

use super::summary::{self, VaultBackupSummary};

/// Attributes of one vault backup.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    let own = [
        Attribute::string("id").doc("ID of the backup."),
        Attribute::string("checkpoint_id").doc("ID of the checkpoint (restore point) that the backup is part of."),
        Attribute::string("vault_id").doc("ID of the vault that the backup is in."),
        Attribute::string("parent_id").doc("ID of the server's backup, if this is the backup of one of its disks."),
        Attribute::string("name").doc("Name of the backup."),
        Attribute::string("description").doc("Description of the backup."),
        Attribute::string("resource_id").doc("ID of the server."),
        Attribute::string("resource_type").doc("Type of the backed up resource, such as `OS::Nova::Server`."),
        Attribute::string("resource_az").doc("Availability zone of the server."),
        Attribute::string("image_type").doc("Type of the backup: `backup`, or `replication` for a copy."),
        Attribute::string("updated_at").doc("When the backup was last changed (RFC 3339, UTC)."),
        Attribute::string("protected_at").doc(
            "Time of the backup (RFC 3339, UTC), as the service calls it; null until it is known. The documentation does not \
             say how it relates to `created_at`.",
        ),
        Attribute::bool("auto_trigger").doc("Whether a policy created the backup, so that its retention can delete it."),
        Attribute::bool("support_lld").doc("Whether the backup supports a fast restore; null when the service does not say."),
        Attribute::bool("contain_system_disk").doc("Whether the backup has the server's system disk."),
        Attribute::bool("encrypted").doc("Whether a disk in the backup is encrypted."),
        Attribute::string("project_id").doc("ID of the project."),
    ]
    .map(Attribute::computed);
    let mut attributes = summary::attributes();
    attributes.extend(own);
    attributes
}

/// Model of one vault backup.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultBackupData {
    id: Value<String>,
    checkpoint_id: Value<String>,
    vault_id: Value<String>,
    parent_id: Value<String>,
    name: Value<String>,
    description: Value<String>,
    resource_id: Value<String>,
    resource_type: Value<String>,
    resource_az: Value<String>,
    image_type: Value<String>,
    updated_at: Value<String>,
    protected_at: Value<String>,
    auto_trigger: Value<bool>,
    support_lld: Value<bool>,
    contain_system_disk: Value<bool>,
    encrypted: Value<bool>,
    project_id: Value<String>,
    #[serde(flatten)]
    summary: VaultBackupSummary,
}

impl VaultBackupData {
    /// A backup, and its newest task if it is in `error`: only tasks have the reason.
    #[must_use]
    pub fn new(backup: &Backup, task: Option<&Task>) -> Self {
        let mut summary = VaultBackupSummary::from(backup);
        if let Some(task) = task {
            summary.apply_task(task);
        }
        Self {
            id: backup.id.clone().into(),
            checkpoint_id: text(backup.checkpoint_id.as_deref()),
            vault_id: text(backup.vault_id.as_deref()),
            parent_id: text(backup.parent_id.as_deref()),
            name: text(backup.name.as_deref()),
            description: backup.description.clone().unwrap_or_default().into(),
            resource_id: text(backup.resource_id.as_deref()),
            resource_type: text(backup.resource_type.as_deref()),
            resource_az: text(backup.resource_az.as_deref()),
            image_type: text(backup.image_type.as_deref()),
            updated_at: time(backup.updated_at.as_deref()),
            protected_at: time(backup.protected_at.as_deref()),
            auto_trigger: backup.auto_trigger.into(),
            support_lld: backup.support_lld.into(),
            contain_system_disk: backup.contain_system_disk.into(),
            encrypted: backup.encrypted.into(),
            project_id: text(backup.project_id.as_deref()),
            summary,
        }
    }
}
