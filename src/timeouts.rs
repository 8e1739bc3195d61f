//! The block `timeouts` of a resource: how long its operations may take.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use terraform_plugin::{AddDiagnostic, AttributePath, AttributeType, Diagnostics, NestedBlock, RawValue, Value};

use super::{
    attribute::{block, named, optional},
    duration,
};

/// What an operation may take when nothing is said.
pub const DEFAULT: Duration = Duration::from_secs(30 * 60);

/// Model of the block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timeouts {
    /// Limit of a create.
    pub create: Value<String>,
    /// Limit of an update in place.
    pub update: Value<String>,
    /// Limit of a delete.
    pub delete: Value<String>,
}

impl Timeouts {
    /// The configured limit of a create; `None` where there is none, or an invalid one in an old state.
    #[must_use]
    pub fn create(block: &Value<Self>) -> Option<Duration> {
        parse(&block.as_ref_option()?.create)
    }

    /// The configured limit of an update.
    #[must_use]
    pub fn update(block: &Value<Self>) -> Option<Duration> {
        parse(&block.as_ref_option()?.update)
    }

    /// The configured limit of a delete.
    #[must_use]
    pub fn delete(block: &Value<Self>) -> Option<Duration> {
        parse(&block.as_ref_option()?.delete)
    }
}

fn parse(limit: &Value<String>) -> Option<Duration> {
    duration::parse(limit.as_deref_option()?).ok()
}

const NAMES: [&str; 3] = ["create", "update", "delete"];

/// The block, for a schema. Null where it is not configured.
#[must_use]
pub fn nested_block() -> NestedBlock {
    block_of(["Default `30m`."; 3])
}

/// The block, with what is to be said of the default of each operation, in the order create, update, delete.
#[must_use]
pub fn block_of(defaults: [&str; 3]) -> NestedBlock {
    let [create, update, delete] = defaults;
    let attribute = |what: &str, default: &str| {
        optional(
            AttributeType::String,
            &format!(
                "How long {what} may take: a number with a unit, or several, such as `90s`, `45m` or `1h30m`. {default}"
            ),
        )
    };
    NestedBlock::Single(block(
        "How long the operations may take.",
        named([
            ("create", attribute("a create", create)),
            ("update", attribute("an update in place", update)),
            ("delete", attribute("a delete", delete)),
        ]),
        [],
    ))
}

/// The block as the Go provider's state has it: null where that sets no limit.
#[must_use]
pub fn taken_over(limits: Option<&BTreeMap<String, Option<String>>>) -> RawValue {
    let limit = |name: &str| limits.and_then(|limits| limits.get(name).cloned().flatten());
    if NAMES.iter().all(|name| limit(name).is_none()) {
        return RawValue::Null;
    }
    RawValue::Map(
        NAMES
            .iter()
            .map(|name| ((*name).to_owned(), limit(name).into()))
            .collect(),
    )
}

/// Reports every limit that is not a positive duration; unknown ones pass.
pub fn validate(timeouts: &RawValue, diags: &mut Diagnostics) {
    for name in NAMES {
        if let Some(text) = timeouts.get(name).as_str()
            && let Err(error) = duration::parse(text)
        {
            diags.add_attribute_error(
                "The timeout is not valid",
                format!("The value cannot be used: {error}."),
                AttributePath::new("timeouts").attribute(name),
            );
        }
    }
}

/// How long `operation` may take. What is not set, or not valid in an old state, is [`DEFAULT`].
#[must_use]
pub fn limit(state: &RawValue, operation: &str) -> Duration {
    set(state, operation).unwrap_or(DEFAULT)
}

/// How long `operation` may take, when that is set and valid.
#[must_use]
pub fn set(state: &RawValue, operation: &str) -> Option<Duration> {
    duration::parse(state.get("timeouts").get(operation).as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_of_the_block_has_its_attributes() {
        let NestedBlock::Single(block) = nested_block() else {
            panic!("the block is single");
        };
        test_support::model::assert_model_has_schema::<Timeouts>("timeouts", &block);
    }

    #[test]
    fn only_a_valid_limit_counts() {
        let block = |create: Value<String>| {
            Value::Value(Timeouts {
                create,
                ..Timeouts::default()
            })
        };
        let limit = |text: &str| Timeouts::create(&block(Value::Value(text.to_owned())));
        assert_eq!(limit("1h30m"), Some(Duration::from_secs(90 * 60)));
        assert_eq!(limit("soon"), None);
        assert_eq!(Timeouts::create(&block(Value::Unknown)), None);
        assert_eq!(Timeouts::create(&Value::Null), None);
    }

    #[test]
    fn a_wrong_limit_is_named_and_not_quoted() {
        let limits = NAMES.map(|name| (name.to_owned(), RawValue::from("LEAK-limit")));
        let mut diags = Diagnostics::default();
        validate(&RawValue::Map(limits.into()), &mut diags);
        assert_eq!(diags.errors.len(), NAMES.len());
        for (error, name) in diags.errors.iter().zip(NAMES) {
            assert_eq!(error.attribute, AttributePath::new("timeouts").attribute(name));
            assert!(!error.detail.contains("LEAK"), "{}", error.detail);
            assert!(error.detail.contains("1h30m"), "{}", error.detail);
        }
    }
}
