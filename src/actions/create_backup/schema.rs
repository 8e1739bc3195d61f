//! The schema of `csbs_create_backup`.

use terraform_plugin::{Attribute, Schema};

use crate::{
    actions::operation::timeout_attribute,
    validators::{additional_information, id, object_description, object_name, server_type, string, tags},
};

/// Schema of `csbs_create_backup`.
pub fn schema() -> Schema {
    Schema::new(
        "Creates a backup of a server, and waits until it is available. Use it to back up a server when something else changes: \
         before an update or a destroy of another resource, or by hand. The backup is in no state, so that Terraform never \
         deletes it: the last event of the action has its ID, and the action `csbs_prune_backups` deletes old backups. Use the \
         resource `csbs_backup` when other resources must depend on the backup or when its ID is needed afterwards.",
    )
    .attributes([
        Attribute::string("resource_id")
            .required()
            .validate(string("The server ID is not valid", id()))
            .doc("ID of the server to back up."),
        Attribute::string("resource_type")
            .validate(string("The resource type is not valid", server_type()))
            .doc("Type of what is backed up. Default `OS::Nova::Server`, the only type of the service."),
        Attribute::string("backup_name")
            .validate(string("The backup name is not valid", object_name()))
            .doc(
                "Name of the backup: 1 to 255 letters, digits, `_` and `-`. The service chooses a name when this is left out.",
            ),
        Attribute::string("description")
            .validate(string("The description is not valid", object_description()))
            .doc("Description of the backup: up to 255 characters, without `<` and `>`."),
        Attribute::bool("incremental").doc(
            "Whether to request an incremental backup (`true`) or a full one (`false`). The first backup of a server is always \
             full.",
        ),
        Attribute::map_of_strings("tags").validate(tags()).doc(
            "Tags of the backup: at most 10; keys of 1 to 36, values of 0 to 43 letters, digits, `-` and `_`.",
        ),
        Attribute::any("extra_info")
            .validate(additional_information)
            .doc("Additional information for the service: any object, sent as it is."),
        timeout_attribute(),
    ])
}
