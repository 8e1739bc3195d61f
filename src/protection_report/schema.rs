//! Schema of `csbs_protection_report`.

use crate::{
    quotas,
    validators::{each_element, id, not_empty, string},
};
use terraform_plugin::{Attribute, Schema, schema::attributes};

/// The schema.
#[must_use]
pub fn schema() -> Schema {
    Schema::new(
        "Which servers are backed up: the policies that cover them, the newest backup that can be restored, the next run, \
         backups that are unfinished or failed, images that block a deletion, and sizes beside the quotas. Made for use in a \
         `check` block. One read takes as many requests as the lists of backups and policies have pages, one for the quotas, \
         and one for each available backup that the list shows without its creation time.",
    )
    .attributes([
        Attribute::list_of_strings("resource_ids")
            .validate(not_empty(
                "The list of servers is empty",
                "Name at least one server, or leave the argument out to report on all servers.",
            ))
            .validate(each_element(string("The server ID is not valid", id())))
            .doc("IDs of the servers to report on. Default: every server that a policy or a backup names."),
        Attribute::list_of_objects("servers", attributes(server_attributes()))
            .computed()
            .doc("The servers, in the order of `resource_ids`; by ID without it."),
        Attribute::list_of_objects("policies", attributes(policy_attributes()))
            .computed()
            .doc("All policies of the project, in the order of their names."),
        Attribute::list_of_objects("quotas", quotas::quota_attributes())
            .computed()
            .doc("The quotas of the project, in the order of their types."),
        Attribute::number("backup_count")
            .computed()
            .doc("Number of backups of the servers in the report."),
        Attribute::number("size")
            .computed()
            .doc("Size of these backups in MB."),
    ])
}

fn server_attributes() -> Vec<Attribute> {
    [
        Attribute::string("resource_id").doc("ID of the server."),
        Attribute::string("resource_name")
            .doc("Name of the server at the time of its newest backup; null when it has none."),
        Attribute::list_of_strings("policy_ids").doc("IDs of the policies that cover the server."),
        Attribute::list_of_strings("policy_names").doc("Names of these policies, in the same order."),
        Attribute::bool("scheduled").doc("Whether one of these policies runs by its schedule."),
        Attribute::string("next_run")
            .doc("When the next of these policies runs (RFC 3339, UTC); null when none does or it is not known."),
        Attribute::string("newest_backup_id")
            .doc("ID of the newest backup that is `available`; null when there is none."),
        Attribute::string("newest_backup_created_at").doc("When that backup was started (RFC 3339, UTC)."),
        Attribute::number("newest_backup_age_hours")
            .doc("Age of that backup in whole hours, rounded down; null when there is none."),
        Attribute::bool("restorable").doc(
            "Whether there is a backup that can be restored by its status. The data source `csbs_restore_capability` asks \
             the service about one backup and its disks.",
        ),
        Attribute::string("not_restorable_reason").doc("Why no backup can be restored; null when one can."),
        Attribute::list_of_strings("unfinished_backup_ids").doc("IDs of the backups that are not finished."),
        Attribute::list_of_strings("failed_backup_ids").doc("IDs of the backups whose status is `error`."),
        Attribute::list_of_objects("images", attributes(image_attributes()))
            .doc("Images made from backups of the server. A backup cannot be deleted before its image is."),
        Attribute::number("backup_count").doc("Number of backups of the server."),
        Attribute::number("size").doc("Size of these backups in MB."),
    ]
    .map(Attribute::computed)
    .into()
}

/// Attributes of an image that was made from a backup.
#[must_use]
pub fn image_attributes() -> [Attribute; 2] {
    [
        Attribute::string("image_id").doc("ID of the image."),
        Attribute::string("backup_id").doc("ID of the backup that the image was made from."),
    ]
    .map(Attribute::computed)
}

fn policy_attributes() -> Vec<Attribute> {
    [
        Attribute::string("id").doc("ID of the policy."),
        Attribute::string("name").doc("Name of the policy."),
        Attribute::bool("enabled").doc("Whether the policy runs by its schedule."),
        Attribute::string("next_run")
            .doc("When the policy runs next (RFC 3339, UTC); null when it does not or it is not known."),
        Attribute::list_of_strings("resource_ids").doc("IDs of the servers that the policy covers."),
        Attribute::number("backup_count")
            .doc("Number of backups of those servers that are in the report, also those that other runs created."),
        Attribute::number("size").doc("Size of these backups in MB."),
    ]
    .map(Attribute::computed)
    .into()
}
