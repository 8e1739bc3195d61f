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
