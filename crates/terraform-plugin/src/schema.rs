//! Schemas: the attributes and blocks of a configuration, and the behaviour of each attribute.
//!
//! An [`Attribute`] has everything about itself in one place: its type, whether it is required, its default, the changes that
//! require replacement, its equivalent values and its validators. The wire schema, the plan ([`Schema::plan`]) and the validation
//! ([`Schema::validate`]) are derived from it.

mod attribute;
mod attribute_type;
mod plan;
mod unknown;
mod validate;

use std::collections::BTreeMap;

pub use attribute::{Attribute, Change, Validator};
pub use attribute_type::AttributeType;
pub use tf_provider::schema::{AttributeConstraint, Description, StringKind};

/// Attributes, by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// Converts a list of attributes to a map by name.
#[must_use]
pub fn attributes(list: impl IntoIterator<Item = Attribute>) -> Attributes {
    let mut attributes = Attributes::new();
    // Not `collect`, which sorts first: every length of array would have its own copy of the code that sorts.
    for attribute in list {
        attributes.insert(attribute.name.clone(), attribute);
    }
    attributes
}

/// Schema of a provider block, resource, data source, action, list resource or ephemeral resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Version of the state format, for upgrades. Zero if there is no state.
    pub version: i64,
    /// The oldest version whose states need no upgrade function.
    pub readable_since: i64,
    /// The outermost block.
    pub block: Block,
    /// Object that a replacement creates, in one or two words, such as "backup". It ends the sentence "Changing this creates a
    /// new …." in the description of attributes that require replacement.
    pub object: &'static str,
}

impl Schema {
    /// Creates a schema without attributes, with a description in Markdown.
    #[must_use]
    pub fn new(description: impl Into<String>) -> Self {
        Self::from(Block {
            description: Description::markdown(description.into()),
            ..Block::default()
        })
    }

    /// Sets the version of the state format.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = version;
        self.readable_since = version;
        self
    }

    /// Names the oldest version, after which attributes were only added or removed: states of it and later ones are read as
    /// states of this version, without [`crate::Resource::upgrade_state`]. Removed attributes are dropped; added ones are null
    /// until the next refresh.
    #[must_use]
    pub fn readable_since(mut self, version: i64) -> Self {
        self.readable_since = version;
        self
    }

    /// Sets the name of the object that a replacement creates.
    #[must_use]
    pub fn object(mut self, object: &'static str) -> Self {
        self.object = object;
        self
    }

    /// Adds attributes.
    #[must_use]
    pub fn attributes(mut self, list: impl IntoIterator<Item = Attribute>) -> Self {
        self.block.attributes.extend(attributes(list));
        self
    }

    /// Adds a nested block.
    #[must_use]
    pub fn block(mut self, name: &str, block: NestedBlock) -> Self {
        self.block.blocks.insert(name.to_owned(), block);
        self
    }

    /// Returns the names of the write-only attributes at the top level.
    pub fn write_only(&self) -> impl Iterator<Item = &str> {
        let attributes = self.block.attributes.iter();
        attributes
            .filter(|(_, attribute)| attribute.write_only)
            .map(|(name, _)| name.as_str())
    }
}

impl From<Block> for Schema {
    fn from(block: Block) -> Self {
        Self {
            version: 0,
            readable_since: 0,
            block,
            object: "object",
        }
    }
}

/// Attributes and nested blocks of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Attributes, by name.
    pub attributes: Attributes,
    /// Nested blocks by name.
    pub blocks: BTreeMap<String, NestedBlock>,
    /// Description of the block.
    pub description: Description,
    /// Message of a deprecated block: the reason, and what to use instead.
    pub deprecation: Option<String>,
}

impl Default for Block {
    fn default() -> Self {
        Self {
            attributes: Attributes::new(),
            blocks: BTreeMap::new(),
            description: Description::plain(""),
            deprecation: None,
        }
    }
}

/// Nested block.
#[derive(Debug, Clone, PartialEq)]
pub enum NestedBlock {
    /// At most one block; its value is an object or null.
    Single(Block),
    /// Any number of blocks, ordered.
    List(Block),
    /// Any number of blocks, unordered.
    Set(Block),
    /// Any number of blocks, each with a label.
    Map(Block),
    /// Exactly one block; its value is an object, with null attributes if it is not configured.
    Group(Block),
    /// At most one block; its value is a list with at most one element.
    Optional(Block),
}
