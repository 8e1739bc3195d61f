//! `-debug`: the provider runs by itself, under a debugger perhaps, and Terraform is told where it is.

use serde_json::json;

use super::{Identity, handshake::PROTOCOL_VERSION};

/// Says how to attach.
pub fn announce(identity: Identity, network: &str, address: &str) {
    let text = reattach(identity, network, address, std::process::id());
    println!("The provider runs. Attach Terraform or OpenTofu by setting this variable:\n");
    println!("\tTF_REATTACH_PROVIDERS='{text}'\n");
    println!("It serves until it is interrupted.");
}

/// The value of `TF_REATTACH_PROVIDERS`.
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
    fn says_where_the_provider_is() {
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
