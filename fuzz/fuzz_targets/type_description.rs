//! The description of a type that comes with a value of any type.
#![no_main]

use terraform_plugin::protocol6::types;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(ty) = types::parse_type(data) {
        let text = types::type_json(&ty);
        assert_eq!(types::type_json(&types::parse_type(&text).expect("what was written can be read")), text);
    }
});
