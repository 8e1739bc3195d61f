//! Builders for schema attributes and blocks, so that a schema reads as a list of names, constraints and descriptions.

use std::collections::BTreeMap;

use terraform_plugin::{Attribute, AttributeConstraint, AttributeType, Block, Description, NestedBlock};

pub use terraform_plugin::schema::Attributes;

/// An attribute that has to be configured.
#[must_use]
pub fn required(attr_type: AttributeType, description: &str) -> Attribute {
    attribute(AttributeConstraint::Required, attr_type, description)
}

/// An attribute that may be configured; null otherwise.
#[must_use]
pub fn optional(attr_type: AttributeType, description: &str) -> Attribute {
    attribute(AttributeConstraint::Optional, attr_type, description)
}

/// An attribute that may be configured and is computed otherwise.
#[must_use]
pub fn optional_computed(attr_type: AttributeType, description: &str) -> Attribute {
    attribute(AttributeConstraint::OptionalComputed, attr_type, description)
}

/// An attribute that cannot be configured.
#[must_use]
pub fn computed(attr_type: AttributeType, description: &str) -> Attribute {
    attribute(AttributeConstraint::Computed, attr_type, description)
}

/// The same attribute, with its value hidden in Terraform's output.
#[must_use]
pub fn sensitive(attribute: Attribute) -> Attribute {
    attribute.sensitive()
}

fn attribute(constraint: AttributeConstraint, attr_type: AttributeType, description: &str) -> Attribute {
    let mut attribute = Attribute::new("", attr_type).doc(description);
    attribute.constraint = constraint;
    attribute
}

/// The type `map(string)`.
#[must_use]
pub fn map_of_strings() -> AttributeType {
    AttributeType::Map(Box::new(AttributeType::String))
}

/// The type `list(string)`.
#[must_use]
pub fn list_of_strings() -> AttributeType {
    AttributeType::List(Box::new(AttributeType::String))
}

/// One nested object.
#[must_use]
pub fn object<const N: usize>(attributes: [(&str, Attribute); N]) -> AttributeType {
    AttributeType::AttributeSingle(named(attributes))
}

/// A list of nested objects.
#[must_use]
pub fn list_of_objects<const N: usize>(attributes: [(&str, Attribute); N]) -> AttributeType {
    AttributeType::AttributeList(named(attributes))
}

/// Attributes by name.
#[must_use]
pub fn named<const N: usize>(attributes: [(&str, Attribute); N]) -> Attributes {
    let mut named = Attributes::new();
    for (name, attribute) in attributes {
        named.insert(name.to_owned(), attribute);
    }
    named
}

/// A block with attributes and nested blocks.
#[must_use]
pub fn block<const N: usize>(description: &str, attributes: Attributes, blocks: [(&str, NestedBlock); N]) -> Block {
    let mut named = BTreeMap::new();
    for (name, nested) in blocks {
        named.insert(name.to_owned(), nested);
    }
    Block {
        attributes,
        blocks: named,
        description: Description::markdown(description),
        deprecation: None,
    }
}
