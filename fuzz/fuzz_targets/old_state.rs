//! A state that an older version or another provider wrote, or that was damaged.
#![no_main]

use terraform_plugin::{Diagnostics, MoveState, Provider, UpgradeState};
use csbs::CsbsProvider;
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(raw) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    for resource in CsbsProvider::new().resources().into_values() {
        let mut diags = Diagnostics::default();
        let upgrade = UpgradeState { version: 0, raw: raw.clone() };
        let upgraded = resource.upgrade_state(upgrade, &mut diags).now_or_never().expect("it waits for nothing");
        assert!(upgraded.is_some() || !diags.errors.is_empty());
        for source_type_name in ["opentelekomcloud_csbs_backup_v1", "opentelekomcloud_csbs_backup_policy_v1"] {
            let mut diags = Diagnostics::default();
            let request = MoveState {
                source_provider_address: "registry.terraform.io/opentelekomcloud/opentelekomcloud".to_owned(),
                source_type_name: source_type_name.to_owned(),
                source_schema_version: 0,
                source_state: raw.clone(),
                source_private: Vec::new(),
            };
            let moved = resource.move_state(request, &mut diags).now_or_never().expect("it waits for nothing");
            assert!(moved.is_some() || !diags.errors.is_empty());
        }
    }
});
