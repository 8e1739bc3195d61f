//! The example provider.

mod action;
mod data;
mod diagnostics;
mod ephemeral;
mod everything;
mod faulty;
mod function;
mod list;
mod schemas;
mod slow;
mod store;

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use terraform_plugin::{
    Action, AttributeConstraint, AttributePath, AttributeType, Configure, Context, DataSource, Deferred, Diagnostics,
    EphemeralResource, Function, ListResource, Provider, RawValue, Redact, Resource, Schema,
};

use store::Store;

/// Returns the provider.
pub fn provider() -> Arc<dyn Provider> {
    Arc::new(Example {
        store: Store::default(),
    })
}

struct Example {
    store: Store,
}

/// The only secret of this provider.
pub const SECRET: &str = "HUSH";

struct Hush;

impl Redact for Hush {
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        text.replace(SECRET, "[removed]").into()
    }

    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.shown(text)
    }
}

fn named<T: ?Sized>(items: Vec<(&str, Arc<T>)>) -> BTreeMap<String, Arc<T>> {
    items.into_iter().map(|(name, item)| (name.to_owned(), item)).collect()
}

#[async_trait]
impl Provider for Example {
    fn schema(&self) -> Schema {
        let attributes = schemas::attributes([
            schemas::attribute("directory", AttributeType::String, AttributeConstraint::Optional),
            schemas::attribute("endpoint", AttributeType::String, AttributeConstraint::Optional),
        ]);
        let retry = schemas::block([schemas::attribute(
            "attempts",
            AttributeType::Number,
            AttributeConstraint::Optional,
        )]);
        let mut schema = schemas::schema(0, attributes);
        schema
            .block
            .blocks
            .insert("retry".to_owned(), terraform_plugin::NestedBlock::Optional(retry));
        schema
    }

    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        named(vec![
            (
                "example_everything",
                Arc::new(everything::Everything::new(&self.store)) as Arc<dyn Resource>,
            ),
            ("example_slow", Arc::new(slow::Slow)),
            ("example_faulty", Arc::new(faulty::Faulty)),
        ])
    }

    fn data_sources(&self) -> BTreeMap<String, Arc<dyn DataSource>> {
        named(vec![(
            "example_greeting",
            Arc::new(data::Greeting) as Arc<dyn DataSource>,
        )])
    }

    fn functions(&self) -> BTreeMap<String, Arc<dyn Function>> {
        named(vec![
            ("join", Arc::new(function::Join) as Arc<dyn Function>),
            ("same", Arc::new(function::Same)),
        ])
    }

    fn ephemeral_resources(&self) -> BTreeMap<String, Arc<dyn EphemeralResource>> {
        named(vec![(
            "example_token",
            Arc::new(ephemeral::Token) as Arc<dyn EphemeralResource>,
        )])
    }

    fn list_resources(&self) -> BTreeMap<String, Arc<dyn ListResource>> {
        let all = list::Everything::new(&self.store);
        named(vec![("example_everything", Arc::new(all) as Arc<dyn ListResource>)])
    }

    fn actions(&self) -> BTreeMap<String, Arc<dyn Action>> {
        named(vec![("example_ping", Arc::new(action::Ping) as Arc<dyn Action>)])
    }

    fn redact(&self) -> Arc<dyn Redact> {
        Arc::new(Hush)
    }

    async fn validate(&self, config: &RawValue, diags: &mut Diagnostics) {
        assert!(
            config.get("endpoint").as_str() != Some("panic_validate"),
            "intended panic in validate"
        );
        if config.get("endpoint").as_str() == Some("bad") {
            diags.error("Invalid endpoint", "Use another one.", AttributePath::new("endpoint"));
        }
    }

    async fn configure(&self, context: &Context, request: Configure, diags: &mut Diagnostics) -> Option<Deferred> {
        match request.config.get("endpoint").as_str() {
            Some("panic") => panic!("intended panic in configure"),
            Some(stop @ ("return" | "ignore")) => slow::wait(context, Some(stop), diags).await,
            _ => {}
        }
        if let Some(directory) = request.config.get("directory").as_str() {
            self.store.set_directory(directory);
        }
        request
            .config
            .get("endpoint")
            .is_unknown()
            .then_some(Deferred::ProviderConfigUnknown)
    }
}
