//! Schemas: which attributes and blocks a configuration can have, and how each attribute behaves.
//!
//! An [`Attribute`] says everything about itself: its type, whether it is required, its default, which changes need a
//! replacement, which values are equivalent, and how it is validated. The wire schema, the plan ([`Schema::plan`]) and the
//! validation ([`Schema::validate`]) are derived from it.

mod attribute;
mod attribute_type;
mod plan;
mod unknown;
mod validate;

use std::collections::BTreeMap;

pub use attribute::{Attribute, Change, Validator};
pub use attribute_type::AttributeType;
pub use tf_provider::schema::{AttributeConstraint, Description, StringKind};

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// The attributes of a list, by name.
#[must_use]
pub fn attributes(list: impl IntoIterator<Item = Attribute>) -> Attributes {
    list.into_iter()
        .map(|attribute| (attribute.name.clone(), attribute))
        .collect()
}

/// Schema of a resource, data source, action, list, ephemeral resource or provider block.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Version of the state's layout, for upgrades. Zero where there is no state.
    pub version: i64,
    /// The oldest version whose states need no upgrade function.
    pub readable_since: i64,
    /// The outermost block.
    pub block: Block,
    /// What a replacement creates, in one or two words, such as "backup". It ends the sentence "Changing this creates a new
    /// …." in the description of attributes that require replacement.
    pub object: &'static str,
}

impl Schema {
    /// A schema without attributes, with a description in Markdown.
    #[must_use]
    pub fn new(description: impl Into<String>) -> Self {
        Self::from(Block {
            description: Description::markdown(description.into()),
            ..Block::default()
        })
    }

    /// Sets the version of the state's layout.
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

    /// Names what a replacement creates.
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

    /// Names of the top-level attributes that are never kept in a plan or state.
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

/// A block: attributes and nested blocks.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Attributes by name.
    pub attributes: Attributes,
    /// Nested blocks by name.
    pub blocks: BTreeMap<String, NestedBlock>,
    /// Meaning of the block.
    pub description: Description,
    /// Why the block is deprecated and what to write in its place.
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

/// A block inside a block.
#[derive(Debug, Clone, PartialEq)]
pub enum NestedBlock {
    /// At most one; an object or null.
    Single(Block),
    /// Any number, in order.
    List(Block),
    /// Any number, without order.
    Set(Block),
    /// Any number, each with a label.
    Map(Block),
    /// One; always an object, of nulls when it is not configured.
    Group(Block),
    /// At most one; a list of none or one.
    Optional(Block),
}
