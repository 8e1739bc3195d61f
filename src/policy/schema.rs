//! Schema of `csbs_backup_policy`.

use std::collections::BTreeMap;

use terraform_plugin::{Attribute, RawValue, Schema, schema::attributes};

use crate::{
    equivalence,
    region_and_project::resource_region,
    timeouts,
    validators::{self, object_description, object_name, string},
};

use super::{operation, server};

/// Version of the schema.
///
/// | version | layout |
/// | --- | --- |
/// | 0 | that of `opentelekomcloud_csbs_backup_policy_v1` |
/// | 1 | operations are a set and have the attributes of their trigger; `provider_id` |
/// | 2 | operations are a list; without these attributes |
/// | 3 | without `status` and `created_at`, which the data source has |
pub const VERSION: i64 = 3;

/// Schema of `csbs_backup_policy`.
#[must_use]
pub fn schema() -> Schema {
    let empty = || RawValue::Map(BTreeMap::new());
    Schema::new(
        "A backup policy: which servers (ECS) the Cloud Server Backup Service backs up, when, and how long it keeps the \
         backups. Only backups of scheduled runs are ever deleted automatically: backups of a manual run stay, and incur \
         charges, until you delete them. A scheduled backup that failed is kept for a month, at most 10 of them.",
    )
    .version(VERSION)
    // The operations of version 1 are a set, which JSON has as a list.
    .readable_since(1)
    .object("policy")
    .attributes([
        Attribute::string("name")
            .required()
            .validate(string("The name is not valid", object_name()))
            .doc("Name of the policy, unique in the project: 1 to 255 letters, digits, `_` and `-`. Changed in place."),
        Attribute::string("description")
            .default("")
            .equivalent(equivalence::descriptions)
            .validate(string("The description is not valid", object_description()))
            .doc("Description of the policy: up to 255 characters, without `<` and `>`. Changed in place."),
        Attribute::map_of_strings("common")
            .default(empty())
            .equivalent(equivalence::maps)
            // Answers may leave them out: after an import the state does not know them.
            .requires_replace_if(|change| !change.prior.is_null())
            .doc(
                "General parameters of the policy, sent to the service as they are. The service may leave them out of its \
                 answers: after an import they are null, and the first apply records what is configured without changing \
                 the policy.",
            ),
        Attribute::set_of_objects("resource", attributes(server::attributes()))
            .default(RawValue::List(Vec::new()))
            .equivalent(server::same)
            .match_elements(server::match_elements)
            .label_elements(server::label)
            .validate(server::validate)
            .doc("Servers that the policy backs up: at most 64; none by default. Changed in place."),
        Attribute::list_of_objects("scheduled_operation", attributes(operation::attributes()))
            .required()
            .equivalent(operation::matching::same)
            .match_elements(operation::matching::match_elements)
            .validate(operation::validate::operations)
            .doc(
                "When the policy runs, and how long its backups are kept. The service's documentation says that one \
                 operation of a policy is in effect; with several, the service decides. Another order is no \
                 change. An operation that is moved or changed keeps its ID: operations are matched by name, and without a \
                 name by content. Changed in place.",
            ),
        Attribute::map_of_strings("tags")
            .default(empty())
            .equivalent(equivalence::maps)
            .validate(validators::tags())
            .doc(
                "Tags of the policy: at most 10; keys of 1 to 36, values of 0 to 43 letters, digits, `-` and `_`. Changed in \
                 place.",
            ),
        Attribute::bool("skip_destroy").default(false).equivalent(equivalence::flags).doc(
            "Whether a destroy only removes the policy from the state, with a warning, and leaves it in the cloud; default \
             `false`.",
        ),
        Attribute::string("id").computed().doc("ID of the policy."),
        Attribute::string("project_id").computed().doc("ID of the project."),
        resource_region("policy"),
    ])
    .block("timeouts", timeouts::nested_block())
}

#[cfg(test)]
pub(crate) mod testing {
    use terraform_plugin::{Attribute, Plan, Planned, RawValue};

    use super::{operation, server};

    pub const PATTERN: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn object(names: impl Iterator<Item = String>, values: &[(&str, RawValue)]) -> RawValue {
        let mut object = RawValue::Map(names.map(|name| (name, RawValue::Null)).collect());
        for (name, value) in values {
            assert!(object.as_map().unwrap().contains_key(*name), "{name}");
            object.set(name, value.clone());
        }
        object
    }

    fn names(attributes: Vec<Attribute>) -> impl Iterator<Item = String> {
        terraform_plugin::schema::attributes(attributes).into_keys()
    }

    /// An operation of a configuration.
    pub fn operation(values: &[(&str, RawValue)]) -> RawValue {
        let mut operation = object(names(operation::attributes()), values);
        if operation.get("trigger_pattern").is_null() {
            operation.set("trigger_pattern", PATTERN);
        }
        operation
    }

    /// A server of a configuration.
    pub fn server(id: &str) -> RawValue {
        object(names(server::attributes()), &[("id", id.into())])
    }

    /// A configuration.
    pub fn config(values: &[(&str, RawValue)]) -> RawValue {
        let mut config = object(super::schema().block.attributes.into_keys(), values);
        if config.get("name").is_null() {
            config.set("name", "nightly");
        }
        if config.get("scheduled_operation").is_null() {
            config.set("scheduled_operation", RawValue::List(vec![operation(&[])]));
        }
        config.set("timeouts", RawValue::Null);
        config
    }

    /// The plan of a configuration.
    pub fn planned(prior: Option<&RawValue>, config: &RawValue) -> Planned {
        let request = Plan {
            prior_state: prior.cloned(),
            proposed_state: config.clone(),
            config: config.clone(),
            ..Plan::default()
        };
        super::schema().plan(&request)
    }
}
