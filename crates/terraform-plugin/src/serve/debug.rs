//! `-debug`: someone starts the provider, for example in a debugger, and Terraform attaches to it.

use serde_json::json;

use super::{handshake::PROTOCOL_VERSION, identity::Identity};

/// Prints how to attach.
pub fn announce(identity: Identity, network: &str, address: &str) {
    let text = reattach(identity, network, address, std::process::id());
    println!("The provider is running. Attach Terraform or OpenTofu by setting this variable:\n");
    println!("\tTF_REATTACH_PROVIDERS='{text}'\n");
    println!("Press Ctrl+C to stop it.");
}

/// Returns the value of `TF_REATTACH_PROVIDERS`.
fn reattach(identity: Identity, network: &str, address: &str, pid: u32) -> String {
    json!({
        identity.address: {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL_VERSION,
            "Pid": pid,
            "Test": true,
            "Addr": {"Network": network, "String": address},
        }
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_has_the_address_of_the_provider() {
        let identity = Identity {
            address: "a/b",
            name: "b",
            version: "1.0.0",
            log_targets: &[],
        };
        let text = reattach(identity, "unix", "/tmp/s", 7);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["a/b"]["Addr"]["String"], "/tmp/s");
        assert_eq!(json["a/b"]["ProtocolVersion"], 6);
    }
}
