//! A server or disk in a vault: attributes, model, and conversion from the API.

use serde::{Deserialize, Serialize};

use crate::service_value::text;
use otc_client::cbr::VaultResource;
use terraform_plugin::{Attribute, Value};

/// Attributes of a server or disk in a vault.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("id").doc("ID of the server or disk."),
        Attribute::string("type").doc("Type, such as `OS::Nova::Server`."),
        Attribute::string("name").doc("Name."),
        Attribute::number("size_gb").doc("Size of its disks in GB."),
        Attribute::string("protect_status")
            .doc("What the service does with it: `available` (nothing), `protecting`, `restoring`, `removing` or `error`."),
        Attribute::number("backup_count").doc("Number of its backups in the vault."),
        Attribute::number("backup_size")
            .doc("Size of its backups, as the service reports it. The unit is not documented; `used_mb` of the vault is in MB."),
        Attribute::set_of_strings("exclude_volumes").doc("IDs of the disks that backups of the server leave out."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Model of a server or disk in a vault.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultResourceData {
    id: Value<String>,
    #[serde(rename = "type")]
    resource_type: Value<String>,
    name: Value<String>,
    size_gb: Value<i64>,
    protect_status: Value<String>,
    backup_count: Value<i64>,
    backup_size: Value<i64>,
    exclude_volumes: Value<Vec<String>>,
}

impl From<&VaultResource> for VaultResourceData {
    fn from(resource: &VaultResource) -> Self {
        Self {
            id: resource.id.clone().into(),
            resource_type: text(resource.resource_type.as_deref()),
            name: text(resource.name.as_deref()),
            size_gb: resource.size_gb.into(),
            protect_status: text(Some(resource.protect_status.as_str())),
            backup_count: resource.backup_count.into(),
            backup_size: resource.backup_size.into(),
            exclude_volumes: resource.exclude_volumes.clone().into(),
        }
    }
}
