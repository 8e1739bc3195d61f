//! Takes over states: of another provider's resource (`moved`), and of an older version of ours.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, MoveState, NewState, RawValue, UpgradeState};

use super::{
    identity,
    opentelekomcloud::{self, PROVIDER, TYPE_NAME},
    private::Private,
};

/// Takes over the state of the Go provider's resource; refuses any other.
pub fn move_state(request: &MoveState, diags: &mut Diagnostics) -> Option<NewState> {
    let from = format!("{} of {}", request.source_type_name, request.source_provider_address);
    let summary = "This resource cannot become a csbs_backup";
    if request.source_type_name != TYPE_NAME || !opentelekomcloud::is_its_address(&request.source_provider_address) {
        diags.add_attribute_error(
            summary,
            format!("A csbs_backup can be moved from {TYPE_NAME} of the provider {PROVIDER} only, not from {from}."),
            AttributePath::root(),
        );
        return None;
    }
    if request.source_schema_version != 0 {
        diags.add_attribute_error(
            summary,
            format!(
                "The state of {from} has schema version {}; this version of the provider knows version 0 only. Remove \
                 the resource from the state and import the backup by its ID.",
                request.source_schema_version
            ),
            AttributePath::root(),
        );
        return None;
    }
    let state = taken_over(&request.source_state, &from, diags)?;
    Some(NewState {
        identity: identity::of(&state),
        private: Private::default().write(),
        state,
    })
}

/// Takes over a state of version 0. This resource has had no other layout than version 1; version 0 is what the Go provider
/// writes, and stands in a state whose resource was renamed by hand, where `moved` between providers is not to be had.
pub fn upgrade(request: &UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
    if request.version != 0 {
        diags.add_attribute_error(
            "The state of this csbs_backup is of an unknown version",
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
                     backup by its ID."
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

    fn request(provider: &str, type_name: &str, version: i64) -> MoveState {
        MoveState {
            source_provider_address: provider.to_owned(),
            source_type_name: type_name.to_owned(),
            source_schema_version: version,
            source_state: serde_json::json!({"id": "item", "backup_record_id": "checkpoint", "region": "eu-de"}),
            source_private: Vec::new(),
        }
    }

    #[test]
    fn moves_from_the_go_provider_and_nothing_else() {
        let address = "registry.terraform.io/opentelekomcloud/opentelekomcloud";
        let mut diags = Diagnostics::default();
        let moved = move_state(&request(address, TYPE_NAME, 0), &mut diags).unwrap();
        assert_eq!(moved.state.get("checkpoint_id").as_str(), Some("checkpoint"));
        assert_eq!(moved.identity.unwrap().get("id").as_str(), Some("item"));
        assert!(!Private::read(&moved.private).made);
        for other in [
            request("registry.terraform.io/hashicorp/aws", TYPE_NAME, 0),
            request(address, "opentelekomcloud_csbs_backup_policy_v1", 0),
            request(address, TYPE_NAME, 1),
        ] {
            let mut diags = Diagnostics::default();
            assert!(move_state(&other, &mut diags).is_none());
            assert_eq!(diags.errors.len(), 1);
        }
    }

    #[test]
    fn upgrades_version_0_only() {
        let upgraded = |version, raw| {
            let mut diags = Diagnostics::default();
            let state = upgrade(&UpgradeState { version, raw }, &mut diags);
            assert_eq!(state.is_none(), !diags.errors.is_empty());
            state
        };
        let state = upgraded(0, serde_json::json!({"id": "item", "backup_record_id": "checkpoint"})).unwrap();
        assert_eq!(state.get("checkpoint_id").as_str(), Some("checkpoint"));
        assert!(upgraded(0, serde_json::json!({"id": null})).is_none());
        assert!(upgraded(7, serde_json::json!({"id": "item"})).is_none());
    }
}
