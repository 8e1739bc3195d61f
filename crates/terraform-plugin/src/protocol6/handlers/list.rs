//! List resources.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{Diagnostics, ListEvent, ListRequest, ListResult, protocol6::wire};

use super::{Handlers, OnStop, decode, encode, encode_identity, find, guard::validated, guarded};

/// Results made ahead of what the caller has taken.
const AHEAD: usize = 16;

impl Handlers {
    pub async fn validate_list_resource_config(
        &self,
        request: wire::ValidateListResourceConfigRequest,
    ) -> wire::DiagnosticsResponse {
        validated!(self.lists, "list resource type", request, item)
    }

    pub fn list_resource(
        self: Arc<Self>,
        request: wire::ListResourceRequest,
    ) -> mpsc::Receiver<wire::ListResourceEvent> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let running = self.running.clone();
        running.spawn(async move {
            let mut diags = Diagnostics::default();
            self.list_into(request, &sender, &mut diags).await;
            if !diags.errors.is_empty() || !diags.warnings.is_empty() {
                // Nobody listens any more when this fails.
                let _ = sender.send(self.told(diags)).await;
            }
        });
        receiver
    }

    async fn list_into(
        &self,
        request: wire::ListResourceRequest,
        sender: &mpsc::Sender<wire::ListResourceEvent>,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let name = &request.type_name;
        let entry = find(&self.lists, "list resource type", name, diags)?;
        let resource = find(&self.resources, "resource type", name, diags)?;
        let config = decode(request.config.as_ref(), &entry.ty, "configuration", diags)?;
        let list = ListRequest {
            config,
            include_resource: request.include_resource_object,
            limit: request.limit,
        };
        let context = self.context(None);
        let (found, mut events) = mpsc::channel(AHEAD);
        let listing = async {
            guarded!("list", name, OnStop::Abandon(&context), diags, |_own| entry
                .item
                .list(&context, list, found)
                .await);
        };
        let limit = usize::try_from(request.limit)
            .ok()
            .filter(|limit| *limit > 0)
            .unwrap_or(usize::MAX);
        let passing_on = async {
            let mut sent = 0;
            while sent < limit {
                let Some(event) = events.recv().await else { return };
                let message = match event {
                    ListEvent::Diagnostics(reported) => self.told(reported),
                    ListEvent::Found(listed) => {
                        sent += 1;
                        self.listed_message(*listed, resource)
                    }
                };
                if sender.send(message).await.is_err() {
                    return;
                }
            }
            events.close();
            while events.recv().await.is_some() {}
        };
        tokio::join!(listing, passing_on);
        Some(())
    }

    fn told(&self, diags: Diagnostics) -> wire::ListResourceEvent {
        wire::ListResourceEvent {
            diagnostic: self.diagnostics(diags),
            ..wire::ListResourceEvent::default()
        }
    }

    fn listed_message(&self, listed: ListResult, resource: &super::ResourceEntry) -> wire::ListResourceEvent {
        let mut diags = Diagnostics::default();
        let identity_type = resource.identity.as_ref().map(|(_, ty)| ty);
        wire::ListResourceEvent {
            identity: encode_identity(Some(&listed.identity), identity_type, &mut diags),
            display_name: self.redact.stored(&listed.display_name).into_owned(),
            resource_object: listed.resource.and_then(|mut value| {
                self.clean(&mut value, &resource.ty, &[], &mut diags);
                encode(&value, &resource.ty, "resource", &mut diags)
            }),
            diagnostic: self.diagnostics(diags),
        }
    }
}
