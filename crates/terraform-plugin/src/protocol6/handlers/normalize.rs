//! Normal form of values, beyond their type.

use crate::{AttributeConstraint, AttributePath, AttributePathStep, Block, Diagnostics, NestedBlock, RawValue};

/// Replaces absent blocks by empty collections: in Terraform, a collection of blocks is never null.
pub fn fill_blocks(block: &Block, value: &mut RawValue) {
    let RawValue::Map(elements) = value else { return };
    for (name, nested) in &block.blocks {
        let element = elements.entry(name.clone()).or_default();
        match nested {
            NestedBlock::Single(inner) => fill_blocks(inner, element),
            NestedBlock::Group(inner) => {
                if element.is_null() {
                    *element = RawValue::Map(std::collections::BTreeMap::new());
                }
                fill_blocks(inner, element);
            }
            NestedBlock::List(inner) | NestedBlock::Optional(inner) | NestedBlock::Set(inner) => {
                if element.is_null() {
                    *element = RawValue::List(Vec::new());
                }
                if let RawValue::List(items) = element {
                    items.iter_mut().for_each(|item| fill_blocks(inner, item));
                }
            }
            NestedBlock::Map(inner) => {
                if element.is_null() {
                    *element = RawValue::Map(std::collections::BTreeMap::new());
                }
                if let RawValue::Map(items) = element {
                    items.values_mut().for_each(|item| fill_blocks(inner, item));
                }
            }
        }
    }
}

/// Makes computed attributes unknown that are not configured.
pub fn fill_computed(block: &Block, value: &mut RawValue) {
    let RawValue::Map(elements) = value else { return };
    for (name, attribute) in &block.attributes {
        let computed = matches!(
            attribute.constraint,
            AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
        );
        let element = elements.entry(name.clone()).or_default();
        if computed && element.is_null() {
            *element = RawValue::UNKNOWN;
        }
    }
}

/// Drops errors about values that are not known yet: their final values may be valid.
pub fn drop_errors_on_unknowns(config: &RawValue, diags: &mut Diagnostics) {
    diags.errors.retain(|diag| {
        let unknown = leads_to_unknown(config, &diag.attribute);
        if unknown {
            tracing::warn!(path = %diag.attribute, summary = %diag.summary, "dropped an error about an unknown value");
        }
        !unknown
    });
}

fn leads_to_unknown(config: &RawValue, path: &AttributePath) -> bool {
    let mut at = config;
    for step in &path.steps {
        let next = match (step, at) {
            (AttributePathStep::Attribute(name) | AttributePathStep::Key(name), RawValue::Map(elements)) => {
                elements.get(name.as_ref())
            }
            (AttributePathStep::Index(index), RawValue::List(elements)) => {
                usize::try_from(*index).ok().and_then(|index| elements.get(index))
            }
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    !path.steps.is_empty() && at.is_unknown()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn only_errors_about_unknown_values_are_dropped() {
        let list = RawValue::List(vec!["x".into(), RawValue::UNKNOWN]);
        let config = RawValue::Map(BTreeMap::from([
            ("a".to_owned(), RawValue::UNKNOWN),
            ("b".to_owned(), list),
        ]));
        let mut diags = Diagnostics::default();
        for path in [
            AttributePath::new("a"),
            AttributePath::new("a").attribute("inside"),
            AttributePath::new("b").index(1),
            AttributePath::new("b").index(0),
            AttributePath::new("b"),
            AttributePath::root(),
        ] {
            diags.error("no", "", path);
        }
        drop_errors_on_unknowns(&config, &mut diags);
        let left: Vec<_> = diags.errors.iter().map(|diag| diag.attribute.to_string()).collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }

    #[test]
    fn absent_blocks_become_empty_collections() {
        let block = Block {
            blocks: BTreeMap::from([
                ("list".to_owned(), NestedBlock::List(Block::default())),
                ("map".to_owned(), NestedBlock::Map(Block::default())),
                ("single".to_owned(), NestedBlock::Single(Block::default())),
            ]),
            ..Block::default()
        };
        let mut value = RawValue::Map(BTreeMap::new());
        fill_blocks(&block, &mut value);
        assert_eq!(*value.get("list"), RawValue::List(vec![]));
        assert_eq!(*value.get("map"), RawValue::Map(BTreeMap::new()));
        assert_eq!(*value.get("single"), RawValue::Null);
        let mut nothing = RawValue::Null;
        fill_blocks(&block, &mut nothing);
        assert!(nothing.is_null());
    }

    #[test]
    fn absent_blocks_inside_of_blocks_become_empty_collections() {
        let with_list = || Block {
            blocks: BTreeMap::from([("list".to_owned(), NestedBlock::List(Block::default()))]),
            ..Block::default()
        };
        let object = |name: &str, value: RawValue| RawValue::Map(BTreeMap::from([(name.to_owned(), value)]));
        let (absent, filled) = (object("a", RawValue::Null), {
            let mut filled = object("a", RawValue::Null);
            filled.set("list", RawValue::List(vec![]));
            filled
        });
        let list = |element: &RawValue| RawValue::List(vec![element.clone()]);
        for (nested, value, expected) in [
            (NestedBlock::Single(with_list()), absent.clone(), filled.clone()),
            (NestedBlock::Group(with_list()), absent.clone(), filled.clone()),
            (
                NestedBlock::Group(with_list()),
                RawValue::Null,
                object("list", RawValue::List(vec![])),
            ),
            (NestedBlock::List(with_list()), list(&absent), list(&filled)),
            (NestedBlock::Optional(with_list()), list(&absent), list(&filled)),
            (NestedBlock::Set(with_list()), list(&absent), list(&filled)),
            (
                NestedBlock::Map(with_list()),
                object("k", absent.clone()),
                object("k", filled.clone()),
            ),
        ] {
            let block = Block {
                blocks: BTreeMap::from([("block".to_owned(), nested)]),
                ..Block::default()
            };
            let mut value = object("block", value);
            fill_blocks(&block, &mut value);
            assert_eq!(value, object("block", expected));
        }
    }

    #[test]
    fn only_computed_attributes_without_a_value_become_unknown() {
        let attribute = |name: &str| crate::Attribute::string(name);
        let block = Block {
            attributes: crate::schema::attributes([
                attribute("computed").computed(),
                attribute("either").optional_computed(),
                attribute("configured").optional_computed(),
                attribute("optional"),
            ]),
            ..Block::default()
        };
        let mut value = RawValue::Map(BTreeMap::from([
            ("configured".to_owned(), "x".into()),
            ("either".to_owned(), RawValue::Null),
        ]));
        fill_computed(&block, &mut value);
        assert!(value.get("computed").is_unknown() && value.get("either").is_unknown());
        assert_eq!(value.get("configured").as_str(), Some("x"));
        assert!(value.get("optional").is_null());
    }
}
