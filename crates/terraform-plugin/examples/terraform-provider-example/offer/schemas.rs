//! Short ways to write schemas.

use std::collections::HashMap;

use terraform_plugin::{Attribute, AttributeConstraint, AttributeType, Block, Description, Schema};

/// An attribute.
pub fn attribute(name: &str, attr_type: AttributeType, constraint: AttributeConstraint) -> (String, Attribute) {
    let attribute = Attribute {
        attr_type,
        constraint,
        description: Description::markdown(format!("The attribute `{name}`.")),
        sensitive: false,
        deprecated: false,
    };
    (name.to_owned(), attribute)
}

/// The same attribute, sensitive.
pub fn sensitive((name, mut attribute): (String, Attribute)) -> (String, Attribute) {
    attribute.sensitive = true;
    (name, attribute)
}

/// A block.
pub fn block<const N: usize>(attributes: [(String, Attribute); N]) -> Block {
    Block {
        version: 0,
        attributes: HashMap::from(attributes),
        blocks: HashMap::new(),
        description: Description::plain("A block."),
        deprecated: false,
    }
}

/// A schema.
pub fn schema(version: i64, attributes: HashMap<String, Attribute>) -> Schema {
    Schema {
        version,
        block: Block {
            attributes,
            ..block([])
        },
    }
}
