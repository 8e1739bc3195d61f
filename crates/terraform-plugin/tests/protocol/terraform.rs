//! The example provider under real Terraform and OpenTofu.
//!
//! `TF_ACC_TERRAFORM_PATHS` has the paths of the programs, separated by colons. By default the tests use `terraform` and `tofu` on
//! PATH, or those that `cargo xtask setup` installed. Each test runs with each program that supports what it needs.

mod connection;
mod errors;
mod features;
mod lifecycle;
mod workspace;

/// Terraform 1.15.5 sent these values to the example provider, for a configuration with every kind of attribute.
#[test]
fn values_of_real_terraform_survive_a_round_trip() {
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
