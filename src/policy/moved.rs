//! Takes over states: of the Go provider's resource (`moved`), and of version 0, which is its layout.

use crate::backup::opentelekomcloud::{PROVIDER, is_its_address};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, MoveState, NewState, RawValue, UpgradeState};

use super::{
    identity,
    opentelekomcloud::{self, TYPE_NAME},
};

/// Takes over the state of the Go provider's resource; refuses any other.
pub fn move_state(request: &MoveState, diags: &mut Diagnostics) -> Option<NewState> {
    let from = format!("{} of {}", request.source_type_name, request.source_provider_address);
    let summary = "This resource cannot become a csbs_backup_policy";
    if request.source_type_name != TYPE_NAME || !is_its_address(&request.source_provider_address) {
        diags.add_attribute_error(
            summary,
            format!(
                "A csbs_backup_policy can be moved from {TYPE_NAME} of the provider {PROVIDER} only, not from {from}."
            ),
            AttributePath::root(),
        );
        return None;
    }
    if request.source_schema_version != 0 {
        diags.add_attribute_error(
            summary,
            format!(
                "The state of {from} has schema version {}; this version of the provider knows version 0 only. Remove \
                 the resource from the state and import the policy by its ID.",
                request.source_schema_version
            ),
            AttributePath::root(),
        );
        return None;
    }
    let state = taken_over(&request.source_state, &from, diags)?;
    Some(NewState {
        identity: identity::of(&state),
        private: Vec::new(),
        state,
    })
}

/// Takes over a state of version 0: the Go provider's, of a resource that was renamed by hand.
pub fn upgrade(request: &UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
    if request.version != 0 {
        diags.add_attribute_error(
            "The state of this csbs_backup_policy is of an unknown version",
            format!(
                "The provider cannot upgrade a state of schema version {}.",
                request.version
            ),
            AttributePath::root(),
        );
        return None;
    }
    taken_over(&request.raw, "schema version 0", diags)
}

fn taken_over(state: &serde_json::Value, from: &str, diags: &mut Diagnostics) -> Option<RawValue> {
    match opentelekomcloud::take_over(state) {
        Ok(state) => Some(state),
        Err(error) => {
            diags.add_attribute_error(
                "The state cannot be taken over",
                format!(
                    "The state of {from} cannot be read: {error}. Remove the resource from the state and import the \
                     policy by its ID."
                ),
                AttributePath::root(),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_from_the_go_provider_and_nothing_else() {
        let request = |provider: &str, type_name: &str, version| MoveState {
            source_provider_address: provider.to_owned(),
            source_type_name: type_name.to_owned(),
            source_schema_version: version,
            source_state: serde_json::json!({"id": "policy", "name": "nightly"}),
            source_private: Vec::new(),
        };
        let address = "registry.terraform.io/opentelekomcloud/opentelekomcloud";
        let mut diags = Diagnostics::default();
        let moved = move_state(&request(address, TYPE_NAME, 0), &mut diags).unwrap();
        assert_eq!(moved.identity.unwrap().get("id").as_str(), Some("policy"));
        for other in [
            request("registry.terraform.io/hashicorp/aws", TYPE_NAME, 0),
            request(address, "opentelekomcloud_csbs_backup_v1", 0),
            request(address, TYPE_NAME, 1),
        ] {
            let mut diags = Diagnostics::default();
            assert!(move_state(&other, &mut diags).is_none());
            assert_eq!(diags.errors.len(), 1);
        }
    }

    #[test]
    fn upgrades_version_0_only() {
        for (version, raw, fine) in [
            (0, serde_json::json!({"id": "policy"}), true),
            (0, serde_json::json!({"id": null}), false),
            (2, serde_json::json!({"id": "policy"}), false),
        ] {
            let mut diags = Diagnostics::default();
            assert_eq!(upgrade(&UpgradeState { version, raw }, &mut diags).is_some(), fine);
            assert_eq!(diags.errors.is_empty(), fine);
        }
    }
}
