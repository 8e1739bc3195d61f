//! The end of a run: everything can be applied, destroyed and adopted, and then nothing remains.

use std::time::Duration;

use csbs::CsbsProvider;
use terraform_plugin::{ImportTarget, RawValue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    address::{Address, Kind},
    run::Run,
    service_backup::{ServiceBackup, service_backups},
};
use crate::core::{Action, Core};

impl Run {
    /// Ends all faults; then applies and destroys everything, and asserts that nothing remains that no message named.
    pub async fn finish(mut self) {
        self.cloud.clear_faults();
        sleep(Duration::from_secs(3600)).await;
        let provider = self.cloud.process();
        self.reconnect(&provider, &CancellationToken::new());
        let configs = self.configs();
        self.adopt_policy().await;
        for (address, config) in self.addresses.iter_mut().zip(&configs) {
            let (_, diags) = address.core.apply(config).await;
            self.reported.add(&diags);
            assert!(diags.errors.is_empty(), "{}: {diags:?}", address.name);
        }
        for (address, config) in self.addresses.iter_mut().zip(&configs) {
            assert_unchanged_and_destroy(address, config).await;
        }
        // Now all resources are created again.
        for (address, config) in self.addresses.iter_mut().zip(&configs) {
            let (_, diags) = address.core.apply(config).await;
            self.reported.add(&diags);
            assert!(diags.errors.is_empty(), "{}: {diags:?}", address.name);
            assert_unchanged_and_destroy(address, config).await;
        }
        for backup in service_backups(&self.cloud) {
            let must_be_reported = self.addresses.iter().any(|address| address.would_create(&backup));
            assert!(
                self.reported.names(&backup.id) || !must_be_reported,
                "{backup:?} was never reported"
            );
            adopt_and_delete(&provider, &backup).await;
        }
        self.remove_foreign_policy();
        let inventory = self.cloud.simulator.inventory();
        let backups = service_backups(&self.cloud);
        assert!(
            inventory.checkpoints.is_empty() && inventory.policies.is_empty() && backups.is_empty(),
            "{inventory:?} {backups:?}"
        );
    }

    /// Imports the policy if it exists already: names are unique, and the error of the create contains its ID.
    async fn adopt_policy(&mut self) {
        let mut addresses = self.addresses.iter_mut();
        let Some(address) = addresses.find(|address| address.kind == Kind::Policy) else {
            return;
        };
        let config = address.config(&self.foreign_policy.id);
        let (_, diags) = address.core.apply(&config).await;
        self.reported.add(&diags);
        let Some(error) = diags.errors.first() else { return };
        assert_eq!(error.summary, "Another policy has this name", "{error:?}");
        let policies = self.cloud.simulator.inventory().policies;
        let named = policies
            .iter()
            .find(|policy| error.detail.contains(&policy.id))
            .unwrap();
        let diags = address.core.import(ImportTarget::Id(named.id.clone())).await;
        assert!(diags.errors.is_empty(), "{diags:?}");
    }
}

/// Asserts that a second plan shows no changes, and destroys the resource.
async fn assert_unchanged_and_destroy(address: &mut Address, config: &RawValue) {
    let (action, diags) = address.core.plan(config).await;
    assert!(diags.errors.is_empty(), "{}: {diags:?}", address.name);
    assert_eq!(action, Action::Nothing, "{}", address.name);
    let diags = address.core.destroy().await;
    assert!(diags.errors.is_empty(), "{}: {diags:?}", address.name);
}

/// Does what the messages recommend for a remaining backup: imports it, and deletes it.
async fn adopt_and_delete(provider: &CsbsProvider, backup: &ServiceBackup) {
    let mut core = Core::of(provider, backup.service.resource_type());
    let mut diags = core.import(ImportTarget::Id(backup.id.clone())).await;
    diags.add_diagnostics(core.destroy().await);
    assert!(diags.errors.is_empty(), "{backup:?}: {diags:?}");
}
