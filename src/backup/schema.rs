//! Schema of `csbs_backup`.

use otc_client::csbs::SERVER_TYPE;
use terraform_plugin::{
    Attribute, RawValue, Schema,
    schema::{Change, attributes},
};

use crate::{
    equivalence,
    region_and_project::resource_region,
    timeouts,
    validators::{additional_information, id, object_description, object_name, server_type, string, tags},
};

use super::{private::Private, protection_plan, summary};

/// Version of the schema.
///
/// | version | layout |
/// | --- | --- |
/// | 0 | that of `opentelekomcloud_csbs_backup_v1` |
/// | 1 | with the details that the data source shows, such as `volume_backups` |
/// | 2 | without them |
pub const VERSION: i64 = 2;

/// Sentences about the default timeouts of create, update and delete.
pub const DEFAULT_TIMEOUTS: [&str; 3] = [
    "Default `12h`: the error at its end makes Terraform replace the backup in the next apply, and an interrupt (Ctrl-C, a \
     cancelled pipeline) is safe at any time: the backup continues, stays in the state, and the next apply waits for it.",
    "Default `30m`. An update waits for a backup that an interrupted run left unfinished: as long as this argument says, \
     else as long as `create`.",
    "Default `30m`.",
];

/// Schema of `csbs_backup`.
#[must_use]
pub fn schema() -> Schema {
    Schema::new(
        "A backup of one server (ECS), with all its disks, made by the Cloud Server Backup Service. It is \
         crash-consistent, as after a power failure: data that applications have not yet written to disk is not in it. No \
         retention of a policy applies to it: it is kept, and costs storage, until it is destroyed. A deletion is queued, \
         five at a time, and can take up to half an hour; a backup that an image was made from cannot be deleted before \
         the image is. The data source `csbs_backup` shows more of a backup, such as the backups of its disks.",
    )
    .version(VERSION)
    .readable_since(1)
    .object("backup")
    .attributes(arguments())
    .attributes(checkpoint_attributes())
    .attributes(summary::attributes())
    .block("timeouts", timeouts::block_of(DEFAULT_TIMEOUTS))
}

fn arguments() -> [Attribute; 10] {
    [
        Attribute::string("resource_id")
            .required()
            .requires_replace()
            .validate(string("The server ID is not valid", id()))
            .doc("ID of the server to back up."),
        Attribute::string("resource_type")
            .initial_value(|_| SERVER_TYPE.into())
            .equivalent(|a, b| a.as_str().unwrap_or(SERVER_TYPE) == b.as_str().unwrap_or(SERVER_TYPE))
            .requires_replace()
            .validate(string("The resource type is not valid", server_type()))
            .doc("Type of what is backed up. Default `OS::Nova::Server`, the only type of the service."),
        Attribute::string("backup_name")
            .optional_computed()
            .requires_replace()
            .validate(string("The backup name is not valid", object_name()))
            .doc(
                "Name of the backup: 1 to 255 letters, digits, `_` and `-`. The service chooses a name when this is left \
                 out. A name that was changed in the console is a warning and does not replace the backup.",
            ),
        description(),
        incremental(),
        Attribute::map_of_strings("tags")
            .default(RawValue::Map(Default::default()))
            .equivalent(equivalence::maps)
            .validate(tags())
            .doc(
                "Tags of the backup: at most 10; keys of 1 to 36, values of 0 to 43 letters, digits, `-` and `_`. Changed \
                 in place.",
            ),
        Attribute::any("extra_info")
            .equivalent(|a, b| untyped(a) == untyped(b))
            .requires_replace_if(is_known_change)
            .validate(additional_information)
            .doc("Additional information for the service: any object, sent as it is."),
        triggers(),
        skip_destroy(),
        resource_region("backup"),
    ]
}

/// The attribute `description`.
pub fn description() -> Attribute {
    Attribute::string("description")
        .default("")
        .equivalent(equivalence::descriptions)
        .requires_replace()
        .validate(string("The description is not valid", object_description()))
        .doc(
            "Description of the backup: up to 255 characters, without `<` and `>`. A description that was changed in the \
             console is a warning and does not replace the backup.",
        )
}

/// The attribute `incremental`.
pub fn incremental() -> Attribute {
    Attribute::bool("incremental")
        .optional_computed()
        .requires_replace_if(is_known_change)
        .doc(
            "Whether to request an incremental backup (`true`) or a full one (`false`). The first backup of a server is \
             always full; `is_incremental` says which kind was made.",
        )
}

/// The attribute `triggers`.
pub fn triggers() -> Attribute {
    Attribute::map_of_strings("triggers")
        .equivalent(equivalence::maps)
        .requires_replace_if(is_known_change)
        .doc("Any values. They are not sent to the service.")
}

/// The attribute `skip_destroy`.
pub fn skip_destroy() -> Attribute {
    Attribute::bool("skip_destroy")
        .default(false)
        .equivalent(equivalence::flags)
        .doc(
            "Whether a destroy only removes the backup from the state, with a warning, and leaves it in the cloud. \
             Default `false`.",
        )
}

fn checkpoint_attributes() -> [Attribute; 6] {
    [
        Attribute::string("id")
            .use_non_null_state_for_unknown()
            .doc("ID of the backup (checkpoint item). Null only while the service has not shown it yet."),
        Attribute::string("checkpoint_id")
            .use_non_null_state_for_unknown()
            .doc("ID of the checkpoint (backup record) that the backup is part of."),
        Attribute::string("project_id")
            .use_non_null_state_for_unknown()
            .doc("ID of the project."),
        // Only the response of the protect action has the following three.
        Attribute::string("resource_graph")
            .use_state_for_unknown()
            .doc("How the checkpoint contains its backups, from the response of the create; null after an import."),
        Attribute::string("checkpoint_extra_info").use_state_for_unknown().doc(
            "Additional information about the checkpoint as JSON text, from the response of the create; null after an \
             import.",
        ),
        Attribute::object("protection_plan", attributes(protection_plan::attributes()))
            .use_state_for_unknown()
            .doc("The protection plan, from the response of the create; null after an import."),
    ]
    .map(Attribute::computed)
}

/// Returns `false` for a change from null of an imported or moved backup: the request that created it is not known, so a
/// configured value is taken as the value of that request.
pub fn is_known_change(change: &Change<'_>) -> bool {
    Private::read(change.private).created_here || !change.prior.is_null()
}

fn untyped(value: &RawValue) -> &RawValue {
    match value {
        RawValue::Typed(_, value) => value,
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::backup::model::BackupModel;
    use terraform_plugin::{AttributeType, Diagnostics, Refinement};

    fn map(values: Vec<(&str, RawValue)>) -> RawValue {
        RawValue::Map(
            values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<BTreeMap<_, _>>(),
        )
    }

    fn problems(values: Vec<(&str, RawValue)>) -> Vec<String> {
        let mut diags = Diagnostics::default();
        schema().validate(&map(values), &mut diags);
        diags.errors.iter().map(|error| error.attribute.to_string()).collect()
    }

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        test_support::model::assert_model_has_schema::<BackupModel>("csbs_backup", &schema().block);
    }

    #[test]
    fn limits_are_exact() {
        let text = |length: usize| RawValue::from("x".repeat(length));
        assert!(problems(vec![("backup_name", text(255)), ("description", text(255))]).is_empty());
        assert_eq!(problems(vec![("backup_name", text(256))]), ["backup_name"]);
        assert_eq!(problems(vec![("backup_name", "".into())]), ["backup_name"]);
        assert_eq!(problems(vec![("description", text(256))]), ["description"]);
        assert!(problems(vec![("description", "".into())]).is_empty());
        let tag = |key: usize, value: usize| problems(vec![("tags", map(vec![(&"k".repeat(key), text(value))]))]).len();
        assert_eq!(
            [tag(1, 0), tag(36, 43), tag(37, 43), tag(36, 44), tag(0, 0)],
            [0, 0, 1, 1, 1]
        );
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let found = problems(vec![
            ("resource_id", "../x".into()),
            ("resource_type", "OS::Cinder::Volume".into()),
            ("backup_name", "a b".into()),
            ("description", "<b>".into()),
            ("tags", map(vec![("bad key", "x".into()), ("key", "bad value".into())])),
            ("extra_info", "text".into()),
            (
                "timeouts",
                map(vec![("create", "soon".into()), ("delete", "0s".into())]),
            ),
        ]);
        for path in [
            "resource_id",
            "resource_type",
            "backup_name",
            "description",
            "tags[\"bad key\"]",
            "tags[\"key\"]",
            "extra_info",
            "timeouts.create",
            "timeouts.delete",
        ] {
            assert!(
                found.iter().any(|found| found.replace(".[", "[") == path),
                "{path} is missing in {found:?}"
            );
        }
    }

    #[test]
    fn unknown_values_are_never_rejected() {
        let unknown = || RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2])));
        let names = [
            "resource_id",
            "resource_type",
            "backup_name",
            "description",
            "tags",
            "extra_info",
            "timeouts",
        ];
        assert!(problems(names.map(|name| (name, unknown())).into()).is_empty());
        let tags = map(vec![("a", unknown()), ("b", RawValue::UNKNOWN)]);
        let extra_info = RawValue::Typed(Box::new(AttributeType::Any), Box::new(unknown()));
        let timeouts = map(vec![("create", unknown())]);
        assert!(problems(vec![("tags", tags), ("extra_info", extra_info), ("timeouts", timeouts)]).is_empty());
    }

    #[test]
    fn eleven_tags_are_too_many() {
        let tags = |count: usize| {
            RawValue::Map(
                (0..count)
                    .map(|index| (format!("k{index}"), RawValue::from("v")))
                    .collect(),
            )
        };
        assert!(problems(vec![("tags", tags(10))]).is_empty());
        assert_eq!(problems(vec![("tags", tags(11))]), ["tags"]);
    }

    #[test]
    fn extra_information_is_an_object() {
        let number = RawValue::from(1);
        let typed = |value: RawValue| RawValue::Typed(Box::new(AttributeType::Any), Box::new(value));
        assert!(problems(vec![("extra_info", typed(map(vec![("a", number.clone())])))]).is_empty());
        for wrong in [
            typed(number),
            typed("x".into()),
            typed(RawValue::List(vec![])),
            true.into(),
        ] {
            assert_eq!(problems(vec![("extra_info", wrong)]), ["extra_info"]);
        }
    }
}
