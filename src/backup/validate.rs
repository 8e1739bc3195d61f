//! Checks a configuration of `csbs_backup`: every documented limit, on the attribute at fault, all in one run.

use crate::{
    timeouts,
    validators::{self, Check, id, length, letters_digits_and, no_blanks_around, one_of, without},
};
use terraform_plugin::{AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue};

/// The types of what can be backed up.
pub const RESOURCE_TYPES: &[&str] = &[super::schema::SERVER];

/// Most tags that a backup can have.
pub const MAX_TAGS: usize = 10;

/// Checks the configuration; unknown values pass.
pub fn validate(config: &RawValue, diags: &mut Diagnostics) {
    attribute(config, diags, "resource_id", "The server ID is not valid", &id());
    attribute(
        config,
        diags,
        "resource_type",
        "The resource type is not valid",
        &[one_of(RESOURCE_TYPES)],
    );
    attribute(
        config,
        diags,
        "backup_name",
        "The backup name is not valid",
        &[length(1..=255), letters_digits_and("_-")],
    );
    attribute(
        config,
        diags,
        "description",
        "The description is not valid",
        &[length(0..=255), without("<>")],
    );
    tags(config.get("tags"), diags);
    extra_info(config.get("extra_info"), diags);
    timeouts::validate(config.get("timeouts"), diags);
}

fn attribute(config: &RawValue, diags: &mut Diagnostics, name: &'static str, summary: &str, checks: &[Check]) {
    validators::text(diags, summary, &AttributePath::new(name), config.get(name), checks);
}

/// Checks a map of tags.
pub fn tags(tags: &RawValue, diags: &mut Diagnostics) {
    let Some(tags) = tags.as_map() else { return };
    let path = AttributePath::new("tags");
    if tags.len() > MAX_TAGS {
        diags.add_attribute_error(
            "There are too many tags",
            format!("There can be at most {MAX_TAGS} tags; there are {}.", tags.len()),
            path.clone(),
        );
    }
    for (key, value) in tags {
        let path = path.clone().key(key.clone());
        let summary = "The tag key is not valid";
        if blanks(key) {
            validators::report(diags, summary, &path, key, &[no_blanks_around()]);
        } else {
            validators::report(diags, summary, &path, key, &[length(1..=36), letters_digits_and("-_")]);
        }
        let summary = "The tag value is not valid";
        match value {
            RawValue::Null => diags.add_attribute_error(
                summary,
                "It is null. Write \"\" for an empty value, or leave the key out.",
                path,
            ),
            RawValue::String(text) if blanks(text) => {
                validators::report(diags, summary, &path, text, &[no_blanks_around()]);
            }
            value => validators::text(
                diags,
                summary,
                &path,
                value,
                &[length(0..=43), letters_digits_and("-_")],
            ),
        }
    }
}

/// Such a text gets one diagnostic about its blanks, not a second one that calls the blank a forbidden character.
fn blanks(text: &str) -> bool {
    text.trim() != text
}

fn extra_info(value: &RawValue, diags: &mut Diagnostics) {
    let is_object = match value {
        RawValue::Null | RawValue::Unknown(_) | RawValue::Map(_) => true,
        RawValue::Typed(kind, value) => match &**value {
            RawValue::Null | RawValue::Map(_) => true,
            RawValue::Unknown(_) => matches!(
                &**kind,
                AttributeType::Any | AttributeType::Object(_) | AttributeType::Map(_)
            ),
            _ => false,
        },
        _ => false,
    };
    if !is_object {
        diags.add_attribute_error(
            "The additional information is not valid",
            "It must be an object, such as { key = \"value\" }, because the service takes a JSON object.",
            AttributePath::new("extra_info"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_plugin::Refinement;

    fn object(values: Vec<(&str, RawValue)>) -> RawValue {
        RawValue::Map(
            values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn problems(values: Vec<(&str, RawValue)>) -> Vec<String> {
        let mut diags = Diagnostics::default();
        let config = object(values);
        validate(&config, &mut diags);
        crate::backup::schema::schema().validate(&config, &mut diags);
        diags.errors.iter().map(|d| d.attribute.to_string()).collect()
    }

    #[test]
    fn limits_are_exact() {
        let long = |n: usize| RawValue::from("x".repeat(n));
        assert!(problems(vec![("backup_name", long(255)), ("description", long(255))]).is_empty());
        assert_eq!(problems(vec![("backup_name", long(256))]), ["backup_name"]);
        assert_eq!(problems(vec![("backup_name", "".into())]), ["backup_name"]);
        assert_eq!(problems(vec![("description", long(256))]), ["description"]);
        assert!(problems(vec![("description", "".into())]).is_empty());
        let tag = |key: usize, value: usize| {
            let mut tags = object(vec![]);
            tags.set(&"k".repeat(key), long(value));
            problems(vec![("tags", tags)]).len()
        };
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
            (
                "tags",
                object(vec![("bad key", "x".into()), ("key", "bad value".into())]),
            ),
            ("extra_info", "text".into()),
            (
                "timeouts",
                object(vec![("create", "soon".into()), ("delete", "0s".into())]),
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
                found.iter().any(|f| f.replace(".[", "[") == path),
                "{path} is missing in {found:?}"
            );
        }
    }

    #[test]
    fn blanks_around_are_one_problem_that_says_so() {
        let mut diags = Diagnostics::default();
        validate(&object(vec![("tags", object(vec![("a", " b".into())]))]), &mut diags);
        assert_eq!(diags.errors.len(), 1);
        assert!(
            diags.errors[0].detail.contains("white space"),
            "{}",
            diags.errors[0].detail
        );
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
        let tags = object(vec![("a", unknown()), ("b", RawValue::UNKNOWN)]);
        let extra = RawValue::Typed(Box::new(AttributeType::Any), Box::new(unknown()));
        let timeouts = object(vec![("create", unknown())]);
        assert!(problems(vec![("tags", tags), ("extra_info", extra), ("timeouts", timeouts)]).is_empty());
    }

    #[test]
    fn eleven_tags_are_too_many() {
        let tags = |count: usize| {
            let mut tags = object(vec![]);
            for index in 0..count {
                tags.set(&format!("k{index}"), "v");
            }
            tags
        };
        assert!(problems(vec![("tags", tags(10))]).is_empty());
        assert_eq!(problems(vec![("tags", tags(11))]), ["tags"]);
    }

    #[test]
    fn extra_information_is_an_object() {
        let number = RawValue::from(1);
        let typed = |value: RawValue| RawValue::Typed(Box::new(AttributeType::Any), Box::new(value));
        assert!(problems(vec![("extra_info", typed(object(vec![("a", number.clone())])))]).is_empty());
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
