//! The list resource `csbs_backup_policy`.

use async_trait::async_trait;
use tokio::sync::mpsc::Sender;

use crate::{
    Connection,
    attribute::block,
    backup::apply::set_place,
    list_events,
    policy::{identity, model},
    service_call::ServiceCall,
    tag_filter,
};
use terraform_plugin::{Context, Diagnostics, ListEvent, ListRequest, ListResource, ListResult, RawValue, Schema};

use super::plural_data_source;

/// Finds policies.
pub struct PolicyList {
    connection: Connection,
}

impl PolicyList {
    /// A list that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl ListResource for PolicyList {
    fn schema(&self) -> Schema {
        Schema::from(block(
            "The backup policies that pass the filters, in the order of their names.",
            plural_data_source::filters(),
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        tag_filter::validate(config, diags);
    }

    async fn list(&self, context: &Context, request: ListRequest, events: Sender<ListEvent>) {
        let mut diags = Diagnostics::default();
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot list the policies",
            subject: "The policies",
            attributes: &[],
        };
        let filters = request.config.clone();
        let found = ask
            .service(&mut diags, |service| async move {
                let policies = plural_data_source::fetch(&service.client, &filters).await?;
                Ok((service, policies))
            })
            .await;
        let Some((service, policies)) = found else {
            return list_events::problems(&events, diags).await;
        };
        for (policy, tags) in policies.iter().take(list_events::limit(&request)) {
            let mut state = model::empty();
            model::refresh(&mut state, policy, Some(tags));
            set_place(&service, &mut state).await;
            let Some(identity) = identity::of(&state) else { continue };
            let listed = ListResult {
                identity,
                display_name: policy.name.clone().unwrap_or_else(|| policy.id.clone()),
                resource: request.include_resource.then_some(state),
            };
            if context.cancel.is_cancelled() || !list_events::found(&events, listed).await {
                return;
            }
        }
    }
}
