//! The example provider under real Terraform and OpenTofu.
//!
//! `TF_ACC_TERRAFORM_PATHS` names the programs, separated by colons; by default `terraform` and `tofu` on PATH, and
//! where neither is there, those that `cargo xtask setup` brought. Each test
//! runs with each program that has what it needs.

mod errors;
mod features;
mod life;
mod runs;
mod serving;

/// What real Terraform sent for a configuration with everything in it: the type, and the bytes that the provider got. They
/// were written down by the provider while Terraform 1.15.5 planned and applied.
#[test]
fn what_terraform_sent_is_read_and_written_as_it_came() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use terraform_plugin::protocol6::{
        codec::{from_msgpack, to_msgpack},
        types::parse_type,
    };
    let lines = include_str!("terraform/captured.jsonl").lines();
    let mut count = 0;
    for line in lines {
        let captured: serde_json::Value = serde_json::from_str(line).unwrap();
        let ty = parse_type(captured["type"].to_string().as_bytes()).unwrap();
        let bytes = STANDARD.decode(captured["msgpack"].as_str().unwrap()).unwrap();
        let value = from_msgpack(&bytes, &ty).unwrap();
        assert_eq!(to_msgpack(&value, &ty).unwrap(), bytes, "{value:?}");
        count += 1;
    }
    assert!(count >= 20, "{count}");
}
