//! Shorthands for schemas.

pub use terraform_plugin::schema::attributes;
use terraform_plugin::{Attribute, AttributeConstraint, AttributeType, Block, Description, Schema, schema::Attributes};

/// Creates an attribute.
pub fn attribute(name: &str, attr_type: AttributeType, constraint: AttributeConstraint) -> Attribute {
    let mut attribute = Attribute::new(name, attr_type).doc(format!("The attribute `{name}`."));
    attribute.constraint = constraint;
    attribute
}

/// Creates a block.
pub fn block<const N: usize>(attributes: [Attribute; N]) -> Block {
    Block {
        attributes: self::attributes(attributes),
        description: Description::plain("A block."),
        ..Block::default()
    }
}

/// Creates a schema.
pub fn schema(version: i64, attributes: Attributes) -> Schema {
    Schema::from(Block {
        attributes,
        ..block([])
    })
    .version(version)
}
