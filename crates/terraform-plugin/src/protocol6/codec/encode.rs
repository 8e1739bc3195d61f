//! Encodes values as MessagePack.

use rmp::encode as mp;

use crate::{
    AttributeType, Number, RawValue,
    protocol6::types::{plain, type_json},
};

use super::{CodecError, EXT_REFINED, EXT_UNKNOWN, MAX_DEPTH};

/// Form in which numbers are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Integers and doubles if they are exact, otherwise decimal digits.
    Native,
    /// Decimal digits.
    Digits,
}

/// Encodes a value of type `ty` as Terraform encodes it.
///
/// # Errors
/// [`CodecError`] with the path of the value that does not match the type.
pub fn to_msgpack(value: &RawValue, ty: &AttributeType) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(256);
    write(&mut bytes, value, ty, Numbers::Native, 0)?;
    Ok(bytes)
}

/// Encodes a value of type `ty` for a response, with every number as decimal digits, as in a state file.
///
/// Terraform 1.11 to 1.13 compares the value from the state file with the refreshed one by their representation in memory. A
/// number that it decodes from an integer has another precision than the same number from digits, so
/// `plan -refresh-only -detailed-exitcode` would report an invisible change.
///
/// # Errors
/// [`CodecError`] with the path of the value that does not match the type.
pub fn to_answer(value: &RawValue, ty: &AttributeType) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(256);
    write(&mut bytes, value, ty, Numbers::Digits, 0)?;
    Ok(bytes)
}

fn write(
    out: &mut Vec<u8>,
    value: &RawValue,
    ty: &AttributeType,
    numbers: Numbers,
    depth: usize,
) -> Result<(), CodecError> {
    if depth > MAX_DEPTH {
        return Err(CodecError::new("nested too deeply"));
    }
    match (value, ty) {
        (RawValue::Null, _) => done(mp::write_nil(out)),
        (RawValue::Unknown(None), _) => {
            done(mp::write_ext_meta(out, 1, EXT_UNKNOWN))?;
            out.push(0);
            Ok(())
        }
        (RawValue::Unknown(Some(refinement)), _) => {
            let length = length(refinement.0.len())?;
            done(mp::write_ext_meta(out, length, EXT_REFINED))?;
            out.extend_from_slice(&refinement.0);
            Ok(())
        }
        (RawValue::Typed(inner_ty, inner), AttributeType::Any) => {
            done(mp::write_array_len(out, 2))?;
            done(mp::write_bin(out, &type_json(inner_ty)))?;
            write(out, inner, inner_ty, numbers, depth + 1)
        }
        (value, AttributeType::Any) => {
            let inner_ty = implied_type(value, depth)?;
            done(mp::write_array_len(out, 2))?;
            done(mp::write_bin(out, &type_json(&inner_ty)))?;
            write(out, value, &inner_ty, numbers, depth + 1)
        }
        (RawValue::Bool(value), AttributeType::Bool) => done(mp::write_bool(out, *value)),
        (RawValue::String(text), AttributeType::String) => done(mp::write_str(out, text)),
        (RawValue::Number(number), AttributeType::Number) => write_number(out, number, numbers),
        (RawValue::List(elements), AttributeType::List(inner) | AttributeType::Set(inner)) => {
            done(mp::write_array_len(out, length(elements.len())?))?;
            elements.iter().enumerate().try_for_each(|(at, element)| {
                write(out, element, inner, numbers, depth + 1).map_err(|e| e.within(&at.to_string()))
            })
        }
        (RawValue::List(elements), AttributeType::Tuple(types)) if elements.len() == types.len() => {
            done(mp::write_array_len(out, length(elements.len())?))?;
            elements
                .iter()
                .zip(types)
                .try_for_each(|(element, inner)| write(out, element, inner, numbers, depth + 1))
        }
        (RawValue::Map(elements), AttributeType::Map(inner)) => {
            done(mp::write_map_len(out, length(elements.len())?))?;
            elements.iter().try_for_each(|(key, element)| {
                done(mp::write_str(out, key))?;
                write(out, element, inner, numbers, depth + 1).map_err(|e| e.within(key))
            })
        }
        (RawValue::Map(elements), AttributeType::Object(types)) => {
            if let Some(extra) = elements.keys().find(|name| !types.contains_key(*name)) {
                return Err(CodecError::new(format!("there is no attribute {extra:?}")));
            }
            let mut names: Vec<&String> = types.keys().collect();
            names.sort_unstable();
            done(mp::write_map_len(out, length(names.len())?))?;
            names.into_iter().try_for_each(|name| {
                done(mp::write_str(out, name))?;
                let element = elements.get(name).unwrap_or(&RawValue::Null);
                let inner = types.get(name).unwrap_or(&AttributeType::Any);
                write(out, element, inner, numbers, depth + 1).map_err(|e| e.within(name))
            })
        }
        (
            value,
            AttributeType::AttributeSingle(_)
            | AttributeType::AttributeList(_)
            | AttributeType::AttributeSet(_)
            | AttributeType::AttributeMap(_),
        ) => write(out, value, &plain(ty), numbers, depth),
        (_, ty) => Err(CodecError::new(format!("the value does not have the type {ty}"))),
    }
}

fn write_number(out: &mut Vec<u8>, number: &Number, numbers: Numbers) -> Result<(), CodecError> {
    if numbers == Numbers::Digits
        && let Some(digits) = digits(number)
    {
        return done(mp::write_str(out, &digits));
    }
    match number {
        Number::Int(value) => done(mp::write_sint(out, *value)),
        // Like Terraform: integers that do not fit into 64 bits with a sign are digits.
        Number::Unsigned(value) => done(mp::write_str(out, &value.to_string())),
        Number::Float(value) if value.is_nan() => Err(CodecError::new("not a number")),
        Number::Float(value) => match exact_int(*value) {
            Some(whole) => done(mp::write_sint(out, whole)),
            None => done(mp::write_f64(out, *value)),
        },
        Number::Decimal(digits) => done(mp::write_str(out, digits)),
    }
}

/// Returns the shortest decimal digits that are exactly the number, if there are any.
fn digits(number: &Number) -> Option<String> {
    match number {
        Number::Int(value) => Some(value.to_string()),
        Number::Float(value) => {
            let text = value.to_string();
            Number::parse(&text).filter(|read| read.is_same(number)).map(|_| text)
        }
        // Encoded as digits anyway.
        Number::Unsigned(_) | Number::Decimal(_) => None,
    }
}

/// Returns the integer that equals a double. Terraform encodes every whole number as an integer if it fits.
#[allow(clippy::cast_possible_truncation, clippy::float_cmp)]
fn exact_int(value: f64) -> Option<i64> {
    // 2^63, the first double that no longer fits.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    ((-LIMIT..LIMIT).contains(&value) && value.trunc() == value).then_some(value as i64)
}

/// Returns the type that a value without an explicit type has.
fn implied_type(value: &RawValue, depth: usize) -> Result<AttributeType, CodecError> {
    if depth > MAX_DEPTH {
        return Err(CodecError::new("nested too deeply"));
    }
    Ok(match value {
        RawValue::Null | RawValue::Unknown(_) => AttributeType::Any,
        RawValue::Bool(_) => AttributeType::Bool,
        RawValue::Number(_) => AttributeType::Number,
        RawValue::String(_) => AttributeType::String,
        RawValue::List(elements) => AttributeType::Tuple(
            elements
                .iter()
                .map(|e| implied_type(e, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        RawValue::Map(elements) => AttributeType::Object(
            elements
                .iter()
                .map(|(name, element)| Ok((name.clone(), implied_type(element, depth + 1)?)))
                .collect::<Result<_, CodecError>>()?,
        ),
        RawValue::Typed(ty, _) => (**ty).clone(),
    })
}

fn length(length: usize) -> Result<u32, CodecError> {
    u32::try_from(length).map_err(|_| CodecError::new("too long"))
}

fn done<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), CodecError> {
    result.map(|_| ()).map_err(|error| CodecError::new(error.to_string()))
}
