//! The simulated service with a provider that speaks to it, all in memory.

use std::{sync::Arc, time::Duration};

use csbs::CsbsProvider;
use csbs_simulator::{AuthMode, Config, ConnectionFault, Rule, Simulator, Timing};
use http::Extensions;
use jiff::Timestamp;
use otc_client::{
    http::{Clock, Delivery},
    identity::{Endpoint, Session},
};
use terraform_plugin::{Context, Diagnostics, Provider, RawValue, ReadData};

pub use crate::policy_config::{PATTERN, config, operation, server, server_id};
use crate::{core::Core, router_transport::RouterTransport};

pub const PROJECT: &str = "b942cc8342734d15bcb246babb1953cf";

pub struct World {
    pub simulator: Simulator,
    pub provider: CsbsProvider,
}

struct SimulatedClock(Simulator);

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.0.clock().wall()
    }
}

fn fault(extensions: &Extensions) -> Option<Delivery> {
    extensions.get::<ConnectionFault>().map(|_| Delivery::Unknown)
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another configuration of the service.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            auth: AuthMode::Open,
            timing: Timing {
                backup: Some(Duration::from_secs(120)),
                restore: Duration::from_secs(300),
                ..Timing::default()
            },
            ..Config::default()
        };
        change(&mut config);
        Self::on(Simulator::new(config))
    }

    /// Another process of the provider on the same service.
    pub fn other_process(&self) -> Self {
        Self::on(self.simulator.clone())
    }

    fn on(simulator: Simulator) -> Self {
        let endpoint = Endpoint {
            base: format!("https://csbs.example/v1/{PROJECT}").parse().unwrap(),
            project_id: PROJECT.to_owned(),
            region: Some("eu-de".to_owned()),
        };
        let transport = RouterTransport::new(simulator.router()).with_faults(fault);
        let clock = Arc::new(SimulatedClock(simulator.clone()));
        let session = Session::with_token(endpoint, "token".into(), Arc::new(transport), clock);
        Self {
            provider: CsbsProvider::with_session(Arc::new(session)),
            simulator,
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
        let source = self.provider.data_sources()[type_name].clone();
        let schema = source.schema();
        let mut config = schema
            .block
            .attributes
            .keys()
            .map(|name| (name.clone(), RawValue::Null))
            .collect();
        set(&mut config, values);
        let config = RawValue::Map(config);
        let mut diags = Diagnostics::default();
        schema.validate(&config, &mut diags);
        source.validate(&Context::default(), &config, &mut diags).await;
        if !diags.errors.is_empty() {
            return (None, diags);
        }
        let found = match source.read(&Context::default(), config, &mut diags).await {
            Some(ReadData::Found(found)) => Some(found),
            _ => None,
        };
        assert_eq!(found.is_none(), !diags.errors.is_empty());
        if let Some(found) = &found {
            assert!(found.is_wholly_known());
            let names: Vec<_> = found.as_map().unwrap().keys().cloned().collect();
            let mut expected: Vec<_> = schema.block.attributes.into_keys().collect();
            expected.sort();
            assert_eq!(names, expected);
            for (name, value) in values {
                assert_eq!(found.get(name), value, "{name} is not as it is configured");
            }
        }
        (found, diags)
    }

    /// Reads a data source that is there.
    pub async fn found(&self, type_name: &str, values: &[(&str, RawValue)]) -> RawValue {
        let (found, diags) = self.read(type_name, values).await;
        found.unwrap_or_else(|| panic!("{diags:?}"))
    }
}

fn set(config: &mut std::collections::BTreeMap<String, RawValue>, values: &[(&str, RawValue)]) {
    for (name, value) in values {
        assert!(config.insert((*name).to_owned(), value.clone()).is_some(), "{name}");
    }
}

/// Texts of all errors.
pub fn errors(diags: &Diagnostics) -> String {
    let texts = diags
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.summary, error.detail));
    texts.collect::<Vec<_>>().join("\n")
}

/// Fails with what went wrong.
pub fn fine(diags: &Diagnostics) {
    assert!(diags.errors.is_empty(), "{}", errors(diags));
}
