//! Arguments that select backups.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    tag_filter::{self, TagFilterModel},
    time_range::{self, TimeRange},
    validators::{Check, id, string},
};
use otc_client::csbs::Status;
use terraform_plugin::{Attribute, Diagnostics, Value};

/// Model of the arguments that select backups.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupFilters {
    /// Filters by attributes of a backup.
    #[serde(flatten)]
    pub attributes: AttributeFilters,
    /// Filters by everything else.
    #[serde(flatten)]
    pub search: SearchFilters,
}

/// Model of the filters that have the name and the value of a backup's attribute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct AttributeFilters {
    pub backup_name: Value<String>,
    pub checkpoint_id: Value<String>,
    pub image_type: Value<String>,
    pub resource_az: Value<String>,
    pub resource_id: Value<String>,
    pub resource_name: Value<String>,
    pub resource_type: Value<String>,
    pub status: Value<String>,
}

/// Model of the filters that no attribute of a backup corresponds to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct SearchFilters {
    pub all_tenants: Value<bool>,
    pub ip: Value<String>,
    pub name_contains: Value<String>,
    pub policy_id: Value<String>,
    pub resource_name_contains: Value<String>,
    #[serde(flatten)]
    pub time_range: TimeRange,
    #[serde(flatten)]
    pub tags: TagFilterModel,
}

/// The filters that have the name of a backup's attribute, except `image_type`.
#[must_use]
pub fn attribute_filters() -> [Attribute; 7] {
    [
        Attribute::string("backup_name").doc("Exact name of the backup."),
        Attribute::string("status")
            .validate(string("The status is not valid", [status()]))
            .doc("Status, such as `available`."),
        Attribute::string("resource_id")
            .validate(string(INVALID_ID, id()))
            .doc("ID of the server."),
        Attribute::string("resource_name").doc("Exact name of the server."),
        Attribute::string("resource_type").doc("Type of the backed up resource, `OS::Nova::Server`."),
        Attribute::string("resource_az").doc("Availability zone of the server."),
        Attribute::string("checkpoint_id")
            .validate(string(INVALID_ID, id()))
            .doc("ID of the checkpoint (backup record)."),
    ]
}

/// The filters that no attribute of a backup corresponds to.
#[must_use]
pub fn search_filters() -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute::string("name_contains").doc("Part of the backup's name."),
        Attribute::string("resource_name_contains").doc("Part of the server's name."),
        Attribute::string("policy_id")
            .validate(string(INVALID_ID, id()))
            .doc("ID of the policy that created the backup."),
        Attribute::string("ip")
            .validate(string("The IP address is not valid", [ip_address()]))
            .doc(
                "Exact IP address of the server at the time of the backup, private or elastic. Backups for which the \
                 service reports no address are left out, with a warning.",
            ),
        Attribute::bool("all_tenants").doc("Whether to search all projects; for administrators only."),
    ];
    attributes.extend(time_range::attributes());
    attributes.extend(tag_filter::attributes("backup"));
    attributes
}

/// All filters.
#[must_use]
pub fn all_filters() -> Vec<Attribute> {
    let mut attributes = search_filters();
    attributes.extend(attribute_filters());
    attributes.push(Attribute::string("image_type").doc("Type of the backup, `backup`."));
    attributes
}

const INVALID_ID: &str = "The ID is not valid";

impl BackupFilters {
    /// Reports a time range that no backup can be in.
    pub fn validate(&self, diags: &mut Diagnostics) {
        self.search.time_range.validate(diags);
    }
}

fn ip_address() -> Check {
    Box::new(|text| match text.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err("It must be a whole IPv4 or IPv6 address, such as \"192.168.0.12\".".to_owned()),
    })
}

fn status() -> Check {
    Box::new(|text| match Status::from(text) {
        Status::Unknown(_) => Err(
            "It must be one of waiting_protect, protecting, available, waiting_restore, restoring, waiting_delete, \
             deleting, deleted or error."
                .to_owned(),
        ),
        _ => Ok(()),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use terraform_plugin::{RawValue, Schema, model};

    fn object<const N: usize>(values: [(&str, RawValue); N]) -> RawValue {
        RawValue::Map(BTreeMap::from(values.map(|(name, value)| (name.to_owned(), value))))
    }

    #[test]
    fn an_invalid_filter_is_named_and_not_quoted() {
        let names = ["end_time", "ip", "resource_id", "start_time", "status"];
        let config = object(names.map(|name| (name, "LEAK filter".into())));
        let mut diags = Diagnostics::default();
        Schema::new("").attributes(all_filters()).validate(&config, &mut diags);
        let mut paths: Vec<_> = diags.errors.iter().map(|error| error.attribute.to_string()).collect();
        paths.dedup();
        assert_eq!(paths, names);
        assert!(
            !diags.errors.iter().any(|error| error.detail.contains("LEAK")),
            "{diags:?}"
        );
    }

    #[test]
    fn an_empty_time_range_is_an_error_once_both_ends_are_known() {
        let errors = |end: RawValue| {
            let config = object([("start_time", "2026-01-02T00:00:00Z".into()), ("end_time", end)]);
            let filters: BackupFilters = model::from_raw(&config).unwrap();
            let mut diags = Diagnostics::default();
            filters.validate(&mut diags);
            diags.errors.len()
        };
        assert_eq!(errors("2026-01-01T00:00:00Z".into()), 1);
        assert_eq!(errors("2026-01-02T00:00:00Z".into()), 0);
        assert_eq!(errors(RawValue::UNKNOWN), 0);
    }
}
