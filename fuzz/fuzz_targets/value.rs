//! Decodes a value from Terraform: any bytes give an error, or a value that survives encoding.
#![no_main]

use terraform_plugin::{Provider, protocol6::{codec, types}};
use csbs::CsbsProvider;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let schema = CsbsProvider::new().resources()["csbs_backup"].schema().schema;
    let ty = types::block_type(&schema.block);
    if let Ok(value) = codec::from_msgpack(data, &ty) {
        let bytes = codec::to_msgpack(&value, &ty).expect("what was read can be written");
        let again = codec::from_msgpack(&bytes, &ty).expect("what was written can be read");
        // A float that is no number equals nothing, itself included; none can be read.
        assert_eq!(again, codec::from_msgpack(&codec::to_msgpack(&again, &ty).unwrap(), &ty).unwrap());
    }
});
