//! Arguments that select vault backups.

use serde::{Deserialize, Serialize};

use crate::{
    time_range::{self, TimeRange},
    validators::{Check, id, one_of, string, whole_number},
};
use terraform_plugin::{Attribute, Diagnostics, Value};

/// Model of the arguments that select vault backups.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultBackupFilters {
    /// Filters by attributes of a backup.
    #[serde(flatten)]
    pub attributes: AttributeFilters,
    /// Filters by the kind of resource.
    #[serde(flatten)]
    pub resource: ResourceFilters,
    /// Filters by everything else.
    #[serde(flatten)]
    pub search: SearchFilters,
}

/// Model of the filters that select other backups than those of servers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct ResourceFilters {
    pub parent_id: Value<String>,
    pub resource_type: Value<String>,
}

/// Model of the filters that have the name and the value of a backup's attribute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct AttributeFilters {
    pub checkpoint_id: Value<String>,
    pub image_type: Value<String>,
    pub name: Value<String>,
    pub resource_az: Value<String>,
    pub resource_id: Value<String>,
    pub resource_name: Value<String>,
    pub status: Value<String>,
    pub vault_id: Value<String>,
}

/// Model of the filters that no attribute of a backup corresponds to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct SearchFilters {
    pub dec: Value<bool>,
    pub member_status: Value<String>,
    pub name_contains: Value<String>,
    pub own_type: Value<String>,
    pub resource_name_contains: Value<String>,
    #[serde(flatten)]
    pub time_range: TimeRange,
    pub used_percent: Value<i64>,
}

/// The filters that have the name of a backup's attribute.
#[must_use]
pub fn attribute_filters() -> [Attribute; 8] {
    [
        Attribute::string("name").doc("Exact name of the backup."),
        Attribute::string("status")
            .validate(string("The status is not valid", [status()]))
            .doc("Status, such as `available`."),
        id_of("vault_id").doc("ID of the vault."),
        id_of("resource_id").doc("ID of the server."),
        Attribute::string("resource_name").doc("Exact name of the server."),
        Attribute::string("resource_az").doc("Availability zone of the server."),
        id_of("checkpoint_id").doc("ID of the checkpoint (restore point)."),
        Attribute::string("image_type").doc("Type of the backup: `backup`, or `replication` for a copy."),
    ]
}

/// The filters that select other backups than those of servers.
#[must_use]
pub fn resource_filters() -> [Attribute; 2] {
    [
        Attribute::string("resource_type").doc("Type of the backed up resource, such as `OS::Nova::Server`."),
        id_of("parent_id")
            .doc("ID of a server's backup, to find the backups of its disks, which are left out otherwise."),
    ]
}

fn id_of(name: &str) -> Attribute {
    Attribute::string(name).validate(string("The ID is not valid", id()))
}

/// The filters that no attribute of a backup corresponds to.
#[must_use]
pub fn search_filters() -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute::string("name_contains").doc("Part of the backup's name."),
        Attribute::string("resource_name_contains").doc("Part of the server's name."),
        Attribute::number("used_percent")
            .validate(whole_number("The percentage is not valid", 1..=100))
            .doc("Backups in vaults that are filled to at least this percentage, 1 to 100. Only the service compares it."),
        Attribute::string("own_type")
            .validate(string(
                "The ownership is not valid",
                [one_of(&["private", "shared", "all_granted"])],
            ))
            .doc("Whose backups: `private` (the project's, the default), `shared` or `all_granted`. Only the service compares it."),
        Attribute::string("member_status")
            .validate(string(
                "The status of the sharing is not valid",
                [one_of(&["pending", "accepted", "rejected"])],
            ))
            .doc("Shared backups that are `pending`, `accepted` or `rejected`. Only the service compares it."),
        Attribute::bool("dec").doc("Whether the backups are in a dedicated cloud. Only the service compares it."),
    ];
    attributes.extend(time_range::attributes());
    attributes
}

impl VaultBackupFilters {
    /// Reports a time range that no backup can be in.
    pub fn validate(&self, diags: &mut Diagnostics) {
        self.search.time_range.validate(diags);
    }

    /// Names of the configured filters that only a list of the service compares, because no backup shows what they are about.
    pub fn compared_by_lists_only(&self) -> Vec<&'static str> {
        let search = &self.search;
        let filters = [
            ("used_percent", search.used_percent.is_null()),
            ("own_type", search.own_type.is_null()),
            ("member_status", search.member_status.is_null()),
            ("dec", search.dec.is_null()),
        ];
        let configured = filters.into_iter().filter(|(_, is_null)| !is_null);
        configured.map(|(name, _)| name).collect()
    }
}

fn status() -> Check {
    one_of(&[
        "waiting_protect",
        "protecting",
        "available",
        "waiting_restore",
        "restoring",
        "waiting_delete",
        "deleting",
        "error",
    ])
}
