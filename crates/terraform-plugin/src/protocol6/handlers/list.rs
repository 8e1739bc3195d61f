//! List resources.

use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::{Diagnostics, ListEvent, ListRequest, ListResult, Resource, protocol6::wire};

use super::{Handlers, STREAM_BUFFER, entry::Entry, guard::OnStop, secrets::remove_secrets, values};

impl Handlers {
    pub async fn validate_list_resource_config(
        &self,
        request: wire::ValidateListResourceConfigRequest,
    ) -> wire::DiagnosticsResponse {
        self.validate(&self.lists, &request.type_name, request.config.as_ref(), None)
            .await
    }

    pub fn list_resource(
        self: Arc<Self>,
        request: wire::ListResourceRequest,
    ) -> mpsc::Receiver<wire::ListResourceEvent> {
        let (sender, receiver) = mpsc::channel(STREAM_BUFFER);
        let running = self.running.clone();
        let answer = async move {
            let response = self.list(request, &sender).await;
            if !response.diagnostics.is_empty() {
                // Fails when the client no longer listens.
                let _ = sender.send(diagnostics_event(response.diagnostics)).await;
            }
        };
        running.spawn(answer.in_current_span());
        receiver
    }

    async fn list(
        &self,
        request: wire::ListResourceRequest,
        sender: &mpsc::Sender<wire::ListResourceEvent>,
    ) -> wire::DiagnosticsResponse {
        let response = wire::DiagnosticsResponse::default();
        self.answer(&request.type_name, None, response, async |call, _| {
            let entry = call.find(&self.lists)?;
            let resource = call.find(&self.resources)?;
            let list = ListRequest {
                config: call.decode(request.config.as_ref(), &entry.ty, "configuration")?,
                include_resource: request.include_resource_object,
                limit: request.limit,
            };
            let (events, received) = mpsc::channel(STREAM_BUFFER);
            let listing = call.run("listing", OnStop::Abandon, async |context, _| {
                entry.item.list(context, list, events).await;
            });
            tokio::join!(listing, self.forward_results(received, sender, resource, request.limit));
            Some(())
        })
        .await
    }

    /// Sends results to the client, at most `limit` of them; a limit of zero or less is none.
    async fn forward_results(
        &self,
        mut events: mpsc::Receiver<ListEvent>,
        sender: &mpsc::Sender<wire::ListResourceEvent>,
        resource: &Entry<dyn Resource>,
        limit: i64,
    ) {
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let mut left = limit.unwrap_or(usize::MAX);
        while left > 0 {
            let Some(event) = events.recv().await else { return };
            let message = match event {
                ListEvent::Diagnostics(reported) => diagnostics_event(self.diagnostics(reported)),
                ListEvent::Found(result) => {
                    left -= 1;
                    self.result_event(*result, resource)
                }
            };
            if sender.send(message).await.is_err() {
                return;
            }
        }
        // Lets the list resource finish.
        events.close();
        while events.recv().await.is_some() {}
    }

    fn result_event(&self, result: ListResult, resource: &Entry<dyn Resource>) -> wire::ListResourceEvent {
        let mut diags = Diagnostics::default();
        wire::ListResourceEvent {
            identity: values::encode_identity(Some(&result.identity), resource.identity_type(), &mut diags),
            display_name: self.redact.stored(&result.display_name).into_owned(),
            resource_object: result.resource.and_then(|mut value| {
                remove_secrets(self.redact.as_ref(), &mut value, &resource.ty, &[], &mut diags);
                values::encode(&value, &resource.ty, "resource", &mut diags)
            }),
            diagnostic: self.diagnostics(diags),
        }
    }
}

fn diagnostics_event(diagnostic: Vec<wire::Diagnostic>) -> wire::ListResourceEvent {
    wire::ListResourceEvent {
        diagnostic,
        ..wire::ListResourceEvent::default()
    }
}
