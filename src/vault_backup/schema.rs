//! Schema of `csbs_vault_backup`.

use terraform_plugin::{Attribute, Schema};

use crate::{
    backup::schema::{DEFAULT_TIMEOUTS, description, incremental, is_known_change, skip_destroy, triggers},
    equivalence,
    region_and_project::resource_region,
    timeouts,
    validators::{each_member, id, string, vault_backup_name},
};

use super::summary;

/// Schema of `csbs_vault_backup`.
#[must_use]
pub fn schema() -> Schema {
    Schema::new(
        "A backup of one server (ECS) in a vault of Cloud Backup and Recovery (CBR), the successor of the Cloud Server Backup \
         Service. The server must be associated with the vault. The provider never associates one: taking a server out of its \
         vault again deletes all its backups. The backup is crash-consistent, as after a power failure: data that applications \
         have not yet written to disk is not in it. No retention of a policy applies to it: it is kept, and uses the vault's \
         capacity, until it is destroyed. It is also lost when its server is taken out of the vault, or when the vault is \
         deleted. Backups have no tags. The data source `csbs_vault_backup` shows more of a backup, such as the backups of its \
         disks.",
    )
    .object("backup")
    .attributes(arguments())
    .attributes(computed())
    .attributes(summary::attributes())
    .block("timeouts", timeouts::block_of(DEFAULT_TIMEOUTS))
}

fn arguments() -> [Attribute; 9] {
    [
        Attribute::string("vault_id")
            .required()
            .requires_replace()
            .validate(string("The vault ID is not valid", id()))
            .doc(
                "ID of the vault to back up to. When the server and its backups are moved to another vault, the value stays, \
                 `current_vault_id` changes, and plans warn; the new vault's ID can then be configured without a replacement.",
            ),
        Attribute::string("resource_id")
            .required()
            .requires_replace()
            .validate(string("The server ID is not valid", id()))
            .doc("ID of the server to back up. The server must be associated with the vault."),
        Attribute::string("name")
            .optional_computed()
            .requires_replace()
            .validate(string("The backup name is not valid", vault_backup_name()))
            .doc(
                "Name of the backup: 1 to 64 letters, digits, `_` and `-`. The provider chooses a unique name when this is \
                 left out: a backup whose request got no answer is recognised by its name. A name that was changed in the \
                 console is a warning and does not replace the backup.",
            ),
        description(),
        incremental(),
        Attribute::set_of_strings("exclude_volumes")
            .equivalent(equivalence::sets)
            .requires_replace_if(is_known_change)
            .validate(each_member(string("The disk ID is not valid", id())))
            .doc("IDs of disks of the server that are not backed up. By default the backup has all disks."),
        triggers(),
        skip_destroy(),
        resource_region("backup"),
    ]
}

fn computed() -> [Attribute; 5] {
    let kept = |name: &str| Attribute::string(name).use_non_null_state_for_unknown();
    [
        kept("id").doc("ID of the backup. Null only while the service has not shown it yet."),
        kept("checkpoint_id").doc("ID of the checkpoint (restore point) that the backup is part of."),
        kept("project_id").doc("ID of the project."),
        kept("vault_name").doc("Name of the vault at the time of the create or import; null when it is not known."),
        kept("current_vault_id").doc(
            "ID of the vault that the backup is in. It differs from `vault_id` after the server and its backups were moved to \
             another vault.",
        ),
    ]
    .map(Attribute::computed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::vault_backup::model::VaultBackupModel;
    use terraform_plugin::{Diagnostics, RawValue, Refinement};

    fn problems(values: &[(&str, RawValue)]) -> Vec<String> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let mut diags = Diagnostics::default();
        schema().validate(&RawValue::Map(values.collect::<BTreeMap<_, _>>()), &mut diags);
        diags.errors.iter().map(|error| error.attribute.to_string()).collect()
    }

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        test_support::model::assert_model_has_schema::<VaultBackupModel>("csbs_vault_backup", &schema().block);
    }

    #[test]
    fn limits_are_exact() {
        let text = |length: usize| RawValue::from("x".repeat(length));
        assert!(problems(&[("name", text(64)), ("description", text(255))]).is_empty());
        for (name, value) in [
            ("name", text(65)),
            ("name", "".into()),
            ("name", "a b".into()),
            ("description", text(256)),
            ("description", "a<b".into()),
            ("vault_id", "../x".into()),
            ("resource_id", "".into()),
            ("exclude_volumes", RawValue::List(vec!["disk".into(), "a/b".into()])),
        ] {
            assert_eq!(problems(&[(name, value.clone())]), [name], "{value:?}");
        }
    }

    #[test]
    fn unknown_values_are_never_rejected() {
        let unknown = || RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2])));
        let names = [
            "vault_id",
            "resource_id",
            "name",
            "description",
            "exclude_volumes",
            "timeouts",
        ];
        assert!(problems(&names.map(|name| (name, unknown()))).is_empty());
        assert!(problems(&[("exclude_volumes", RawValue::List(vec![unknown(), "disk".into()]))]).is_empty());
    }
}
