//! Types in the JSON form of the protocol, and the object types of schemas.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::{Attribute, AttributeType, Block, IdentitySchema, NestedBlock};

use super::codec::CodecError;

/// Maximum nesting of a type, so that no input can exhaust the stack.
const MAX_DEPTH: usize = 100;

/// Encodes a type as JSON, with the attributes of an object in the order of their names.
#[must_use]
pub fn type_json(ty: &AttributeType) -> Vec<u8> {
    // A `serde_json::Value` sorts the members of objects, so that the same type always gives the same bytes.
    serde_json::to_value(ty)
        .map(|value| value.to_string().into_bytes())
        .unwrap_or_default()
}

/// Decodes a type from JSON.
///
/// # Errors
/// [`CodecError`] if the bytes are not a type.
pub fn parse_type(bytes: &[u8]) -> Result<AttributeType, CodecError> {
    let json: Json =
        serde_json::from_slice(bytes).map_err(|error| CodecError::new(format!("invalid type: {error}")))?;
    from_json(&json, 0)
}

fn from_json(json: &Json, depth: usize) -> Result<AttributeType, CodecError> {
    if depth > MAX_DEPTH {
        return Err(CodecError::new("a type is nested too deeply"));
    }
    let inner = |json: &Json| from_json(json, depth + 1);
    let parts = match json {
        Json::String(name) => {
            return match name.as_str() {
                "string" => Ok(AttributeType::String),
                "number" => Ok(AttributeType::Number),
                "bool" => Ok(AttributeType::Bool),
                "dynamic" => Ok(AttributeType::Any),
                other => Err(CodecError::new(format!("unknown type {other:?}"))),
            };
        }
        Json::Array(parts) => parts,
        _ => return Err(CodecError::new("a type is neither a name nor a list")),
    };
    match parts.as_slice() {
        [Json::String(kind), element] if kind == "list" => Ok(AttributeType::List(Box::new(inner(element)?))),
        [Json::String(kind), element] if kind == "set" => Ok(AttributeType::Set(Box::new(inner(element)?))),
        [Json::String(kind), element] if kind == "map" => Ok(AttributeType::Map(Box::new(inner(element)?))),
        [Json::String(kind), Json::Array(elements)] if kind == "tuple" => Ok(AttributeType::Tuple(
            elements.iter().map(inner).collect::<Result<_, _>>()?,
        )),
        [Json::String(kind), Json::Object(attributes), ..] if kind == "object" => {
            let mut types = BTreeMap::new();
            for (name, attribute) in attributes {
                types.insert(name.clone(), inner(attribute)?);
            }
            Ok(AttributeType::Object(types))
        }
        _ => Err(CodecError::new("unknown kind of type")),
    }
}

/// Returns the object type of a block.
#[must_use]
pub fn block_type(block: &Block) -> AttributeType {
    let mut types: BTreeMap<String, AttributeType> = attribute_types(&block.attributes);
    for (name, nested) in &block.blocks {
        let ty = match nested {
            NestedBlock::Single(inner) | NestedBlock::Group(inner) => block_type(inner),
            NestedBlock::List(inner) | NestedBlock::Optional(inner) => list_of(block_type(inner)),
            NestedBlock::Set(inner) => AttributeType::Set(Box::new(block_type(inner))),
            NestedBlock::Map(inner) => map_of(block_type(inner)),
        };
        types.insert(name.clone(), ty);
    }
    AttributeType::Object(types)
}

/// Returns the object type of an identity.
#[must_use]
pub fn identity_type(schema: &IdentitySchema) -> AttributeType {
    let mut types = BTreeMap::new();
    for attribute in &schema.attributes {
        types.insert(attribute.name.clone(), attribute.attr_type.clone());
    }
    AttributeType::Object(types)
}

/// Returns the type of a list of `element`. Elements of a list have one type, so with dynamic parts it is a tuple, whose type
/// is sent with the value.
fn list_of(element: AttributeType) -> AttributeType {
    if is_dynamic(&element) {
        AttributeType::Any
    } else {
        AttributeType::List(Box::new(element))
    }
}

/// Returns the type of a map of `element`. With dynamic parts it is an object, whose type is sent with the value.
fn map_of(element: AttributeType) -> AttributeType {
    if is_dynamic(&element) {
        AttributeType::Any
    } else {
        AttributeType::Map(Box::new(element))
    }
}

fn is_dynamic(ty: &AttributeType) -> bool {
    match ty {
        AttributeType::Any => true,
        AttributeType::List(inner) | AttributeType::Set(inner) | AttributeType::Map(inner) => is_dynamic(inner),
        AttributeType::Tuple(types) => types.iter().any(is_dynamic),
        AttributeType::Object(types) => types.values().any(is_dynamic),
        AttributeType::Bool | AttributeType::Number | AttributeType::String => false,
        nested => is_dynamic(&plain(nested)),
    }
}

fn attribute_types(attributes: &BTreeMap<String, Attribute>) -> BTreeMap<String, AttributeType> {
    let mut types = BTreeMap::new();
    for (name, attribute) in attributes {
        types.insert(name.clone(), plain(&attribute.attr_type));
    }
    types
}

/// Returns a type without schemas: nested attributes become objects.
#[must_use]
pub fn plain(ty: &AttributeType) -> AttributeType {
    let object = |attributes| AttributeType::Object(attribute_types(attributes));
    match ty {
        AttributeType::AttributeSingle(attributes) => object(attributes),
        AttributeType::AttributeList(attributes) => list_of(object(attributes)),
        AttributeType::AttributeSet(attributes) => AttributeType::Set(Box::new(object(attributes))),
        AttributeType::AttributeMap(attributes) => map_of(object(attributes)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_the_same_after_decoding_and_encoding() {
        let text = br#"["object",{"a":["list","string"],"b":["tuple",["number","bool"]],"c":"dynamic","d":["map",["set","string"]]}]"#;
        let ty = parse_type(text).unwrap();
        assert_eq!(type_json(&ty), text.to_vec());
    }

    #[test]
    fn blocks_with_dynamic_parts_have_a_dynamic_type() {
        let attributes = crate::schema::attributes([Attribute::any("any")]);
        let block = Block {
            attributes: attributes.clone(),
            ..Block::default()
        };
        let outer = Block {
            blocks: BTreeMap::from([("list".to_owned(), NestedBlock::List(block))]),
            ..Block::default()
        };
        assert_eq!(
            block_type(&outer),
            AttributeType::Object(BTreeMap::from([("list".to_owned(), AttributeType::Any)]))
        );
        assert_eq!(plain(&AttributeType::AttributeMap(attributes)), AttributeType::Any);
    }

    #[test]
    fn invalid_types_are_errors() {
        for text in ["", "1", "\"strings\"", "[]", "[\"list\"]", "[\"object\",[]]", "{}"] {
            assert!(parse_type(text.as_bytes()).is_err(), "{text}");
        }
        let deep = format!("{}\"string\"{}", "[\"list\",".repeat(110), "]".repeat(110));
        assert!(parse_type(deep.as_bytes()).is_err());
    }
}
