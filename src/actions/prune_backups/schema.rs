//! The schema of `csbs_prune_backups`.

use terraform_plugin::{Attribute, Schema};

use crate::{
    actions::operation::timeout_attribute,
    tag_filter,
    validators::{each_element, id, length, not_empty, string, timeout, whole_number},
};

/// Schema of `csbs_prune_backups`.
pub fn schema() -> Schema {
    let mut attributes = vec![
        Attribute::number("keep_last")
            .required()
            .validate(whole_number("The number is not valid", 0..=i64::from(i32::MAX)))
            .doc("Number of backups to keep for each server: the newest available ones that the filters select."),
        Attribute::list_of_strings("server_ids")
            .validate(not_empty(
                "The list of servers is empty",
                "An empty list does not mean all servers. Leave `server_ids` out, or name at least one server.",
            ))
            .validate(each_element(string("The server ID is not valid", id())))
            .doc("IDs of the servers whose backups are selected."),
        Attribute::string("name_prefix")
            .validate(string("The name prefix is not valid", [length(1..=255)]))
            .doc("Beginning of the names of the selected backups."),
        Attribute::string("older_than")
            .validate(timeout())
            .doc(
                "Only backups of at least this age are deleted: a number with a unit, such as `720h` for 30 days. The newest \
                 `keep_last` backups are kept at any age.",
            ),
        Attribute::bool("include_policy_backups").doc(
            "Whether to delete backups that a policy created, too. By default they are neither deleted nor counted. Scheduled \
             backups have the retention of their policy.",
        ),
        Attribute::bool("dry_run")
            .doc("Whether to only report which backups would be deleted, in a warning. Default `false`."),
        timeout_attribute(),
    ];
    attributes.extend(tag_filter::attributes("backup"));
    Schema::new(
        "Deletes old backups and keeps the newest of each server. All given filters must select a backup; at least one of \
         `server_ids`, `name_prefix`, `older_than`, `with_tags` and `tags_any` is required. Never deleted are: unfinished and failed \
         backups, backups that are being restored, backups from which an image was made, and, unless \
         `include_policy_backups` is set, backups that a policy created. Five backups are deleted at a time; a deletion can take up \
         to half an hour.\n\n\
         The action deletes backups in the cloud whether or not they are in a Terraform state: use it for backups that are not, such as \
         those of a `csbs_backup` with `skip_destroy = true`.",
    )
    .attributes(attributes)
}
