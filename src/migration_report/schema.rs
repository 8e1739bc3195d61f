//! Schema of `csbs_migration_report`.

use crate::protection_report::image_attributes;
use terraform_plugin::{Attribute, Schema, schema::attributes};

/// The schema.
#[must_use]
pub fn schema() -> Schema {
    Schema::new(
        "What the migration from CSBS to Cloud Backup and Recovery (CBR) will make of this project's backups and policies: the \
         vaults and their capacity, and what to look at before, such as images that can block the move of a backup. It is \
         computed from the lists of CSBS by the rules of the cloud's user manual; the service itself has no preview. The \
         migration covers all projects and regions of the account, and disk backups (VBS) as well; this report covers the \
         server backups of one project in one region. One read takes as many requests as the lists of backups and policies \
         have pages, and at least one for each policy. See the guide [CSBS and CBR](../guides/csbs-and-cbr.md).",
    )
    .attributes(
        [
            Attribute::list_of_objects("vaults", attributes(vault_attributes())).doc(
                "The vaults that the migration makes: those of policies, in the order of the policies' names, then \
                 `default` for all other backups, then the replication vault `default` for copies from another region.",
            ),
            Attribute::list_of_objects("policies_without_vault", attributes(policy_attributes()))
                .doc("Policies that the migration moves without a vault, in the order of their names."),
            Attribute::list_of_objects("images", attributes(image_attributes())).doc(
                "Images that were made from backups. A backup whose image has a tag fails to move. CSBS does not show the \
                 tags of images: look at them in the Image Management Service.",
            ),
            Attribute::list_of_strings("unfinished_backup_ids").doc(
                "IDs of the backups that are being made, restored or deleted. Wait for them before the migration: the \
                 documentation does not say what becomes of them.",
            ),
            Attribute::list_of_strings("failed_backup_ids").doc(
                "IDs of the backups whose status is `error`. They cannot be restored; the documentation does not say \
                 whether they move.",
            ),
            Attribute::list_of_strings("long_name_backup_ids").doc(
                "IDs of the backups whose names have more than 64 characters, the maximum in CBR. The documentation does \
                 not say how they are named there.",
            ),
            Attribute::list_of_strings("ambiguous_backup_ids").doc(
                "IDs of the backups that the service lists for several policies. They are in none of the `vaults`.",
            ),
            Attribute::list_of_strings("foreign_backup_ids").doc(
                "IDs of the backups in the list that are not backups of servers by their type. They are in none of the \
                 `vaults`.",
            ),
            Attribute::number("backup_count").doc("Number of backups in the `vaults`."),
            Attribute::number("size").doc("Size of these backups in MB."),
            Attribute::number("capacity_gb").doc("Sum of the capacities of the `vaults` in GB, as far as they are known."),
        ]
        .map(Attribute::computed),
    )
}

fn vault_attributes() -> Vec<Attribute> {
    [
        Attribute::string("name").doc(
            "Name of the vault: that of the policy, or `default`. Of a name with more than 64 characters, the maximum of a \
             vault, it has the first 64.",
        ),
        Attribute::string("protect_type").doc("`backup`, or `replication` for copies from another region."),
        Attribute::string("policy_id").doc("ID of the policy that the vault is made for; null for `default`."),
        Attribute::bool("policy_enabled").doc(
            "Whether the policy runs by its schedule today. The migration applies it to the vault in either case. Null for \
             `default`.",
        ),
        Attribute::list_of_strings("resource_ids").doc(
            "IDs of the servers of the policy, which become associated with the vault. Null for `default`: the \
             documentation does not say whether servers of other backups become associated with it.",
        ),
        Attribute::list_of_strings("backup_ids").doc("IDs of the backups that move to the vault, newest first."),
        Attribute::number("backup_count").doc("Number of these backups."),
        Attribute::number("size").doc("Size of these backups in MB, as far as the service reports it."),
        Attribute::number("capacity_gb").doc(
            "Capacity of the vault in GB, which CBR bills: 1.2 times the size of the backups, rounded up. How the migration \
             rounds is not documented. Null without backups, for which the documentation has no figure.",
        ),
        Attribute::list_of_strings("open_questions")
            .doc("What is not certain about this vault, in sentences; empty when the documentation answers everything."),
    ]
    .map(Attribute::computed)
    .into()
}

fn policy_attributes() -> Vec<Attribute> {
    [
        Attribute::string("id").doc("ID of the policy."),
        Attribute::string("name").doc("Name of the policy."),
        Attribute::string("reason").doc("Why it gets no vault."),
    ]
    .map(Attribute::computed)
    .into()
}
