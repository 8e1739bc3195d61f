//! Decodes values from MessagePack.

use std::collections::BTreeMap;

use rmp::{Marker, decode as mp};

use crate::{
    AttributeType, Number, RawValue, Refinement,
    protocol6::types::{parse_type, plain},
};

use super::{CodecError, EXT_REFINED, MAX_DEPTH};

/// Decodes a value of type `ty`.
///
/// # Errors
/// [`CodecError`] if the bytes are not a value of that type.
pub fn from_msgpack(bytes: &[u8], ty: &AttributeType) -> Result<RawValue, CodecError> {
    let mut input = bytes;
    let value = read(&mut input, ty, 0)?;
    if input.is_empty() {
        Ok(value)
    } else {
        Err(CodecError::new("there are more bytes after the value"))
    }
}

fn read(input: &mut &[u8], ty: &AttributeType, depth: usize) -> Result<RawValue, CodecError> {
    if depth > MAX_DEPTH {
        return Err(CodecError::new("nested too deeply"));
    }
    let first = *input.first().ok_or_else(|| CodecError::new("the value is truncated"))?;
    let marker = Marker::from_u8(first);
    match marker {
        Marker::Null => {
            *input = &input[1..];
            return Ok(RawValue::Null);
        }
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => return read_unknown(input),
        _ => {}
    }
    match ty {
        AttributeType::Bool => ok(mp::read_bool(input)).map(RawValue::Bool),
        AttributeType::String => read_str(input).map(RawValue::String),
        AttributeType::Number => read_number(input, marker).map(RawValue::Number),
        AttributeType::List(inner) | AttributeType::Set(inner) => {
            let length = ok(mp::read_array_len(input))?;
            let mut elements = Vec::new();
            for at in 0..length {
                elements.push(read(input, inner, depth + 1).map_err(|e| e.within(&at.to_string()))?);
            }
            Ok(RawValue::List(elements))
        }
        AttributeType::Tuple(types) => {
            if ok(mp::read_array_len(input))? as usize != types.len() {
                return Err(CodecError::new("a tuple has another length than its type"));
            }
            types
                .iter()
                .map(|inner| read(input, inner, depth + 1))
                .collect::<Result<_, _>>()
                .map(RawValue::List)
        }
        AttributeType::Map(inner) => read_map(input, |_| Some(inner.as_ref()), depth),
        AttributeType::Object(types) => read_object(input, types, depth),
        AttributeType::Any => {
            if ok(mp::read_array_len(input))? != 2 {
                return Err(CodecError::new("a dynamic value is not a pair of type and value"));
            }
            let inner = parse_type(read_bytes(input)?)?;
            let value = read(input, &inner, depth + 1)?;
            Ok(RawValue::Typed(Box::new(inner), Box::new(value)))
        }
        AttributeType::AttributeSingle(_)
        | AttributeType::AttributeList(_)
        | AttributeType::AttributeSet(_)
        | AttributeType::AttributeMap(_) => read(input, &plain(ty), depth),
    }
}

fn read_object(
    input: &mut &[u8],
    types: &BTreeMap<String, AttributeType>,
    depth: usize,
) -> Result<RawValue, CodecError> {
    let RawValue::Map(mut elements) = read_map(input, |name| types.get(name), depth)? else {
        return Err(CodecError::new("not an object"));
    };
    for name in types.keys() {
        if !elements.contains_key(name) {
            elements.insert(name.clone(), RawValue::Null);
        }
    }
    Ok(RawValue::Map(elements))
}

fn read_map<'t>(
    input: &mut &[u8],
    type_of: impl Fn(&str) -> Option<&'t AttributeType>,
    depth: usize,
) -> Result<RawValue, CodecError> {
    let length = ok(mp::read_map_len(input))?;
    let mut elements = BTreeMap::new();
    for _ in 0..length {
        let name = read_str(input)?;
        let inner = type_of(&name).ok_or_else(|| CodecError::new(format!("there is no attribute {name:?}")))?;
        let element = read(input, inner, depth + 1).map_err(|e| e.within(&name))?;
        elements.insert(name, element);
    }
    Ok(RawValue::Map(elements))
}

fn read_unknown(input: &mut &[u8]) -> Result<RawValue, CodecError> {
    let meta = ok(mp::read_ext_meta(input))?;
    let payload = take(input, meta.size as usize)?;
    Ok(RawValue::Unknown(
        (meta.typeid == EXT_REFINED).then(|| Refinement(payload.to_vec())),
    ))
}

fn read_number(input: &mut &[u8], marker: Marker) -> Result<Number, CodecError> {
    match marker {
        Marker::F32 => ok(mp::read_f32(input)).map(|value| Number::Float(value.into())),
        Marker::F64 => ok(mp::read_f64(input)).map(Number::Float),
        Marker::U64 => {
            let value = ok(mp::read_u64(input))?;
            Ok(i64::try_from(value).map_or(Number::Unsigned(value), Number::Int))
        }
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
            let digits = read_str(input)?;
            Number::parse(&digits).ok_or_else(|| CodecError::new("not a number"))
        }
        _ => ok(mp::read_int::<i64, _>(input)).map(Number::Int),
    }
}

fn read_str(input: &mut &[u8]) -> Result<String, CodecError> {
    let length = ok(mp::read_str_len(input))?;
    let bytes = take(input, length as usize)?;
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|_| CodecError::new("a string is not UTF-8"))
}

/// Reads the type of a dynamic value, which some clients send as bytes and others as a string.
fn read_bytes<'a>(input: &mut &'a [u8]) -> Result<&'a [u8], CodecError> {
    let mut ahead = *input;
    let length = match mp::read_bin_len(&mut ahead) {
        Ok(length) => {
            *input = ahead;
            length
        }
        Err(_) => ok(mp::read_str_len(input))?,
    };
    take(input, length as usize)
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Result<&'a [u8], CodecError> {
    let (taken, rest) = input
        .split_at_checked(length)
        .ok_or_else(|| CodecError::new("the value is truncated"))?;
    *input = rest;
    Ok(taken)
}

fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, CodecError> {
    result.map_err(|error| CodecError::new(error.to_string()))
}
