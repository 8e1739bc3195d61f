//! Configuration that is generated from a state.

use crate::{AttributeConstraint, Block, NestedBlock, RawValue, protocol6::wire};

use super::Handlers;

impl Handlers {
    pub async fn generate_resource_config(
        &self,
        request: wire::GenerateResourceConfigRequest,
    ) -> wire::GenerateResourceConfigResponse {
        let response = wire::GenerateResourceConfigResponse::default();
        self.answer(&request.type_name, None, response, async |call, response| {
            let entry = call.find(&self.resources)?;
            let mut config = call.decode(request.state.as_ref(), &entry.ty, "state")?;
            keep_arguments(&entry.schema.block, &mut config);
            for name in entry.schema.write_only() {
                config.set(name, RawValue::Null);
            }
            response.config = call.encode(&config, &entry.ty, "configuration");
            Some(())
        })
        .await
    }
}

/// Keeps what a user may write: no computed or deprecated attributes, and no empty optional ones.
fn keep_arguments(block: &Block, value: &mut RawValue) {
    let RawValue::Map(elements) = value else { return };
    for (name, element) in elements.iter_mut() {
        if let Some(attribute) = block.attributes.get(name) {
            let deprecated = attribute.deprecation.is_some();
            let empty = element.as_str().is_some_and(str::is_empty);
            let optional = attribute.constraint != AttributeConstraint::Required;
            if attribute.constraint == AttributeConstraint::Computed || deprecated || (optional && empty) {
                *element = RawValue::Null;
            }
        } else if let Some(nested) = block.blocks.get(name) {
            match nested {
                NestedBlock::Single(inner) | NestedBlock::Group(inner) => keep_arguments(inner, element),
                NestedBlock::List(inner) | NestedBlock::Optional(inner) | NestedBlock::Set(inner) => {
                    if let RawValue::List(items) = element {
                        items.iter_mut().for_each(|item| keep_arguments(inner, item));
                    }
                }
                NestedBlock::Map(inner) => {
                    if let RawValue::Map(items) = element {
                        items.values_mut().for_each(|item| keep_arguments(inner, item));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribute, Schema, schema::attributes};

    fn object(pairs: &[(&str, RawValue)]) -> RawValue {
        let pairs = pairs.iter();
        RawValue::Map(pairs.map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn a_configuration_has_what_the_user_would_write() {
        let attributes = || {
            attributes([
                Attribute::string("required").required(),
                Attribute::string("optional"),
                Attribute::string("either").optional_computed(),
                Attribute::string("computed").computed(),
                Attribute::string("old").deprecated("Use optional."),
            ])
        };
        let inner = || Block {
            attributes: attributes(),
            ..Block::default()
        };
        let names = ["required", "optional", "either", "computed", "old"];
        let all = |value: &str| object(&names.map(|name| (name, value.into())));
        let arguments = |required: &str, others: RawValue| {
            object(&[
                ("required", required.into()),
                ("optional", others.clone()),
                ("either", others),
                ("computed", RawValue::Null),
                ("old", RawValue::Null),
            ])
        };
        for (value, others) in [("x", "x".into()), ("", RawValue::Null)] {
            let expected = arguments(value, others);
            let mut config = all(value);
            keep_arguments(&inner(), &mut config);
            assert_eq!(config, expected);

            let list = |element: RawValue| RawValue::List(vec![element]);
            for (nested, state, expected) in [
                (NestedBlock::Single(inner()), all(value), expected.clone()),
                (NestedBlock::Group(inner()), all(value), expected.clone()),
                (NestedBlock::List(inner()), list(all(value)), list(expected.clone())),
                (NestedBlock::Optional(inner()), list(all(value)), list(expected.clone())),
                (NestedBlock::Set(inner()), list(all(value)), list(expected.clone())),
                (
                    NestedBlock::Map(inner()),
                    object(&[("k", all(value))]),
                    object(&[("k", expected.clone())]),
                ),
            ] {
                let schema = Schema::new("").block("block", nested);
                let mut config = object(&[("block", state)]);
                keep_arguments(&schema.block, &mut config);
                assert_eq!(config.get("block"), &expected);
            }
        }
    }
}
