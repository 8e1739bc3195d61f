//! A list resource.

use async_trait::async_trait;
use terraform_plugin::{
    AttributeConstraint as Constraint, AttributeType as Type, Context, Diagnostics, ListEvent, ListRequest,
    ListResource, ListResult, RawValue, Schema,
};
use tokio::sync::mpsc;

use super::{
    diagnostics::warning,
    everything::{identity, value_type},
    schemas::{attribute, attributes, schema},
    slow::wait,
    store::Store,
};

/// Lists the objects of `example_everything`.
pub struct Everything {
    store: Store,
}

impl Everything {
    pub fn new(store: &Store) -> Self {
        Self { store: store.clone() }
    }
}

#[async_trait]
impl ListResource for Everything {
    fn schema(&self) -> Schema {
        schema(0, attributes([attribute("prefix", Type::String, Constraint::Optional)]))
    }

    async fn validate(&self, _: &Context, config: &RawValue, _: &mut Diagnostics) {
        let prefix = config.get("prefix").as_str();
        assert!(prefix != Some("panic_validate"), "intended panic in validate");
    }

    async fn list(&self, context: &Context, request: ListRequest, events: mpsc::Sender<ListEvent>) {
        let prefix = request.config.get("prefix").as_str().unwrap_or_default().to_owned();
        assert!(prefix != "panic", "intended panic in list");
        if prefix == "warn" {
            let mut diags = Diagnostics::default();
            warning(&mut diags, "No object has this prefix", "");
            let _ = events.send(ListEvent::Diagnostics(diags)).await;
        }
        for id in self.store.ids().into_iter().filter(|id| id.starts_with(&prefix)) {
            let listed = ListResult {
                identity: identity(&id.clone().into()),
                display_name: format!("object {id}"),
                resource: request
                    .include_resource
                    .then(|| self.store.get(&id, &value_type()))
                    .flatten(),
            };
            if events.send(ListEvent::Found(Box::new(listed))).await.is_err() {
                assert!(prefix != "crash", "intended panic in list");
                return;
            }
        }
        assert!(prefix != "crash", "intended panic in list");
        if matches!(prefix.as_str(), "return" | "ignore") {
            let mut diags = Diagnostics::default();
            wait(context, Some(&prefix), &mut diags).await;
            let _ = events.send(ListEvent::Diagnostics(diags)).await;
        }
    }
}
