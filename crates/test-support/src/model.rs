//! A model and its schema have the same attributes, with the same types.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use terraform_plugin::{
    AttributeType, Block, NestedBlock, RawValue, model,
    protocol6::types::{block_type, plain},
};

/// Asserts that a value with every attribute of `block` survives in the model `T`: a missing field would drop an attribute, a
/// field of another type would refuse it, and a field that the schema does not have would add one.
pub fn assert_model_has_schema<T: Serialize + DeserializeOwned>(name: &str, block: &Block) {
    for value in [sample(&block_type(block)), with_nulls(block)] {
        let read: T = model::from_raw(&value).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(model::to_raw(&read).unwrap(), value, "{name}");
    }
}

/// A value of the type, in which nothing is null.
fn sample(attr_type: &AttributeType) -> RawValue {
    match plain(attr_type) {
        AttributeType::Bool => true.into(),
        AttributeType::Number => 1.into(),
        AttributeType::List(element) | AttributeType::Set(element) => RawValue::List(vec![sample(&element)]),
        AttributeType::Map(element) => RawValue::Map(BTreeMap::from([("key".to_owned(), sample(&element))])),
        AttributeType::Object(attributes) => RawValue::Map(
            attributes
                .iter()
                .map(|(name, attribute)| (name.clone(), sample(attribute)))
                .collect(),
        ),
        AttributeType::Tuple(elements) => RawValue::List(elements.iter().map(sample).collect()),
        AttributeType::Any => RawValue::Typed(Box::new(AttributeType::String), Box::new("text".into())),
        _ => "text".into(),
    }
}

/// An object in which every attribute and block is null.
fn with_nulls(block: &Block) -> RawValue {
    let names = block.attributes.keys().chain(block.blocks.keys());
    RawValue::Map(
        names
            .map(|name| (name.clone(), absent(block.blocks.get(name))))
            .collect(),
    )
}

fn absent(block: Option<&NestedBlock>) -> RawValue {
    match block {
        Some(NestedBlock::List(_) | NestedBlock::Set(_) | NestedBlock::Optional(_)) => RawValue::List(Vec::new()),
        Some(NestedBlock::Map(_)) => RawValue::Map(BTreeMap::new()),
        _ => RawValue::Null,
    }
}
