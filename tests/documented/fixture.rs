//! The documented service with a provider that is signed in to it.

use csbs::CsbsProvider;
use jiff::Timestamp;
use otc_client::http::Clock;
use terraform_plugin::{
    AttributeConstraint, Context, Diagnostics, ListEvent, ListRequest, ListResult, Provider, RawValue,
};
pub use test_support::diagnostics::assert_no_errors;
use test_support::{
    core::{configuration, read_data_source},
    router_transport::RouterTransport,
    simulated_service::session,
};
use tokio::time::Instant;

use crate::{
    answers::Shape,
    core::{Action, Core},
    documented_service::DocumentedService,
};

pub struct Fixture {
    pub service: DocumentedService,
    pub provider: CsbsProvider,
}

struct PausedClock {
    begun: Instant,
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let begin: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        begin + self.begun.elapsed()
    }
}

impl Fixture {
    pub fn new(shape: Shape) -> Self {
        let service = DocumentedService::new(shape);
        let transport = RouterTransport::new(service.router());
        let clock = PausedClock { begun: Instant::now() };
        let session = session(transport, clock);
        Self {
            provider: CsbsProvider::with_session(session),
            service,
        }
    }

    pub fn core(&self, type_name: &str) -> Core {
        Core::of(&self.provider, type_name)
    }

    /// Reads a data source twice, with the same result.
    pub async fn read(&self, type_name: &str, values: &[(&str, RawValue)]) -> (RawValue, Diagnostics) {
        let (first, diags) = read_data_source(&self.provider, type_name, values).await;
        assert_no_errors(&diags);
        let (second, diags) = read_data_source(&self.provider, type_name, values).await;
        assert_no_errors(&diags);
        assert_eq!(first, second, "{type_name} has another result the second time");
        (second.unwrap(), diags)
    }

    /// Everything that a list resource finds, with its state.
    pub async fn list(&self, type_name: &str) -> Vec<ListResult> {
        let list = self.provider.list_resources()[type_name].clone();
        let names = list.schema().block.attributes.into_keys();
        let request = ListRequest {
            config: configuration(names, &[]),
            include_resource: true,
            limit: 0,
        };
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1000);
        list.list(&Context::default(), request, sender).await;
        let mut found = Vec::new();
        while let Some(event) = receiver.recv().await {
            match event {
                ListEvent::Found(listed) => found.push(*listed),
                ListEvent::Diagnostics(diags) => assert_no_errors(&diags),
            }
        }
        found
    }
}

/// The configuration that Terraform generates from a state: everything that can be configured, as it is.
pub fn generated(core: &Core) -> RawValue {
    let mut config = core.config(&[]);
    for (name, attribute) in &core.schema().block.attributes {
        if attribute.constraint != AttributeConstraint::Computed {
            config.set(name, core.get(name));
        }
    }
    config
}

/// Plans twice, and nothing changes. The first refresh may take in what the create did not answer, the second one nothing.
pub async fn plans_nothing(core: &mut Core, config: &RawValue, what: &str) {
    let mut before = None;
    for _ in 0..2 {
        let (action, diags) = core.plan(config).await;
        assert_no_errors(&diags);
        assert!(diags.warnings.is_empty(), "{what}: {diags:?}");
        let after = core.stored.clone().map(|stored| stored.state);
        assert_eq!(action, Action::Nothing, "{what}: {after:?}");
        assert!(
            before.is_none() || before == after,
            "{what}: {before:?} became {after:?}"
        );
        before = after;
    }
}
