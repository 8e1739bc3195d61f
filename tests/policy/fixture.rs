//! The simulated service with a provider that is signed in to it.

use csbs::CsbsProvider;
use csbs_simulator::{Config, Rule, Simulator};
use terraform_plugin::{Diagnostics, RawValue};
use test_support::{core::read_data_source, simulated_service::SimulatedService};
pub use test_support::{
    diagnostics::{assert_no_errors, errors},
    simulated_service::PROJECT,
};

use crate::core::Core;
pub use crate::policy_config::{PATTERN, config, operation, server, server_id};

pub struct Fixture {
    pub simulator: Simulator,
    pub provider: CsbsProvider,
    service: SimulatedService,
}

impl Fixture {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// With another configuration of the service.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(SimulatedService::with(change))
    }

    /// With a provider whose plans ask the service.
    pub fn with_plan_checks() -> Self {
        let fixture = Self::new();
        Self {
            provider: CsbsProvider::with_session_and_plan_checks(fixture.service.session()),
            ..fixture
        }
    }

    /// Another process of the provider, which knows nothing of this one.
    pub fn other_process(&self) -> Self {
        Self::on(self.service.clone())
    }

    fn on(service: SimulatedService) -> Self {
        Self {
            provider: CsbsProvider::with_session(service.session()),
            simulator: service.simulator.clone(),
            service,
        }
    }

    /// The resource `csbs_backup_policy`.
    pub fn policy(&self) -> Core {
        Core::of(&self.provider, "csbs_backup_policy")
    }

    /// The only policy that there is.
    pub fn only(&self) -> csbs_simulator::PolicyRecord {
        let mut policies = self.simulator.inventory().policies;
        assert_eq!(policies.len(), 1, "{policies:?}");
        policies.remove(0)
    }

    /// A member of the definition of its operation.
    pub fn definition(&self, name: &str) -> String {
        let value = self.only().operations[0]["operation_definition"][name].clone();
        value.as_str().unwrap_or_default().to_owned()
    }

    pub fn fault(&self, rule: Rule) {
        self.simulator.fault(rule).unwrap();
    }

    /// Reads a data source.
    pub async fn read(&self, type_name: &str, values: &[(&str, RawValue)]) -> (Option<RawValue>, Diagnostics) {
        read_data_source(&self.provider, type_name, values).await
    }

    /// Reads a data source without an error.
    pub async fn found(&self, type_name: &str, values: &[(&str, RawValue)]) -> RawValue {
        let (found, diags) = self.read(type_name, values).await;
        found.unwrap_or_else(|| panic!("{diags:?}"))
    }
}
