//! Validation of a configuration, derived from the schema.

use crate::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics, RawValue};

use super::{Attribute, AttributeType, Attributes, Block, NestedBlock, Schema};

impl Schema {
    /// Runs every validator on every configured value, including those inside nested objects and blocks, and reports all
    /// problems, each at its own path. Skips unknown values. A configured attribute that is deprecated is a warning.
    pub fn validate(&self, config: &RawValue, diags: &mut Diagnostics) {
        validate_block(&self.block, config, &AttributePath::root(), diags);
    }
}

fn validate_block(block: &Block, config: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    validate_attributes(&block.attributes, config, path, diags);
    for (name, nested) in &block.blocks {
        let (value, path) = (config.get(name), path.clone().attribute(name.clone()));
        match nested {
            NestedBlock::Single(block) | NestedBlock::Group(block) => validate_block(block, value, &path, diags),
            NestedBlock::List(block) | NestedBlock::Optional(block) | NestedBlock::Map(block) => {
                each_element(value, &path, |element, path| {
                    validate_block(block, element, path, diags)
                });
            }
            NestedBlock::Set(block) => {
                for element in value.as_list().into_iter().flatten() {
                    let mut found = Diagnostics::default();
                    validate_block(block, element, &path, &mut found);
                    hoist(found, &path, "an element", diags);
                }
            }
        }
    }
}

fn validate_attributes(attributes: &Attributes, config: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    // A null object has no attributes to validate.
    if config.as_map().is_none() {
        return;
    }
    for (name, attribute) in attributes {
        validate_attribute(
            attribute,
            config.get(name),
            &path.clone().attribute(name.clone()),
            diags,
        );
    }
}

fn validate_attribute(attribute: &Attribute, value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    if value.is_null() {
        return;
    }
    if let Some(message) = &attribute.deprecation {
        diags.add_attribute_warning("Deprecated attribute", message.clone(), path.clone());
    }
    if value.is_unknown() {
        return;
    }
    for validator in &attribute.validators {
        validator(value, path, diags);
    }
    match &attribute.attr_type {
        AttributeType::AttributeSingle(inner) => validate_attributes(inner, value, path, diags),
        AttributeType::AttributeList(inner) | AttributeType::AttributeMap(inner) => {
            each_element(value, path, |element, path| {
                validate_attributes(inner, element, path, diags)
            });
        }
        AttributeType::AttributeSet(inner) => {
            for element in value.as_list().into_iter().flatten() {
                let mut found = Diagnostics::default();
                validate_attributes(inner, element, path, &mut found);
                let label = attribute.element_label.as_ref().map(|label| label(element));
                hoist(found, path, label.as_deref().unwrap_or("an element"), diags);
            }
        }
        _ => {}
    }
}

fn each_element(value: &RawValue, path: &AttributePath, mut visit: impl FnMut(&RawValue, &AttributePath)) {
    for (index, element) in value.as_list().into_iter().flatten().enumerate() {
        visit(element, &path.clone().index(i64::try_from(index).unwrap_or(i64::MAX)));
    }
    for (key, element) in value.as_map().into_iter().flatten() {
        visit(element, &path.clone().key(key.clone()));
    }
}

/// Reports problems of an element of a set at the set, because the protocol has no path for the element. The detail names the
/// element and the attribute.
fn hoist(found: Diagnostics, set: &AttributePath, label: &str, diags: &mut Diagnostics) {
    let hoisted = |problem: Diagnostic| {
        let inner = AttributePath {
            steps: problem
                .attribute
                .steps
                .get(set.steps.len()..)
                .unwrap_or_default()
                .to_vec(),
        };
        Diagnostic {
            detail: format!("In {label}, `{inner}`: {}", problem.detail).into(),
            attribute: set.clone(),
            ..problem
        }
    };
    diags.errors.extend(found.errors.into_iter().map(hoisted));
    diags.warnings.extend(found.warnings.into_iter().map(hoisted));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::schema::attributes;

    fn object(values: &[(&str, RawValue)]) -> RawValue {
        RawValue::Map(
            values
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.clone()))
                .collect::<BTreeMap<_, _>>(),
        )
    }

    fn short(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
        assert!(!value.is_null() && !value.is_unknown(), "{path}");
        if value.as_str().is_some_and(|text| text.len() > 3) {
            diags.add_attribute_error("Too long", "It has more than 3 characters.", path.clone());
        }
    }

    fn schema() -> Schema {
        let inner = || attributes([Attribute::string("text").validate(short)]);
        Schema::new("").attributes([
            Attribute::string("text").validate(short).validate(short),
            Attribute::object("one", inner()),
            Attribute::list_of_objects("list", inner()),
            Attribute::set_of_objects("set", inner()),
            Attribute::set_of_objects("labelled", inner()).label_elements(|_| "the element".to_owned()),
            Attribute::string("old").deprecated("Use text."),
        ])
    }

    fn problems(config: &RawValue) -> Vec<String> {
        let mut diags = Diagnostics::default();
        schema().validate(config, &mut diags);
        diags.errors.iter().map(|error| error.attribute.to_string()).collect()
    }

    #[test]
    fn every_problem_is_reported_at_its_path() {
        let long = || object(&[("text", "long text".into())]);
        let config = object(&[
            ("text", "long text".into()),
            ("one", long()),
            ("list", RawValue::List(vec![object(&[("text", "ok".into())]), long()])),
            ("set", RawValue::List(vec![long()])),
        ]);
        let mut found = problems(&config);
        found.sort();
        assert_eq!(found, ["list[1].text", "one.text", "set", "text", "text"]);
    }

    #[test]
    fn attributes_of_blocks_and_of_maps_are_validated_too() {
        let inner = || attributes([Attribute::string("text").validate(short)]);
        let block = || Block {
            attributes: inner(),
            ..Block::default()
        };
        let long = || object(&[("text", "long text".into())]);
        let list = || RawValue::List(vec![object(&[("text", "ok".into())]), long()]);
        let map = || object(&[("k", long())]);
        for (nested, value, path) in [
            (NestedBlock::Single(block()), long(), "nested.text"),
            (NestedBlock::Group(block()), long(), "nested.text"),
            (NestedBlock::List(block()), list(), "nested[1].text"),
            (NestedBlock::Optional(block()), list(), "nested[1].text"),
            (NestedBlock::Set(block()), list(), "nested"),
            (NestedBlock::Map(block()), map(), "nested[\"k\"].text"),
        ] {
            let outer = Block {
                blocks: [("nested".to_owned(), nested.clone())].into(),
                ..Block::default()
            };
            // Also in a block inside a block.
            let schema = Schema::new("")
                .block("nested", nested)
                .block("outer", NestedBlock::Single(outer));
            let config = object(&[("nested", value.clone()), ("outer", object(&[("nested", value)]))]);
            let mut diags = Diagnostics::default();
            schema.validate(&config, &mut diags);
            let found: Vec<_> = diags.errors.iter().map(|error| error.attribute.to_string()).collect();
            assert_eq!(found, [path.to_owned(), format!("outer.{path}")]);
        }
        let schema = Schema::new("").attributes([Attribute::new("map", AttributeType::AttributeMap(inner()))]);
        let mut diags = Diagnostics::default();
        schema.validate(&object(&[("map", map())]), &mut diags);
        assert_eq!(diags.errors[0].attribute.to_string(), "map[\"k\"].text");
    }

    #[test]
    fn a_problem_in_a_set_says_which_attribute_of_which_element() {
        for (name, detail) in [
            ("set", "In an element, `text`: It has more than 3 characters."),
            ("labelled", "In the element, `text`: It has more than 3 characters."),
        ] {
            let config = object(&[(name, RawValue::List(vec![object(&[("text", "long text".into())])]))]);
            let mut diags = Diagnostics::default();
            schema().validate(&config, &mut diags);
            assert_eq!(diags.errors[0].detail, detail);
            assert_eq!(diags.errors[0].attribute, AttributePath::new(name));
        }
    }

    #[test]
    fn null_and_unknown_values_pass() {
        for value in [RawValue::Null, RawValue::UNKNOWN] {
            let inner = || object(&[("text", value.clone())]);
            let list = |element: RawValue| RawValue::List(vec![element, value.clone()]);
            let config = object(&[
                ("text", value.clone()),
                ("one", inner()),
                ("list", list(inner())),
                ("set", list(inner())),
            ]);
            assert_eq!(problems(&config), Vec::<String>::new());
        }
    }

    #[test]
    fn a_configured_attribute_that_is_deprecated_is_a_warning() {
        let mut diags = Diagnostics::default();
        schema().validate(&object(&[("old", RawValue::UNKNOWN)]), &mut diags);
        assert_eq!(diags.warnings.len(), 1);
        assert_eq!(diags.warnings[0].detail, "Use text.");
        schema().validate(&object(&[("old", RawValue::Null)]), &mut diags);
        assert_eq!(diags.warnings.len(), 1);
    }
}
