//! The server as it was at the time of a backup: attributes, model, and conversion from the API.

use otc_client::csbs::CheckpointItem;
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Value};

use crate::service_value::text;

/// Attributes of the server.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    [
        Attribute::string("name").doc("Name of the server."),
        Attribute::string("eip").doc("Elastic IP address; null when it is not known."),
        Attribute::string("private_ip").doc("Private IP address; null when it is not known."),
        Attribute::string("cloud_service_type").doc("Type of the cloud service."),
        Attribute::string("image_type").doc("Type of the server's image: `gold`, `private` or `market`."),
        Attribute::number("ram").doc("Memory in MB."),
        Attribute::number("vcpus").doc("Number of virtual CPUs."),
        Attribute::number("disk").doc("Size of the system disk in GB."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Model of the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VmMetadata {
    pub name: Value<String>,
    pub eip: Value<String>,
    pub private_ip: Value<String>,
    pub cloud_service_type: Value<String>,
    pub image_type: Value<String>,
    pub ram: Value<i64>,
    pub vcpus: Value<i64>,
    pub disk: Value<i64>,
}

impl VmMetadata {
    /// The server of a backup; `None` where the answer does not describe it.
    #[must_use]
    pub fn of(item: &CheckpointItem) -> Option<Self> {
        let server = item.backup_data.as_ref()?;
        let name = item.extend_info.as_ref().and_then(|info| info.resource_name.as_deref());
        Some(Self {
            name: text(name),
            eip: text(server.eip.as_deref()),
            private_ip: text(server.private_ip.as_deref()),
            cloud_service_type: text(server.cloud_service_type.as_deref()),
            image_type: text(server.image_type.as_deref()),
            ram: server.ram.into(),
            vcpus: server.vcpus.into(),
            disk: server.disk.into(),
        })
    }
}
