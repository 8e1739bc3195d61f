//! The fake service with a provider that speaks to it, all in memory.

use std::{collections::BTreeMap, sync::Arc};

use csbs::CsbsProvider;
use jiff::Timestamp;
use otc_client::{
    http::Clock,
    identity::{Endpoint, Session},
};
use terraform_plugin::{
    AttributeConstraint, Context, Diagnostics, ListEvent, ListRequest, ListResult, Provider, RawValue, ReadData,
};
use tokio::time::Instant;

use crate::{
    answers::Shape,
    core::{Action, Core},
    fake_service::{FakeService, PROJECT},
    router_transport::RouterTransport,
};

pub struct World {
    pub service: FakeService,
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

impl World {
    pub async fn new(shape: Shape) -> Self {
        let service = FakeService::new(shape);
        let endpoint = Endpoint {
            base: format!("https://csbs.example/v1/{PROJECT}").parse().unwrap(),
            project_id: PROJECT.to_owned(),
            region: Some("eu-de".to_owned()),
        };
        let transport = RouterTransport::new(service.router());
        let clock = PausedClock { begun: Instant::now() };
        let session = Session::with_token(endpoint, "token".into(), Arc::new(transport), Arc::new(clock));
        Self {
            provider: CsbsProvider::with_session(Arc::new(session)),
            service,
        }
    }

    pub fn core(&self, type_name: &str) -> Core {
        Core::of(&self.provider, type_name)
    }

    /// Reads a data source twice: it says the same both times.
    pub async fn read(&self, type_name: &str, values: &[(&str, RawValue)]) -> (RawValue, Diagnostics) {
        let source = self.provider.data_sources()[type_name].clone();
        let schema = source.schema();
        let config = configuration(schema.block.attributes.keys().cloned(), values);
        let mut seen = Vec::new();
        for _ in 0..2 {
            let mut diags = Diagnostics::default();
            schema.validate(&config, &mut diags);
            source.validate(&Context::default(), &config, &mut diags).await;
            let found = source.read(&Context::default(), config.clone(), &mut diags).await;
            fine(&diags);
            let Some(ReadData::Found(found)) = found else {
                panic!("{type_name} is not found")
            };
            assert!(found.is_wholly_known());
            seen.push((found, diags));
        }
        let (second, diags) = seen.pop().unwrap();
        assert_eq!(seen[0].0, second, "{type_name} says something else the second time");
        (second, diags)
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
                ListEvent::Diagnostics(diags) => fine(&diags),
            }
        }
        found
    }
}

fn configuration(names: impl Iterator<Item = String>, values: &[(&str, RawValue)]) -> RawValue {
    let mut config: BTreeMap<String, RawValue> = names.map(|name| (name, RawValue::Null)).collect();
    for (name, value) in values {
        assert!(config.insert((*name).to_owned(), value.clone()).is_some(), "{name}");
    }
    RawValue::Map(config)
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
        fine(&diags);
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

/// Fails with what went wrong.
pub fn fine(diags: &Diagnostics) {
    assert!(diags.errors.is_empty(), "{:#?}", diags.errors);
}
