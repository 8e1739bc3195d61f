//! Schema of `csbs_backup`.

use crate::{
    attribute::{
        Attributes, block, computed, list_of_objects, map_of_strings, named, object, optional, optional_computed,
        required,
    },
    timeouts,
};
use terraform_plugin::{AttributeType, Schema};

use super::{details, summary};

const STRING: AttributeType = AttributeType::String;
const BOOL: AttributeType = AttributeType::Bool;

/// The only type of what can be backed up.
pub const SERVER: &str = "OS::Nova::Server";

/// Version of the schema. Version 0 is the layout of `opentelekomcloud_csbs_backup_v1`.
pub const VERSION: i64 = 1;

/// The defaults of create, update and delete.
const DEFAULTS: [&str; 3] = [
    "Default `12h`: the error at its end makes Terraform replace the backup in the next apply, and an interrupt (Ctrl-C, a \
     cancelled pipeline) is safe at any time: the backup continues, stays in the state, and the next apply waits for it.",
    "Default `30m`. When the backup is not finished, because an earlier run was interrupted, the update waits for it: as long \
     as this says, else as long as `create`.",
    "Default `30m`.",
];

/// Schema of `csbs_backup`.
#[must_use]
pub fn schema() -> Schema {
    let mut attributes = arguments();
    attributes.extend(of_the_checkpoint());
    attributes.extend(of_the_item());
    Schema::from(block(
            "A backup of one server (ECS), with all its disks, made by the Cloud Server Backup Service. It is \
             crash-consistent, as after a power failure: what applications have not yet written to disk is not in it. No \
             retention of a policy applies to it: it is kept, and costs storage, until it is destroyed. A deletion is queued, five at a time, and can take up to half an hour; a \
             backup that an image was made from cannot be deleted before the image is.",
            attributes,
            [("timeouts", timeouts::block_of(DEFAULTS))],
        )).version(VERSION)
}

fn arguments() -> Attributes {
    named([
        (
            "resource_id",
            required(STRING, "ID of the server to back up. A change replaces the backup."),
        ),
        (
            "resource_type",
            optional_computed(
                STRING,
                "Type of what is backed up; the service knows `OS::Nova::Server` only, which is the default. A change \
                 replaces the backup.",
            ),
        ),
        (
            "backup_name",
            optional_computed(
                STRING,
                "Name of the backup: 1 to 255 letters, digits, `_` and `-`. The service names the backup when this is \
                 left out. A change in the configuration replaces the backup; a change in the console is a warning.",
            ),
        ),
        (
            "description",
            optional_computed(
                STRING,
                "Description of the backup: up to 255 characters, without `<` and `>`. A change in the configuration \
                 replaces the backup; a change in the console is a warning.",
            ),
        ),
        (
            "incremental",
            optional_computed(
                BOOL,
                "Whether to ask for an incremental backup (`true`) or a full one (`false`). The first backup of a \
                 server is full whatever is asked; `is_incremental` says what was made. A change replaces the backup.",
            ),
        ),
        (
            "tags",
            optional_computed(
                map_of_strings(),
                "Tags of the backup: at most 10; keys of 1 to 36, values of 0 to 43 letters, digits, `-` and `_`. \
                 Changed in place.",
            ),
        ),
        (
            "extra_info",
            optional(
                AttributeType::Any,
                "Additional information for the service: any object, sent as it is. A change replaces the backup.",
            ),
        ),
        (
            "triggers",
            optional(
                map_of_strings(),
                "Any values; when one changes, the backup is replaced. They are not sent to the service.",
            ),
        ),
        (
            "skip_destroy",
            optional_computed(
                BOOL,
                "Whether a destroy only forgets the backup, with a warning, and leaves it in the cloud; default \
                 `false`.",
            ),
        ),
    ])
}

fn of_the_checkpoint() -> Attributes {
    named([
        (
            "id",
            computed(
                STRING,
                "ID of the backup (checkpoint item). Null only while the service has not shown it yet.",
            ),
        ),
        (
            "checkpoint_id",
            computed(
                STRING,
                "ID of the checkpoint (backup record) that the backup is part of.",
            ),
        ),
        ("project_id", computed(STRING, "ID of the project.")),
        (
            "region",
            computed(STRING, "Region of the backup; null when it is not known."),
        ),
        (
            "resource_graph",
            computed(
                STRING,
                "How the checkpoint contains its backups, as the service answered to the create; null after an import.",
            ),
        ),
        (
            "checkpoint_extra_info",
            computed(
                STRING,
                "Additional information about the checkpoint as JSON text, as the service answered to the create; \
                 null after an import.",
            ),
        ),
        (
            "protection_plan",
            computed(
                object([
                    ("id", computed(STRING, "ID of the protection plan.")),
                    ("name", computed(STRING, "Name of the protection plan.")),
                    (
                        "resources",
                        computed(
                            list_of_objects([
                                ("id", computed(STRING, "ID of the server.")),
                                ("type", computed(STRING, "Type, `OS::Nova::Server`.")),
                                ("name", computed(STRING, "Name of the resource in the plan.")),
                                ("extra_info", computed(STRING, "Additional information, as JSON text.")),
                            ]),
                            "What the plan protects.",
                        ),
                    ),
                ]),
                "The protection plan that the service answered to the create; null after an import.",
            ),
        ),
    ])
}

/// What the service answers about a backup.
#[must_use]
pub fn of_the_item() -> Attributes {
    let mut attributes = summary::attributes();
    attributes.extend(details::attributes());
    terraform_plugin::schema::attributes(attributes)
}

/// Names of all attributes.
pub fn names() -> impl Iterator<Item = String> {
    schema().block.attributes.into_keys()
}
