//! Decodes a value of each resource from Terraform: any bytes give an error, or a value that survives encoding.
#![no_main]

use std::sync::LazyLock;

use csbs::CsbsProvider;
use libfuzzer_sys::fuzz_target;
use terraform_plugin::{
    AttributeType, Provider,
    protocol6::{codec, types},
};

static TYPES: LazyLock<Vec<AttributeType>> = LazyLock::new(|| {
    CsbsProvider::new()
        .resources()
        .values()
        .map(|resource| types::block_type(&resource.schema().block))
        .collect()
});

fuzz_target!(|data: &[u8]| {
    for ty in &*TYPES {
        if let Ok(value) = codec::from_msgpack(data, ty) {
            let bytes = codec::to_msgpack(&value, ty).expect("a decoded value can be encoded");
            let again = codec::from_msgpack(&bytes, ty).expect("an encoded value can be decoded");
            // NaN cannot be decoded, so that each value equals itself.
            let bytes = codec::to_msgpack(&again, ty).expect("a decoded value can be encoded");
            assert_eq!(codec::from_msgpack(&bytes, ty).as_ref(), Ok(&again));
        }
        let _ = codec::from_json(data, ty);
    }
});
