//! Values and identities of a call, with their errors as diagnostics.

use crate::{
    AddDiagnostic, AttributePath, AttributeType, Diagnostics, RawValue,
    protocol6::{
        codec::{self, CodecError},
        wire,
    },
};

pub(super) fn decode(
    value: Option<&wire::DynamicValue>,
    ty: &AttributeType,
    what: &str,
    diags: &mut Diagnostics,
) -> Option<RawValue> {
    codec::decode(value, ty)
        .map_err(|error| report_unreadable(what, &error, diags))
        .ok()
}

pub(super) fn decode_identity(
    identity: Option<&wire::ResourceIdentityData>,
    ty: Option<&AttributeType>,
    diags: &mut Diagnostics,
) -> Option<RawValue> {
    let value = decode(identity?.identity_data.as_ref(), ty?, "identity", diags)?;
    (!value.is_null()).then_some(value)
}

pub(super) fn encode(
    value: &RawValue,
    ty: &AttributeType,
    what: &str,
    diags: &mut Diagnostics,
) -> Option<wire::DynamicValue> {
    codec::encode(value, ty)
        .map_err(|error| {
            diags.add_attribute_error(
                format!("The {what} does not match the provider's schema"),
                format!("{error}. This is a bug in the provider; please report it."),
                AttributePath::root(),
            );
        })
        .ok()
}

pub(super) fn encode_identity(
    identity: Option<&RawValue>,
    ty: Option<&AttributeType>,
    diags: &mut Diagnostics,
) -> Option<wire::ResourceIdentityData> {
    let data = encode(identity?, ty?, "identity", diags)?;
    Some(wire::ResourceIdentityData {
        identity_data: Some(data),
    })
}

/// Reports a value of a request that cannot be decoded.
pub(super) fn report_unreadable(what: &str, error: &CodecError, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        format!("Cannot read the {what}"),
        format!(
            "It does not match the provider's schema: {error}. This is a bug in the provider or in the program that \
             called it."
        ),
        AttributePath::root(),
    );
}
