//! A vault as the data sources show it: attributes, model, and conversion from the API.

use serde::{Deserialize, Serialize};

use crate::service_value::{text, time};
use otc_client::cbr::{Tags, Vault};
use terraform_plugin::{Attribute, Value, schema};

use super::resource_model::{self, VaultResourceData};

/// Attributes of a vault.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("id").doc("ID of the vault."),
        Attribute::string("name").doc("Name of the vault."),
        Attribute::string("description").doc("Description of the vault."),
        Attribute::string("status").doc(
            "Status: `available`, `lock` (a change of the capacity is running; backups are possible), `frozen`, `deleting` or \
             `error`.",
        ),
        Attribute::bool("locked").doc(
            "Whether the vault has write-once protection: its automatic backups cannot be deleted, and its servers cannot be \
             taken out. It is not the status `lock`.",
        ),
        Attribute::number("size_gb").doc("Capacity in GB, which is what CBR bills."),
        Attribute::number("used_mb").doc("Space that the backups take in MB. When it exceeds the capacity, backups are refused."),
        Attribute::number("allocated_gb").doc("Sum of the sizes of the servers and disks in the vault in GB."),
        Attribute::string("object_type").doc("Kind of resources in it: `server`, `disk` or `turbo`."),
        Attribute::string("protect_type").doc("`backup`, or `replication` for copies from another region."),
        Attribute::string("cloud_type").doc("Kind of cloud, such as `public`."),
        Attribute::string("consistent_level").doc("Consistency of the backups, such as `crash_consistent`."),
        Attribute::string("charging_mode").doc("How the capacity is charged, such as `post_paid`."),
        Attribute::string("spec_code").doc("Specification, such as `vault.backup.server.normal`."),
        Attribute::string("frozen_scene").doc("Why the vault is frozen; null when it is not."),
        Attribute::bool("auto_bind").doc("Whether servers with the tags `bind_tags` are added to the vault automatically."),
        Attribute::map_of_strings("bind_tags").doc("Tags of servers that are added to the vault automatically."),
        Attribute::bool("auto_expand").doc("Whether the capacity grows automatically when the vault is full."),
        Attribute::map_of_strings("tags").doc("Tags of the vault."),
        Attribute::string("created_at").doc("When the vault was created (RFC 3339, UTC)."),
        Attribute::string("project_id").doc("ID of the project."),
        Attribute::list_of_objects("resources", schema::attributes(resource_model::attributes()))
            .doc("The servers or disks in the vault, in the order of their IDs."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Model of a vault.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultData {
    id: Value<String>,
    name: Value<String>,
    description: Value<String>,
    status: Value<String>,
    locked: Value<bool>,
    size_gb: Value<i64>,
    used_mb: Value<i64>,
    allocated_gb: Value<i64>,
    object_type: Value<String>,
    protect_type: Value<String>,
    cloud_type: Value<String>,
    consistent_level: Value<String>,
    charging_mode: Value<String>,
    spec_code: Value<String>,
    frozen_scene: Value<String>,
    auto_bind: Value<bool>,
    bind_tags: Value<Tags>,
    auto_expand: Value<bool>,
    tags: Value<Tags>,
    created_at: Value<String>,
    project_id: Value<String>,
    resources: Value<Vec<VaultResourceData>>,
}

impl From<&Vault> for VaultData {
    fn from(vault: &Vault) -> Self {
        let mut resources: Vec<_> = vault.resources.iter().collect();
        // The service does not document its order.
        resources.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            id: vault.id.clone().into(),
            name: text(vault.name.as_deref()),
            description: vault.description.clone().unwrap_or_default().into(),
            status: text(Some(vault.status.as_str())),
            locked: vault.locked.into(),
            size_gb: vault.size_gb.into(),
            used_mb: vault.used_mb.into(),
            allocated_gb: vault.allocated_gb.into(),
            object_type: text(vault.object_type.as_deref()),
            protect_type: text(vault.protect_type.as_deref()),
            cloud_type: text(vault.cloud_type.as_deref()),
            consistent_level: text(vault.consistent_level.as_deref()),
            charging_mode: text(vault.charging_mode.as_deref()),
            spec_code: text(vault.spec_code.as_deref()),
            frozen_scene: text(vault.frozen_scene.as_deref()),
            auto_bind: vault.auto_bind.into(),
            bind_tags: vault.bind_tags.clone().unwrap_or_default().into(),
            auto_expand: vault.auto_expand.into(),
            tags: vault.tags.clone().unwrap_or_default().into(),
            created_at: time(vault.created_at.as_deref()),
            project_id: text(vault.project_id.as_deref()),
            resources: resources
                .into_iter()
                .map(VaultResourceData::from)
                .collect::<Vec<_>>()
                .into(),
        }
    }
}

/// A vault as a line of a list.
#[must_use]
pub fn vault_line(vault: &Vault) -> String {
    format!(
        "  vault {}: name {:?}, status {}, created at {}, {} servers or disks",
        vault.id,
        vault.name.as_deref().unwrap_or_default(),
        vault.status.as_str(),
        vault.created_at.as_deref().unwrap_or("an unknown time"),
        vault.resources.len()
    )
}
