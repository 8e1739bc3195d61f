//! The list resource `csbs_backup`.

use async_trait::async_trait;
use tokio::sync::mpsc::Sender;

use crate::{
    Connection,
    attribute::block,
    backup::{apply::set_place, identity, model},
    list_events,
    service_call::ServiceCall,
};
use terraform_plugin::{Context, Diagnostics, ListEvent, ListRequest, ListResource, ListResult, RawValue, Schema};

use super::query::{self, Query};

/// Finds backups.
pub struct BackupList {
    connection: Connection,
}

impl BackupList {
    /// A list that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl ListResource for BackupList {
    fn schema(&self) -> Schema {
        Schema::from(block(
            "The backups that pass the filters, newest first.",
            query::filters(),
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        query::validate(config, diags);
    }

    async fn list(&self, context: &Context, request: ListRequest, events: Sender<ListEvent>) {
        let mut diags = Diagnostics::default();
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot list the backups",
            subject: "The backups",
            attributes: &[],
        };
        let wanted = Query::read(&request.config);
        let limit = list_events::limit(&request);
        let found = ask
            .service(&mut diags, |service| async move {
                let found = wanted.fetch_some(&service.client, limit).await?;
                Ok((service, found))
            })
            .await;
        let Some((service, found)) = found else {
            return list_events::problems(&events, diags).await;
        };
        found.warn(&mut diags);
        list_events::problems(&events, diags).await;
        for item in &found.items {
            let mut state = model::empty();
            model::refresh(&mut state, item);
            set_place(&service, &mut state).await;
            let Some(identity) = identity::of(&state) else { continue };
            let name = item.name.clone().unwrap_or_else(|| item.id.clone());
            let server = item.resource_id.as_deref().unwrap_or("an unknown server");
            let listed = ListResult {
                identity,
                display_name: format!("{name} ({}, server {server})", item.status),
                resource: request.include_resource.then_some(state),
            };
            if context.cancel.is_cancelled() || !list_events::found(&events, listed).await {
                return;
            }
        }
    }
}
