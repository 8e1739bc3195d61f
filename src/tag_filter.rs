//! The filters by tags that data sources and lists share.
//!
//! They are applied here and not by the service: its page does not say whether `not_tags` excludes resources that carry all of
//! the tags or any of them.

use std::collections::BTreeMap;

use crate::{
    attribute::{Attributes, list_of_strings, map_of_strings, named, optional},
    backup::model::tags,
};
use otc_client::csbs::Tags;
use terraform_plugin::{AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue};

/// Values by key; no values stand for any value.
type Wanted = BTreeMap<String, Vec<String>>;

const ANY: &str = "tags_any";
const NOT_ALL: &str = "not_tags";
const NOT_ANY: &str = "not_tags_any";

/// The filters as arguments; `what` is what carries the tags, such as "backup".
#[must_use]
pub fn attributes(what: &str) -> Attributes {
    let lists = AttributeType::Map(Box::new(list_of_strings()));
    let note = "Values by key; an empty list stands for any value.";
    named([
        (
            "with_tags",
            optional(
                map_of_strings(),
                &format!("Tags that the {what} has: all of them, besides others."),
            ),
        ),
        (
            ANY,
            optional(
                lists.clone(),
                &format!("Tags of which the {what} has at least one. {note}"),
            ),
        ),
        (
            NOT_ALL,
            optional(
                lists.clone(),
                &format!("Tags that the {what} does not have all together; it may have some of them. {note}"),
            ),
        ),
        (
            NOT_ANY,
            optional(lists, &format!("Tags of which the {what} has none. {note}")),
        ),
    ])
}

/// Reports a filter that names no tag: whether everything or nothing passes it is not obvious.
pub fn validate(config: &RawValue, diags: &mut Diagnostics) {
    for name in [ANY, NOT_ALL, NOT_ANY] {
        if config.get(name).as_map().is_some_and(BTreeMap::is_empty) {
            diags.add_attribute_error(
                "The tag filter is empty",
                "It must name at least one tag. Leave the argument out, or set it to null, to not filter by it.",
                AttributePath::new(name),
            );
        }
    }
}

/// Which tags a resource has to carry.
#[derive(Debug, Clone, Default)]
pub struct TagFilter {
    all: Tags,
    any: Wanted,
    not_all: Wanted,
    not_any: Wanted,
}

impl TagFilter {
    /// Reads the filters of a configuration.
    #[must_use]
    pub fn read(config: &RawValue) -> Self {
        Self {
            all: tags(config.get("with_tags")),
            any: wanted(config.get(ANY)),
            not_all: wanted(config.get(NOT_ALL)),
            not_any: wanted(config.get(NOT_ANY)),
        }
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.any.is_empty() && self.not_all.is_empty() && self.not_any.is_empty()
    }

    /// Whether a resource with these tags passes.
    #[must_use]
    pub fn matches(&self, tags: &Tags) -> bool {
        let has = |(key, values): (&String, &Vec<String>)| {
            tags.get(key)
                .is_some_and(|value| values.is_empty() || values.contains(value))
        };
        self.all.iter().all(|(key, value)| tags.get(key) == Some(value))
            && (self.any.is_empty() || self.any.iter().any(has))
            && (self.not_all.is_empty() || !self.not_all.iter().all(has))
            && !self.not_any.iter().any(has)
    }
}

fn wanted(config: &RawValue) -> Wanted {
    let pairs = config.as_map().into_iter().flatten();
    pairs
        .map(|(key, values)| {
            let values = values.as_list().unwrap_or(&[]).iter();
            let values = values.filter_map(|value| value.as_str().map(str::to_owned));
            (key.clone(), values.collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::model::object;

    fn passes(name: &str, wanted: &[(&str, &[&str])], carried: &[(&str, &str)]) -> bool {
        let wanted: BTreeMap<String, Vec<String>> = wanted
            .iter()
            .map(|(key, values)| {
                (
                    (*key).to_owned(),
                    values.iter().map(|&value| value.to_owned()).collect(),
                )
            })
            .collect();
        let carried = carried
            .iter()
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        TagFilter::read(&object([(name, wanted.into())])).matches(&carried)
    }

    #[test]
    fn each_filter_keeps_what_it_says() {
        let wanted: &[(&str, &[&str])] = &[("a", &["1", "2"]), ("b", &[])];
        for (carried, any, not_all, not_any) in [
            (&[][..], false, true, true),
            (&[("c", "1")], false, true, true),
            (&[("a", "3")], false, true, true),
            (&[("a", "2")], true, true, false),
            (&[("b", "anything")], true, true, false),
            (&[("a", "1"), ("b", "")], true, false, false),
        ] {
            assert_eq!(passes(ANY, wanted, carried), any, "{carried:?}");
            assert_eq!(passes(NOT_ALL, wanted, carried), not_all, "{carried:?}");
            assert_eq!(passes(NOT_ANY, wanted, carried), not_any, "{carried:?}");
        }
        assert!(TagFilter::read(&object([])).is_empty());
    }

    #[test]
    fn a_filter_without_tags_is_an_error() {
        let mut diags = Diagnostics::default();
        let config = object([
            (ANY, object([])),
            (NOT_ALL, RawValue::UNKNOWN),
            (NOT_ANY, RawValue::Null),
        ]);
        validate(&config, &mut diags);
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(diags.errors[0].attribute, AttributePath::new(ANY));
    }
}
