//! The filters by tags that data sources and lists share.
//!
//! They are applied here and not by the service: its documentation does not say whether `not_tags` excludes objects that have
//! all of the tags or any of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::validators::not_empty;
use otc_client::csbs::Tags;
use terraform_plugin::{Attribute, AttributeType, Value};

/// Values by key. An empty list stands for any value.
type TagValues = BTreeMap<String, Vec<String>>;
type TagValuesModel = Value<BTreeMap<String, Value<Vec<Value<String>>>>>;

/// Arguments that filter by tags.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TagFilterModel {
    with_tags: Value<BTreeMap<String, Value<String>>>,
    tags_any: TagValuesModel,
    not_tags: TagValuesModel,
    not_tags_any: TagValuesModel,
}

/// The arguments; `object` is what has the tags, such as "backup".
#[must_use]
pub fn attributes(object: &str) -> [Attribute; 4] {
    let values = |name, doc: String| {
        let lists = AttributeType::Map(Box::new(AttributeType::List(Box::new(AttributeType::String))));
        Attribute::new(name, lists)
            .validate(not_empty(
                "The tag filter is empty",
                "It must name at least one tag. Leave the argument out, or set it to null, to not filter by it.",
            ))
            .doc(format!("{doc} Values by key; an empty list stands for any value."))
    };
    [
        Attribute::map_of_strings("with_tags").doc(format!("Tags that the {object} has, all of them.")),
        values("tags_any", format!("Tags of which the {object} has at least one.")),
        values(
            "not_tags",
            format!("Tags that the {object} does not have all together; it can have some of them."),
        ),
        values("not_tags_any", format!("Tags of which the {object} has none.")),
    ]
}

impl TagFilterModel {
    /// Whether an object must have some tag to pass. An unknown argument counts.
    pub fn requires_tags(&self) -> bool {
        let with_tags = self.with_tags.is_unknown() || self.with_tags.iter().flatten().next().is_some();
        with_tags || !self.tags_any.is_null()
    }
}

/// The tags that an object must have or lack.
#[derive(Debug, Clone, Default)]
pub struct TagFilter {
    all: Tags,
    any: TagValues,
    not_all: TagValues,
    not_any: TagValues,
}

impl From<&TagFilterModel> for TagFilter {
    fn from(model: &TagFilterModel) -> Self {
        let all = model.with_tags.iter().flatten();
        Self {
            all: all
                .filter_map(|(key, value)| Some((key.clone(), value.clone().as_option()?)))
                .collect(),
            any: tag_values(&model.tags_any),
            not_all: tag_values(&model.not_tags),
            not_any: tag_values(&model.not_tags_any),
        }
    }
}

fn tag_values(model: &TagValuesModel) -> TagValues {
    let pairs = model.iter().flatten();
    pairs
        .map(|(key, values)| {
            let values = values.iter().flatten();
            (
                key.clone(),
                values.filter_map(|value| value.clone().as_option()).collect(),
            )
        })
        .collect()
}

impl TagFilter {
    /// Whether every object passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.any.is_empty() && self.not_all.is_empty() && self.not_any.is_empty()
    }

    /// Whether an object with these tags passes.
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

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_plugin::{AttributePath, Diagnostics, RawValue, Schema};

    fn filter(name: &str, values: RawValue) -> TagFilter {
        let config = RawValue::Map(BTreeMap::from([(name.to_owned(), values)]));
        let model: TagFilterModel = terraform_plugin::model::from_raw(&config).unwrap();
        TagFilter::from(&model)
    }

    fn passes(name: &str, wanted: &[(&str, &[&str])], tags: &[(&str, &str)]) -> bool {
        let wanted: TagValues = wanted
            .iter()
            .map(|(key, values)| {
                let values = values.iter().map(|&value| value.to_owned()).collect();
                ((*key).to_owned(), values)
            })
            .collect();
        let tags = tags
            .iter()
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        filter(name, wanted.into()).matches(&tags)
    }

    #[test]
    fn each_filter_keeps_what_it_says() {
        let wanted: &[(&str, &[&str])] = &[("a", &["1", "2"]), ("b", &[])];
        for (tags, any, not_all, not_any) in [
            (&[][..], false, true, true),
            (&[("c", "1")], false, true, true),
            (&[("a", "3")], false, true, true),
            (&[("a", "2")], true, true, false),
            (&[("b", "anything")], true, true, false),
            (&[("a", "1"), ("b", "")], true, false, false),
        ] {
            assert_eq!(passes("tags_any", wanted, tags), any, "{tags:?}");
            assert_eq!(passes("not_tags", wanted, tags), not_all, "{tags:?}");
            assert_eq!(passes("not_tags_any", wanted, tags), not_any, "{tags:?}");
        }
        assert!(TagFilter::default().is_empty());
        assert!(!filter("with_tags", BTreeMap::from([("a".to_owned(), "1")]).into()).is_empty());
    }

    #[test]
    fn a_filter_without_tags_is_an_error() {
        let schema = Schema::new("").attributes(attributes("backup"));
        let config = RawValue::Map(BTreeMap::from([
            ("tags_any".to_owned(), RawValue::Map(BTreeMap::new())),
            ("not_tags".to_owned(), RawValue::UNKNOWN),
            ("not_tags_any".to_owned(), RawValue::Null),
        ]));
        let mut diags = Diagnostics::default();
        schema.validate(&config, &mut diags);
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(diags.errors[0].attribute, AttributePath::new("tags_any"));
    }
}
