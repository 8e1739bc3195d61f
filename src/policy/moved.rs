//! States of other layouts: of the Go provider's resource (`moved`), and of older schema versions.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, MoveState, NewState, RawValue, UpgradeState};

use super::{model::PolicyModel, opentelekomcloud::TAKEOVER};

/// Converts the state of the Go provider's resource; refuses any other.
pub fn move_state(request: &MoveState, diags: &mut Diagnostics) -> Option<NewState> {
    TAKEOVER.move_state(request, diags)?.into_state(Vec::new(), None, diags)
}

/// Upgrades the state of an older schema version. Version 0 is the Go provider's layout: the resource was renamed in the state
/// by hand.
pub fn upgrade(request: &UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
    let state = match request.version {
        1 => from_version_1(&request.raw, diags)?,
        _ => TAKEOVER.upgrade_state(request, diags)?,
    };
    RawValue::from_model(&state, diags)
}

/// Version 1 has some attributes more, and the operations in a set, which JSON has as a list.
fn from_version_1(state: &serde_json::Value, diags: &mut Diagnostics) -> Option<PolicyModel> {
    let policy = serde_json::from_value(state.clone());
    policy
        .map_err(|error| unreadable("schema version 1", error, diags))
        .ok()
}

fn unreadable(from: &str, error: impl std::fmt::Display, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The state cannot be converted",
        format!(
            "The state of {from} cannot be read: {error}. Remove the resource from the state and import the policy by its ID."
        ),
        AttributePath::root(),
    );
}

#[cfg(test)]
mod tests {
    use otc_client::csbs::BACKUP_PROVIDER_ID;

    use super::*;
    use crate::policy::schema::testing::{PATTERN, config, operation, planned, server};

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
        let moved = move_state(&request(address, TAKEOVER.source_type, 0), &mut diags).unwrap();
        assert_eq!(moved.identity.unwrap().get("id").as_str(), Some("policy"));
        for other in [
            request("registry.terraform.io/hashicorp/aws", TAKEOVER.source_type, 0),
            request(address, "opentelekomcloud_csbs_backup_v1", 0),
            request(address, TAKEOVER.source_type, 1),
        ] {
            let mut diags = Diagnostics::default();
            assert!(move_state(&other, &mut diags).is_none());
            assert_eq!(diags.errors.len(), 1);
        }
    }

    #[test]
    fn upgrades_known_versions_only() {
        for (version, raw, is_known) in [
            (0, serde_json::json!({"id": "policy"}), true),
            (0, serde_json::json!({"id": null}), false),
            (1, serde_json::json!({"id": "policy"}), true),
            (1, serde_json::json!({"id": 1}), false),
            (3, serde_json::json!({"id": "policy"}), false),
        ] {
            let mut diags = Diagnostics::default();
            assert_eq!(upgrade(&UpgradeState { version, raw }, &mut diags).is_some(), is_known);
            assert_eq!(diags.errors.is_empty(), is_known);
        }
    }

    #[test]
    fn a_state_of_version_1_plans_no_change() {
        let raw = serde_json::json!({
            "id": "policy", "name": "nightly", "description": "", "provider_id": BACKUP_PROVIDER_ID, "region": "eu-de",
            "status": "suspended", "created_at": "2026-01-01T00:00:00.000001Z", "project_id": "project", "common": {},
            "tags": {"a": "b"}, "skip_destroy": false, "timeouts": null,
            "resource": [{"id": "s", "type": "OS::Nova::Server", "name": "resource_s", "extra_info": null}],
            "scheduled_operation": [{
                "id": "op", "name": "name", "description": "", "enabled": true, "operation_type": "backup",
                "trigger_pattern": PATTERN, "max_backups": 20, "retention_duration_days": null, "permanent": null,
                "day_backups": null, "week_backups": null, "month_backups": null, "year_backups": null, "timezone": null,
                "trigger_id": "t", "trigger_name": "default", "trigger_type": "time",
            }],
        });
        let mut diags = Diagnostics::default();
        let state = upgrade(&UpgradeState { version: 1, raw }, &mut diags).unwrap();
        let config = config(&[
            ("tags", RawValue::Map([("a".to_owned(), "b".into())].into())),
            ("resource", RawValue::List(vec![server("s")])),
            (
                "scheduled_operation",
                RawValue::List(vec![operation(&[("max_backups", 20.into())])]),
            ),
        ]);
        assert_eq!(planned(Some(&state), &config).state, state);
    }
}
