//! Converts schemas, diagnostics and paths to wire messages.

use crate::{
    Attribute, AttributeConstraint, AttributePath, AttributePathStep, AttributeType, Block, ClientCapabilities,
    Deferred, Description, Diagnostic, Diagnostics, Function, IdentitySchema, NestedBlock, Parameter, Redact, Schema,
    readable,
    schema::{Attributes, StringKind},
};

use super::{
    types::{plain, type_json},
    wire,
};

/// Converts a schema.
#[must_use]
pub fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema {
        version: schema.version,
        block: Some(block(&schema.block, schema.object)),
    }
}

fn block(block: &Block, object: &str) -> wire::Block {
    let mut block_types: Vec<wire::NestedBlock> = block
        .blocks
        .iter()
        .map(|(name, nested)| nested_block(name, nested, object))
        .collect();
    block_types.sort_by(|a, b| a.type_name.cmp(&b.type_name));
    wire::Block {
        version: 0,
        attributes: attributes(&block.attributes, object),
        block_types,
        description: block.description.content.clone(),
        description_kind: kind(&block.description),
        deprecated: block.deprecation.is_some(),
        deprecation_message: block.deprecation.clone().unwrap_or_default(),
    }
}

fn nested_block(name: &str, nested: &NestedBlock, object: &str) -> wire::NestedBlock {
    use wire::BlockNesting as Nesting;
    let (nesting, inner, max_items) = match nested {
        NestedBlock::Single(inner) => (Nesting::Single, inner, 0),
        NestedBlock::List(inner) => (Nesting::List, inner, 0),
        NestedBlock::Set(inner) => (Nesting::Set, inner, 0),
        NestedBlock::Map(inner) => (Nesting::Map, inner, 0),
        NestedBlock::Group(inner) => (Nesting::Group, inner, 0),
        NestedBlock::Optional(inner) => (Nesting::List, inner, 1),
    };
    wire::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block(inner, object)),
        nesting: nesting.into(),
        min_items: 0,
        max_items,
    }
}

fn attributes(attributes: &Attributes, object: &str) -> Vec<wire::Attribute> {
    let attributes = attributes.iter();
    attributes.map(|(name, inner)| attribute(name, inner, object)).collect()
}

fn attribute(name: &str, attribute: &Attribute, object: &str) -> wire::Attribute {
    use wire::ObjectNesting as Nesting;
    let nested_type = match &attribute.attr_type {
        AttributeType::AttributeSingle(inner) => Some((Nesting::Single, inner)),
        AttributeType::AttributeList(inner) => Some((Nesting::List, inner)),
        AttributeType::AttributeSet(inner) => Some((Nesting::Set, inner)),
        AttributeType::AttributeMap(inner) => Some((Nesting::Map, inner)),
        _ => None,
    }
    .map(|(nesting, inner)| wire::Object {
        attributes: attributes(inner, object),
        nesting: nesting.into(),
    });
    let constraint = &attribute.constraint;
    wire::Attribute {
        name: name.to_owned(),
        // The protocol allows either a type or a nested type.
        r#type: if nested_type.is_some() {
            Vec::new()
        } else {
            type_json(&attribute.attr_type)
        },
        nested_type,
        description_kind: kind(&attribute.description),
        description: attribute.full_description(object).content,
        required: *constraint == AttributeConstraint::Required,
        optional: matches!(
            constraint,
            AttributeConstraint::Optional | AttributeConstraint::OptionalComputed
        ),
        computed: matches!(
            constraint,
            AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
        ),
        sensitive: attribute.sensitive,
        deprecated: attribute.deprecation.is_some(),
        deprecation_message: attribute.deprecation.clone().unwrap_or_default(),
        write_only: attribute.write_only,
    }
}

fn kind(description: &Description) -> i32 {
    match description.kind {
        StringKind::Plain => wire::StringKind::Plain,
        StringKind::Markdown => wire::StringKind::Markdown,
    }
    .into()
}

/// Converts the schema of an identity.
#[must_use]
pub fn identity_schema(schema: &IdentitySchema) -> wire::ResourceIdentitySchema {
    let attributes = schema.attributes.iter().map(|attribute| wire::IdentityAttribute {
        name: attribute.name.clone(),
        r#type: type_json(&plain(&attribute.attr_type)),
        required_for_import: attribute.required_for_import,
        optional_for_import: !attribute.required_for_import,
        description: attribute.description.clone(),
    });
    wire::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: attributes.collect(),
    }
}

/// Converts the signature of a function.
#[must_use]
pub fn function(function: &dyn Function) -> wire::Function {
    let signature = function.signature();
    wire::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(wire::Return {
            r#type: type_json(&plain(&signature.return_type)),
        }),
        summary: signature.summary,
        description: signature.description,
        description_kind: wire::StringKind::Markdown.into(),
        deprecation_message: String::new(),
    }
}

fn parameter(parameter: &Parameter) -> wire::Parameter {
    wire::Parameter {
        name: parameter.name.clone(),
        r#type: type_json(&plain(&parameter.param_type)),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
    }
}

/// Converts diagnostics, errors before warnings, and removes secrets from their texts.
#[must_use]
pub fn diagnostics(diags: Diagnostics, redact: &dyn Redact) -> Vec<wire::Diagnostic> {
    let errors = diags
        .errors
        .into_iter()
        .map(|diag| diagnostic(&diag, wire::Severity::Error, redact));
    let warnings = diags
        .warnings
        .into_iter()
        .map(|diag| diagnostic(&diag, wire::Severity::Warning, redact));
    errors.chain(warnings).collect()
}

fn diagnostic(diag: &Diagnostic, severity: wire::Severity, redact: &dyn Redact) -> wire::Diagnostic {
    wire::Diagnostic {
        severity: severity.into(),
        summary: readable(redact, &diag.summary),
        detail: readable(redact, &diag.detail),
        attribute: (!diag.attribute.steps.is_empty()).then(|| path(&diag.attribute)),
    }
}

/// Converts a path.
#[must_use]
pub fn path(path: &AttributePath) -> wire::AttributePath {
    let steps = path.steps.iter().map(|step| wire::Step {
        selector: Some(match step {
            AttributePathStep::Attribute(name) => wire::Selector::AttributeName(name.clone().into_owned()),
            AttributePathStep::Key(key) => wire::Selector::ElementKeyString(key.clone().into_owned()),
            AttributePathStep::Index(at) => wire::Selector::ElementKeyInt(*at),
        }),
    });
    wire::AttributePath { steps: steps.collect() }
}

/// Converts the reason of a deferral.
#[must_use]
pub fn deferred(reason: Deferred) -> wire::Deferred {
    let reason = match reason {
        Deferred::ResourceConfigUnknown => wire::DeferredReason::ResourceConfigUnknown,
        Deferred::ProviderConfigUnknown => wire::DeferredReason::ProviderConfigUnknown,
        Deferred::AbsentPrereq => wire::DeferredReason::AbsentPrereq,
    };
    wire::Deferred { reason: reason.into() }
}

/// Converts the capabilities of the client.
#[must_use]
pub fn capabilities(wire: Option<&wire::ClientCapabilities>) -> ClientCapabilities {
    wire.map_or_else(ClientCapabilities::default, |wire| ClientCapabilities {
        deferral_allowed: wire.deferral_allowed,
        write_only_attributes_allowed: wire.write_only_attributes_allowed,
        store_planned_private: wire.store_planned_private,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AddDiagnostic, NothingToRedact};

    #[test]
    fn characters_that_act_on_a_terminal_are_escaped_in_diagnostics() {
        let mut diags = Diagnostics::default();
        diags.add_attribute_error(
            "No\u{1b}c",
            "The service said:\n\tx\u{202e}y\r\n",
            AttributePath::root(),
        );
        diags.add_attribute_warning("plain", "\u{2067}\u{200b}", AttributePath::root());
        let shown: Vec<_> = diagnostics(diags, &NothingToRedact)
            .into_iter()
            .map(|diag| (diag.summary, diag.detail))
            .collect();
        let expected = [
            ("No\\u{1b}c", "The service said:\n\tx\\u{202e}y\n"),
            ("plain", "\\u{2067}\\u{200b}"),
        ];
        assert_eq!(
            shown,
            expected.map(|(summary, detail)| (summary.to_owned(), detail.to_owned()))
        );
    }

    #[test]
    fn attributes_and_blocks_have_deprecation_messages() {
        let block = Block {
            deprecation: Some("Use b.".to_owned()),
            ..Block::default()
        };
        let described = Schema::new("")
            .attributes([
                Attribute::string("old").deprecated("Use new."),
                Attribute::string("new").requires_replace().doc("Text."),
            ])
            .block("a", NestedBlock::Single(block))
            .object("note");
        let block = schema(&described).block.unwrap_or_default();
        let [new, old] = block.attributes.as_slice() else {
            panic!("{block:?}");
        };
        assert_eq!((old.deprecated, old.deprecation_message.as_str()), (true, "Use new."));
        assert_eq!((new.deprecated, new.deprecation_message.as_str()), (false, ""));
        assert_eq!(new.description, "Text. Changing this creates a new note.");
        let nested = block.block_types[0].block.clone().unwrap_or_default();
        assert_eq!(
            (nested.deprecated, nested.deprecation_message.as_str()),
            (true, "Use b.")
        );
    }

    #[test]
    fn an_attribute_has_its_properties_at_the_top_level_and_in_nested_objects() {
        let described = || {
            crate::schema::attributes([
                Attribute::string("computed").computed(),
                Attribute::string("default").default("x"),
                Attribute::string("either").optional_computed(),
                Attribute::string("optional"),
                Attribute::string("required").required(),
                Attribute::string("sensitive").sensitive(),
                Attribute::string("write_only").write_only(),
            ])
        };
        let expected = [
            ("computed", "computed"),
            ("default", "optional computed"),
            ("either", "optional computed"),
            ("optional", "optional"),
            ("required", "required"),
            ("sensitive", "optional sensitive"),
            ("write_only", "optional write_only"),
        ];
        let properties = |attribute: &wire::Attribute| {
            let all = [
                (attribute.required, "required"),
                (attribute.optional, "optional"),
                (attribute.computed, "computed"),
                (attribute.sensitive, "sensitive"),
                (attribute.write_only, "write_only"),
                (attribute.deprecated, "deprecated"),
            ];
            let names: Vec<_> = all.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
            (attribute.name.clone(), names.join(" "))
        };
        let expected = expected.map(|(name, properties)| (name.to_owned(), properties.to_owned()));
        let top: Vec<_> = attributes(&described(), "object").iter().map(properties).collect();
        assert_eq!(top, expected);
        for nested in [
            AttributeType::AttributeSingle(described()),
            AttributeType::AttributeList(described()),
            AttributeType::AttributeSet(described()),
            AttributeType::AttributeMap(described()),
        ] {
            let outer = attribute("outer", &Attribute::new("outer", nested.clone()).sensitive(), "object");
            assert!(outer.sensitive);
            let inner = outer.nested_type.unwrap_or_default().attributes;
            assert_eq!(inner.iter().map(properties).collect::<Vec<_>>(), expected, "{nested}");
        }
    }

    #[test]
    fn a_block_has_its_kind_and_its_attributes() {
        use wire::BlockNesting as Nesting;
        let inner = || Block {
            attributes: crate::schema::attributes([Attribute::string("password").sensitive()]),
            ..Block::default()
        };
        for (nested, nesting, max_items) in [
            (NestedBlock::Single(inner()), Nesting::Single, 0),
            (NestedBlock::Group(inner()), Nesting::Group, 0),
            (NestedBlock::List(inner()), Nesting::List, 0),
            (NestedBlock::Optional(inner()), Nesting::List, 1),
            (NestedBlock::Set(inner()), Nesting::Set, 0),
            (NestedBlock::Map(inner()), Nesting::Map, 0),
        ] {
            let wire = nested_block("block", &nested, "object");
            assert_eq!(
                (wire.nesting, wire.min_items, wire.max_items),
                (nesting.into(), 0, max_items)
            );
            assert!(wire.block.unwrap_or_default().attributes[0].sensitive);
        }
    }

    #[test]
    fn the_client_announces_whether_it_stores_planned_private_data() {
        let wire = wire::ClientCapabilities {
            store_planned_private: true,
            ..wire::ClientCapabilities::default()
        };
        assert!(capabilities(Some(&wire)).store_planned_private);
        assert!(!capabilities(None).store_planned_private);
    }
}
