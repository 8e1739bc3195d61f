//! Compares a planned state with the configuration.

use std::collections::BTreeMap;

use crate::{
    Attribute, AttributeConstraint, AttributePath, AttributeType, Block, Diagnostics, NestedBlock, RawValue, Schema,
    protocol6::types::plain, schema::Attributes,
};

use super::{
    bug,
    equal::{can_be_matched, same},
};

const SUMMARY: &str = "The provider planned a value that it may not choose";
const NULL: &RawValue = &RawValue::Null;

/// Reports every attribute whose planned value differs from the configuration where the provider may not choose it.
pub fn check_planned(
    schema: &Schema,
    prior: &RawValue,
    config: &RawValue,
    planned: &RawValue,
    diags: &mut Diagnostics,
) {
    let mut found = Findings::default();
    found.block(
        &schema.block,
        &Values { prior, config, planned },
        &AttributePath::root(),
    );
    for (path, what) in found.0 {
        bug(diags, SUMMARY, what, path);
    }
}

/// Values of one attribute that are compared.
struct Values<'v> {
    prior: &'v RawValue,
    config: &'v RawValue,
    planned: &'v RawValue,
}

impl<'v> Values<'v> {
    fn get(&self, name: &str) -> Self {
        Self {
            prior: self.prior.get(name),
            config: self.config.get(name),
            planned: self.planned.get(name),
        }
    }
}

/// Problems and their paths.
#[derive(Default)]
struct Findings(Vec<(AttributePath, &'static str)>);

impl Findings {
    fn add(&mut self, path: &AttributePath, what: &'static str) {
        self.0.push((path.clone(), what));
    }

    fn block(&mut self, block: &Block, values: &Values<'_>, path: &AttributePath) {
        if !self.both_present(values, path) {
            return;
        }
        self.attributes(&block.attributes, values, path);
        for (name, nested) in &block.blocks {
            let inner = path.clone().attribute(name.clone());
            self.nested_block(nested, &values.get(name), &inner);
        }
    }

    /// Returns `true` if both values are objects to compare. Reports an object that exists only in the configuration or only in
    /// the plan.
    fn both_present(&mut self, values: &Values<'_>, path: &AttributePath) -> bool {
        match (values.config.is_null(), values.planned.is_null()) {
            (false, true) => self.add(path, "is configured, but null in the plan"),
            (true, false) => self.add(path, "is not configured, but has a value in the plan"),
            (true, true) => {}
            (false, false) if values.config.is_unknown() => {
                if !values.planned.is_unknown() {
                    self.add(path, "is known in the plan, but not yet in the configuration");
                }
            }
            (false, false) => return true,
        }
        false
    }

    fn attributes(&mut self, attributes: &Attributes, values: &Values<'_>, path: &AttributePath) {
        for (name, attribute) in attributes.iter().filter(|(_, attribute)| !attribute.write_only) {
            self.attribute(attribute, &values.get(name), &path.clone().attribute(name.clone()));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, values: &Values<'_>, path: &AttributePath) {
        let Values { prior, config, planned } = values;
        let computed = matches!(
            attribute.constraint,
            AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
        );
        let ty = plain(&attribute.attr_type);
        if (config.is_null() && computed)
            || same(&ty, planned, config)
            || (!prior.is_null() && !config.is_null() && same(&ty, planned, prior))
        {
            return;
        }
        if config.is_unknown() || planned.is_unknown() || config.is_null() || planned.is_null() {
            self.add(path, "differs from the configuration");
            return;
        }
        match &attribute.attr_type {
            AttributeType::AttributeSingle(inner) => self.attributes(inner, values, path),
            AttributeType::AttributeList(inner) => self.elements(values, path, |found, values, path| {
                found.object(inner, values, path);
            }),
            AttributeType::AttributeMap(inner) => self.keyed(values, path, |found, values, path| {
                found.object(inner, values, path);
            }),
            AttributeType::AttributeSet(inner) => {
                self.set(values, path, |found, values, path| found.object(inner, values, path));
            }
            _ => self.add(path, "differs from the configuration"),
        }
    }

    fn object(&mut self, attributes: &Attributes, values: &Values<'_>, path: &AttributePath) {
        if self.both_present(values, path) {
            self.attributes(attributes, values, path);
        }
    }

    fn nested_block(&mut self, nested: &NestedBlock, values: &Values<'_>, path: &AttributePath) {
        let inside = |found: &mut Self, block: &Block, values: &Values<'_>, path: &AttributePath| {
            found.block(block, values, path);
        };
        match nested {
            NestedBlock::Single(block) | NestedBlock::Group(block) => inside(self, block, values, path),
            // Terraform checks an unknown number of blocks once it is known.
            _ if values.config.is_unknown() => {}
            NestedBlock::List(block) | NestedBlock::Optional(block) => {
                self.elements(values, path, |found, values, path| inside(found, block, values, path));
            }
            NestedBlock::Map(block) => {
                self.keyed(values, path, |found, values, path| inside(found, block, values, path))
            }
            NestedBlock::Set(block) => self.set(values, path, |found, values, path| inside(found, block, values, path)),
        }
    }

    fn elements(
        &mut self,
        values: &Values<'_>,
        path: &AttributePath,
        check: impl Fn(&mut Self, &Values<'_>, &AttributePath),
    ) {
        let (config, planned) = (list(values.config), list(values.planned));
        if config.len() != planned.len() {
            self.add(path, "does not have as many elements as the configuration");
            return;
        }
        for (at, (config, planned)) in config.iter().zip(planned).enumerate() {
            let prior = list(values.prior).get(at).unwrap_or(NULL);
            let index = i64::try_from(at).unwrap_or(i64::MAX);
            check(self, &Values { prior, config, planned }, &path.clone().index(index));
        }
    }

    fn keyed(
        &mut self,
        values: &Values<'_>,
        path: &AttributePath,
        check: impl Fn(&mut Self, &Values<'_>, &AttributePath),
    ) {
        let empty = BTreeMap::new();
        let config = map(values.config).unwrap_or(&empty);
        let planned = map(values.planned).unwrap_or(&empty);
        if !config.keys().eq(planned.keys()) {
            self.add(path, "does not have the keys of the configuration");
            return;
        }
        for (key, config) in config {
            let prior = map(values.prior).and_then(|prior| prior.get(key)).unwrap_or(NULL);
            let planned = planned.get(key).unwrap_or(NULL);
            check(self, &Values { prior, config, planned }, &path.clone().key(key.clone()));
        }
    }

    /// Elements of a set have no index: each planned one needs its own configured one that it can be derived from.
    fn set(
        &mut self,
        values: &Values<'_>,
        path: &AttributePath,
        check: impl Fn(&mut Self, &Values<'_>, &AttributePath),
    ) {
        let (config, planned) = (list(values.config), list(values.planned));
        let fits = |x: usize, y: usize| {
            let mut inner = Self::default();
            let values = Values {
                prior: NULL,
                config: &config[x],
                planned: &planned[y],
            };
            check(&mut inner, &values, path);
            inner.0.is_empty()
        };
        if config.len() != planned.len() || !can_be_matched(config.len(), fits) {
            self.add(path, "does not have the elements of the configuration");
        }
    }
}

fn list(value: &RawValue) -> &[RawValue] {
    match value {
        RawValue::Typed(_, inner) => list(inner),
        value => value.as_list().unwrap_or_default(),
    }
}

fn map(value: &RawValue) -> Option<&BTreeMap<String, RawValue>> {
    match value {
        RawValue::Typed(_, inner) => map(inner),
        value => value.as_map(),
    }
}

#[cfg(test)]
mod tests;
