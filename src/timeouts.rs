//! The block `timeouts` of a resource.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Block, Description, NestedBlock, Value, schema::attributes};

use super::{duration, validators};

/// Timeout of an operation that has none configured.
pub const DEFAULT: Duration = Duration::from_secs(30 * 60);

/// Model of the block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timeouts {
    /// Timeout of a create, such as `90m`.
    pub create: Value<String>,
    /// Timeout of an update in place.
    pub update: Value<String>,
    /// Timeout of a delete.
    pub delete: Value<String>,
}

impl Timeouts {
    /// The timeout of a create; `None` where none is configured, or an invalid one is in an old state.
    #[must_use]
    pub fn create(block: &Value<Self>) -> Option<Duration> {
        parse(&block.as_ref_option()?.create)
    }

    /// The timeout of an update, as [`Timeouts::create`].
    #[must_use]
    pub fn update(block: &Value<Self>) -> Option<Duration> {
        parse(&block.as_ref_option()?.update)
    }

    /// The timeout of a delete, as [`Timeouts::create`].
    #[must_use]
    pub fn delete(block: &Value<Self>) -> Option<Duration> {
        parse(&block.as_ref_option()?.delete)
    }

    /// The block as the Go provider's state has it; null where that sets no timeout.
    #[must_use]
    pub fn from_opentelekomcloud(timeouts: Option<&BTreeMap<String, Option<String>>>) -> Value<Self> {
        let timeout = |name: &str| Value::from(timeouts.and_then(|timeouts| timeouts.get(name).cloned().flatten()));
        let timeouts = Self {
            create: timeout("create"),
            update: timeout("update"),
            delete: timeout("delete"),
        };
        if timeouts == Self::default() {
            Value::Null
        } else {
            Value::Value(timeouts)
        }
    }
}

fn parse(timeout: &Value<String>) -> Option<Duration> {
    duration::parse(timeout.as_deref_option()?).ok()
}

/// The block, for a schema, with a default of 30 minutes for each operation. Null where it is not configured.
#[must_use]
pub fn nested_block() -> NestedBlock {
    block_of(["Default `30m`."; 3])
}

/// The block, for a schema, with a sentence about the default of each operation: create, update, delete.
#[must_use]
pub fn block_of(defaults: [&str; 3]) -> NestedBlock {
    let [create, update, delete] = defaults;
    let attribute = |name: &str, what: &str, default: &str| {
        Attribute::string(name).validate(validators::timeout()).doc(format!(
            "How long {what} may take: a number with a unit, or several, such as `90s`, `45m` or `1h30m`. {default}"
        ))
    };
    NestedBlock::Single(Block {
        attributes: attributes([
            attribute("create", "a create", create),
            attribute("update", "an update in place", update),
            attribute("delete", "a delete", delete),
        ]),
        description: Description::markdown("How long the operations may take."),
        ..Block::default()
    })
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
    fn only_a_valid_timeout_counts() {
        let block = |create: Value<String>| {
            Value::Value(Timeouts {
                create,
                ..Timeouts::default()
            })
        };
        let timeout = |text: &str| Timeouts::create(&block(Value::Value(text.to_owned())));
        assert_eq!(timeout("1h30m"), Some(Duration::from_secs(90 * 60)));
        assert_eq!(timeout("soon"), None);
        assert_eq!(Timeouts::create(&block(Value::Unknown)), None);
        assert_eq!(Timeouts::create(&Value::Null), None);
    }
}
