//! A state that an older version or another provider wrote, or that was damaged.
#![no_main]

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use csbs::CsbsProvider;
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;
use terraform_plugin::{Diagnostics, MoveState, Provider, Resource, UpgradeState};

static RESOURCES: LazyLock<BTreeMap<String, Arc<dyn Resource>>> = LazyLock::new(|| CsbsProvider::new().resources());

fuzz_target!(|data: &[u8]| {
    let Ok(raw) = serde_json::from_slice::<serde_json::Value>(data) else {
        return;
    };
    for resource in RESOURCES.values() {
        let mut diags = Diagnostics::default();
        let upgrade = UpgradeState { version: 0, raw: raw.clone() };
        let upgraded = resource
            .upgrade_state(upgrade, &mut diags)
            .now_or_never()
            .expect("an upgrade sends no request");
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
            let moved = resource
                .move_state(request, &mut diags)
                .now_or_never()
                .expect("a move sends no request");
            assert!(moved.is_some() || !diags.errors.is_empty());
        }
    }
});
